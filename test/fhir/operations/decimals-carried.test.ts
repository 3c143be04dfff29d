import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call, done, fetchAsOperator } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';

const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition';
const URL = 'https://careloop.example/Questionnaire/weights';

/** In JSON as it is written: a program would write 70.0 as 70. */
const item = `[
  {"linkId": "weight", "type": "decimal", "code": [{"system": "http://loinc.org", "code": "29463-7"}],
    "initial": [{"valueDecimal": 70.0}],
    "extension": [
      {"url": "${SDC}/sdc-questionnaire-observationExtract", "valueBoolean": true},
      {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-unit", "valueCoding": {"system": "http://unitsofmeasure.org", "code": "kg"}}]},
  {"linkId": "dose", "type": "quantity", "code": [{"system": "http://loinc.org", "code": "18833-4"}],
    "initial": [{"valueQuantity": {"value": 2.50, "unit": "mg"}}],
    "extension": [{"url": "${SDC}/sdc-questionnaire-observationExtract", "valueBoolean": true}]}]`;

/** @see https://hl7.org/fhir/R4/datatypes.html#decimal */
describe.each(databaseKinds())('how decimals are written goes with them (%s)', (kind) => {
  let hub: TestHub;
  let patient: string;
  beforeAll(async () => {
    hub = await startHub(kind);
    patient = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id}`;
    const body = `{"resourceType": "Questionnaire", "status": "active", "url": "${URL}", "item": ${item}}`;
    await done(call('POST', `${hub.fhir}/Questionnaire`, { body }));
  });
  afterAll(() => hub?.close());

  const textAt = async (path: string, body?: string): Promise<string> => {
    const headers = { 'content-type': 'application/fhir+json' };
    const sent = body === undefined ? {} : { method: 'POST', headers, body };
    const answer = await fetchAsOperator(`${hub.fhir}/${path}`, sent);
    if (answer.status !== 200) throw new Error(await answer.text());
    return answer.text();
  };

  test('into a response that is filled in', async () => {
    const text = await textAt(`Questionnaire/$populate?canonical=${URL}&subject=${patient}`);
    expect(text).toContain('"valueDecimal":70.0}');
    expect(text).toContain('"value":2.50');
    const xml = await textAt(`Questionnaire/$populate?canonical=${URL}&subject=${patient}&_format=xml`);
    expect(xml).toContain('<valueDecimal value="70.0"/>');
  });

  test('from answers into observations', async () => {
    const answers = `[{"linkId": "weight", "answer": [{"valueDecimal": 71.10}]},
      {"linkId": "dose", "answer": [{"valueQuantity": {"value": 3.0, "unit": "mg"}}]}]`;
    const response = `{"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": "${URL}",
      "subject": {"reference": "${patient}"}, "authored": "2026-01-01T00:00:00Z", "item": ${answers}}`;
    const text = await textAt('QuestionnaireResponse/$extract', response);
    expect(text).toContain('"valueQuantity":{"value":71.10,"unit":"kg"');
    expect(text).toContain('"valueQuantity":{"value":3.0,"unit":"mg"}');
  });

  test('from a definition into what is asked for by it', async () => {
    const definition = `{"resourceType": "ActivityDefinition", "status": "draft", "kind": "MedicationRequest",
      "productCodeableConcept": {"text": "x"}, "dosage": [{"doseAndRate": [{"doseQuantity": {"value": 5.00}}]}]}`;
    const text = await textAt(`ActivityDefinition/$apply?subject=${patient}`, definition);
    expect(text).toContain('"doseQuantity":{"value":5.00}');
  });
});
