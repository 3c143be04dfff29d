import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient, QuestionnaireItem } from '@medplum/fhirtypes';
import { call, done } from '../../../support/api.ts';
import { createClock } from '../../../support/clock.ts';
import { databaseKinds } from '../../../support/database.ts';
import { startHub, type TestHub } from '../../../support/hub.ts';
import { sdc } from '../food-questionnaire.ts';
import { entries, extract, output, questionnaire, response, said } from '../operation-calls.ts';

const R4 = 'http://hl7.org/fhir/StructureDefinition/';

describe.each(databaseKinds())('$extract by the definitions of elements (%s)', (kind) => {
  let hub: TestHub;
  let asa: string;
  beforeAll(async () => {
    hub = await startHub(kind, { now: createClock('2026-03-01T12:00:00Z').now });
    const patient = {
      resourceType: 'Patient',
      name: [{ family: 'Löwenström' }],
      birthDate: '1950-05-05',
      active: true,
    };
    asa = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { body: patient }))).id}`;
  });
  afterAll(() => hub?.close());

  test('puts answers into the elements their definitions name: repeated groups, fixed values, ids of others', async () => {
    const definition = (path: string): string => `${R4}${path.split('.')[0]}#${path}`;
    const question = (linkId: string, type: QuestionnaireItem['type'], path: string): QuestionnaireItem => ({
      linkId,
      type,
      definition: definition(path),
    });
    const by = questionnaire([
      {
        linkId: 'contact',
        type: 'group',
        repeats: true,
        extension: [
          sdc('definitionExtract', {
            extension: [
              { url: 'definition', valueCanonical: `${R4}RelatedPerson` },
              { url: 'fullUrl', valueString: '%relative' },
            ],
          } as object),
          sdc('definitionExtractValue', {
            extension: [
              { url: 'definition', valueUri: definition('RelatedPerson.patient') },
              { url: 'expression', valueExpression: { language: 'text/fhirpath', expression: '%resource.subject' } },
            ],
          } as object),
          sdc('definitionExtractValue', {
            extension: [
              { url: 'definition', valueUri: definition('RelatedPerson.active') },
              { url: 'fixed-value', valueBoolean: true },
            ],
          } as object),
          sdc('extractAllocateId', { valueString: 'relative' }),
        ],
        item: [
          {
            linkId: 'name',
            type: 'group',
            repeats: true,
            definition: definition('RelatedPerson.name'),
            item: [
              question('family', 'string', 'RelatedPerson.name.family'),
              { ...question('given', 'string', 'RelatedPerson.name.given'), repeats: true },
            ],
          },
          question('born', 'dateTime', 'RelatedPerson.birthDate'),
          question('as', 'choice', 'RelatedPerson.relationship'),
          question('odd', 'string', 'RelatedPerson.shoeSize'),
        ],
      },
    ]);
    const name = (family: string, ...given: string[]) => ({
      linkId: 'name',
      item: [
        { linkId: 'family', answer: [{ valueString: family }] },
        { linkId: 'given', answer: given.map((valueString) => ({ valueString })) },
      ],
    });
    const answers = [
      {
        linkId: 'contact',
        item: [
          name('Berg', 'Ida', 'Eva'),
          name('Strand', 'I.'),
          { linkId: 'born', answer: [{ valueDateTime: '1980-01-02T10:00:00Z' }] },
        ],
      },
      {
        linkId: 'contact',
        item: [
          { linkId: 'as', answer: [{ valueCoding: { code: 'C', display: 'Contact' } }] },
          { linkId: 'odd', answer: [{ valueString: '43' }] },
        ],
      },
    ];
    const answer = await extract(hub.fhir, response(asa, answers), by);
    const made = entries(answer);
    expect(made.map(({ resource }) => resource)).toEqual([
      {
        resourceType: 'RelatedPerson',
        patient: { reference: asa },
        active: true,
        name: [
          { family: 'Berg', given: ['Ida', 'Eva'] },
          { family: 'Strand', given: ['I.'] },
        ],
        birthDate: '1980-01-02',
      },
      {
        resourceType: 'RelatedPerson',
        patient: { reference: asa },
        active: true,
        relationship: [{ coding: [{ code: 'C', display: 'Contact' }], text: 'Contact' }],
      },
    ]);
    expect(made.every(({ fullUrl, request }) => fullUrl?.startsWith('urn:uuid:') && request?.method === 'POST')).toBe(
      true,
    );
    expect(said(answer)).toEqual([
      'Questionnaire.item[0].item[3].definition: A value was left out: where the definition says, it cannot be. RelatedPerson has no element shoeSize.',
    ]);
    expect((await call('POST', hub.fhir, { body: output<Bundle>(answer, 'return') })).status).toBe(200);
  });

  test('changes what a search finds, at the version it found, and leaves the rest of it as it is', async () => {
    const query = { language: 'application/x-fhir-query', expression: 'Patient?_id={{%patient.id}}' };
    const by = questionnaire([{ linkId: 'city', type: 'string', definition: `${R4}Patient#Patient.address.city` }], {
      extension: [sdc('itemExtractionContext', { valueExpression: query })],
    });
    const answer = await extract(hub.fhir, response(asa, [{ linkId: 'city', answer: [{ valueString: 'Umeå' }] }]), by);
    expect(entries(answer)).toMatchObject([{ request: { method: 'PUT', url: asa, ifMatch: 'W/"1"' } }]);
    await done(call('POST', hub.fhir, { body: output<Bundle>(answer, 'return') }));
    expect(await done<Patient>(call('GET', `${hub.fhir}/${asa}`))).toMatchObject({
      birthDate: '1950-05-05',
      active: true,
      address: [{ city: 'Umeå' }],
    });
    expect((await call('POST', hub.fhir, { body: output<Bundle>(answer, 'return') })).status).toBe(412);
  });
});
