import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Observation, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { call, done } from '../../../support/api.ts';
import { createClock } from '../../../support/clock.ts';
import { databaseKinds } from '../../../support/database.ts';
import { startHub, type TestHub } from '../../../support/hub.ts';
import { CODES, sdc } from '../food-questionnaire.ts';
import { output, parameters, said } from '../operation-calls.ts';

type Value = readonly [type: QuestionnaireItem['type'], value: Partial<Observation>];

const text = fc.stringMatching(/^[A-Za-zÅäö][A-Za-zÅäö ,.'&]{0,20}[a-z]$/);
const number = fc.integer({ min: -99_999, max: 99_999 }).map((each) => each / 100);
const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });

const values: fc.Arbitrary<Value> = fc.oneof(
  fc.boolean().map((valueBoolean): Value => ['boolean', { valueBoolean }]),
  fc.integer({ min: -1_000, max: 1_000 }).map((valueInteger): Value => ['integer', { valueInteger }]),
  number.map((value): Value => ['decimal', { valueQuantity: { value } }]),
  number.map(
    (value): Value => [
      'quantity',
      { valueQuantity: { value, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' } },
    ],
  ),
  day.map((date): Value => ['dateTime', { valueDateTime: date.toISOString() }]),
  day.map((date): Value => ['date', { valueDateTime: date.toISOString().slice(0, 10) }]),
  day.map((date): Value => ['time', { valueTime: date.toISOString().slice(11, 19) }]),
  text.map((valueString): Value => ['string', { valueString }]),
  text.map(
    (code): Value => [
      'choice',
      { valueCodeableConcept: { coding: [{ system: CODES, code: code.replaceAll(' ', '-') }] } },
    ],
  ),
);

describe.each(databaseKinds())('what was observed, filled in and extracted (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind, { now: createClock('2026-03-01T12:00:00Z').now });
  });
  afterAll(() => hub?.close());

  test('is what was observed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(values, { minLength: 1, maxLength: 6 }), async (all) => {
        const { id } = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
        const subject = { reference: `Patient/${id}` };
        const observed = all.map(
          ([, value], at): Observation => ({
            resourceType: 'Observation',
            status: 'final',
            code: { coding: [{ system: CODES, code: `c${at}` }] },
            subject,
            effectiveDateTime: '2026-02-01',
            ...value,
          }),
        );
        const entry = observed.map((resource) => ({ request: { method: 'POST', url: 'Observation' }, resource }));
        await done(call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } }));
        const questionnaire = questionnaireOf(all.map(([type]) => type));
        const populated = await call('POST', `${hub.fhir}/Questionnaire/$populate`, {
          body: parameters({ questionnaire, subject: { valueReference: subject } }),
        });
        expect(said(populated)).toEqual([]);
        const response: QuestionnaireResponse = {
          ...output<QuestionnaireResponse>(populated, 'response'),
          status: 'completed',
        };
        const extracted = await call('POST', `${hub.fhir}/QuestionnaireResponse/$extract`, {
          body: parameters({ questionnaire, 'questionnaire-response': response }),
        });
        const found = (output<Bundle>(extracted, 'return').entry ?? []).map(({ resource }) => resource as Observation);
        expect(found.map(meaning)).toEqual(observed.map(meaning));
      }),
      { numRuns: 15 },
    );
  });
});

function questionnaireOf(types: readonly QuestionnaireItem['type'][]): Questionnaire {
  const period = sdc('observationLinkPeriod', {
    valueDuration: { value: 1, code: 'a', system: 'http://unitsofmeasure.org' },
  });
  return {
    resourceType: 'Questionnaire',
    status: 'active',
    url: 'https://careloop.example/Questionnaire/observed',
    extension: [sdc('observationExtract', { valueBoolean: true })],
    item: types.map((type, at) => ({
      linkId: `i${at}`,
      type,
      code: [{ system: CODES, code: `c${at}` }],
      extension: [period],
    })),
  };
}

function meaning(observation: Observation): object {
  const value = Object.entries(observation).filter(([name]) => name.startsWith('value'));
  return { code: observation.code.coding, subject: observation.subject, ...Object.fromEntries(value) };
}
