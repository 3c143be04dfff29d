import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, CapabilityStatement, Parameters, Patient } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { type BadRequest, expectRefusal } from './refusal.ts';

const MRN = 'https://hospital.example/mrn';

const asa: Patient = {
  resourceType: 'Patient',
  identifier: [{ system: MRN, value: 'MRN-1' }],
  name: [{ family: 'Löwenström', given: ['Åsa'] }],
  gender: 'female',
  birthDate: '1950-05-04',
  telecom: [{ system: 'phone', value: '070-123 45 67' }],
  address: [{ line: ['Storgatan 1'], city: 'Malmö', postalCode: '21134' }],
};
const { identifier: _identifier, ...unnumbered } = asa;
const { telecom: _telecom, ...uncalled } = unnumbered;
const parameters = (resource: unknown, ...more: NonNullable<Parameters['parameter']>): Parameters => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'resource', resource: resource as Patient }, ...more],
});

describe.each(databaseKinds())('Patient/$match (%s)', (kind) => {
  let hub: TestHub;
  const ids = new Map<string, string>();
  beforeAll(async () => {
    hub = await startHub(kind);
    const stored: Record<string, Patient> = {
      asa,
      twin: { ...unnumbered, name: [{ family: 'Löwenström', given: ['Karin'] }] },
      omar: { resourceType: 'Patient', name: [{ family: 'Haddad', given: ['Omar'] }], birthDate: '1980-06-01' },
      gone: { ...asa, identifier: [{ system: MRN, value: 'MRN-9' }] },
    };
    for (const [name, body] of Object.entries(stored)) {
      const { id } = await done(call('POST', `${hub.fhir}/Patient`, { body }));
      ids.set(name, id);
    }
    await done(call('DELETE', `${hub.fhir}/Patient/${ids.get('gone')}`));
  });
  afterAll(() => hub?.close());

  const match = (body: unknown): Promise<Answer<Bundle>> =>
    call<Bundle>('POST', `${hub.fhir}/Patient/$match`, { body });
  const graded = (answer: Answer<Bundle>): unknown[] =>
    (answer.body.entry ?? []).map(({ resource, search }) => [
      [...ids].find(([, id]) => id === resource?.id)?.[0],
      search?.extension?.[0]?.valueCode,
    ]);

  test('finds who is described, best first, and says how sure that is', async () => {
    const answer = await match(parameters(unnumbered));
    expect([answer.status, answer.body.type, answer.body.total]).toEqual([200, 'searchset', 2]);
    expect(graded(answer)).toEqual([
      ['asa', 'certain'],
      ['twin', 'possible'],
    ]);
    expect(answer.body.entry?.[0]).toMatchObject({
      fullUrl: `${hub.fhir}/Patient/${ids.get('asa')}`,
      search: {
        mode: 'match',
        score: expect.any(Number),
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: 'certain' }],
      },
    });
  });

  test.each<readonly [string, Patient, unknown[]]>([
    ['identifier', { resourceType: 'Patient', identifier: [{ system: MRN, value: 'MRN-1' }] }, [['asa', 'certain']]],
    [
      'phone and name',
      {
        resourceType: 'Patient',
        name: [{ family: 'Löwenstrom', given: ['Asa'] }],
        telecom: [{ value: '070-123 45 67', system: 'phone' }],
      },
      [['asa', 'probable']],
    ],
    [
      'names exchanged',
      { ...uncalled, birthDate: '1950-05-04', name: [{ family: 'Åsa', given: ['Löwenström'] }] },
      [
        ['asa', 'probable'],
        ['twin', 'possible'],
      ],
    ],
    [
      'day and month exchanged',
      { ...uncalled, birthDate: '1950-04-05' },
      [
        ['asa', 'probable'],
        ['twin', 'possible'],
      ],
    ],
    [
      'a slip in name and birth date',
      {
        resourceType: 'Patient',
        name: [{ family: 'Hadad', given: ['Omar'] }],
        birthDate: '1980-06-02',
        gender: 'male',
      },
      [['omar', 'possible']],
    ],
    [
      'nobody',
      { resourceType: 'Patient', name: [{ family: 'Nobody', given: ['At', 'All'] }], birthDate: '1901-01-01' },
      [],
    ],
    ['nothing to find by', { resourceType: 'Patient', active: true }, []],
  ])('finds by %s', async (_name, patient, expected) => {
    expect(graded(await match(parameters(patient)))).toEqual(expected);
  });

  test('gives one certain match or none when asked for that, and no more than asked for', async () => {
    const only = { name: 'onlyCertainMatches', valueBoolean: true };
    expect(graded(await match(parameters(unnumbered, only)))).toEqual([['asa', 'certain']]);
    expect(graded(await match(parameters({ ...unnumbered, birthDate: '1950-04-05' }, only)))).toEqual([]);
    expect(graded(await match(parameters(unnumbered, { name: 'count', valueInteger: 1 })))).toEqual([
      ['asa', 'certain'],
    ]);
  });

  test('knows names that are written as a whole, here and there', async () => {
    const text = 'María José Núñez de la Cruz';
    const { id } = await done(
      call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient', name: [{ text }] } }),
    );
    ids.set('maria', id);
    const looked: Patient['name'][] = [
      [{ text }],
      [{ text: 'Núñez de la Cruz, María José' }],
      [{ family: 'Núñez de la Cruz', given: ['María', 'José'] }],
    ];
    for (const name of looked) {
      expect(graded(await match(parameters({ resourceType: 'Patient', name })))).toEqual([['maria', 'possible']]);
    }
    const omar: Patient = { resourceType: 'Patient', name: [{ text: 'Omar Haddad' }], birthDate: '1980-06-01' };
    expect(graded(await match(parameters(omar)))).toEqual([['omar', 'probable']]);
  });

  test('takes a name of any length', async () => {
    const name = [{ family: 'x'.repeat(5_000), given: ['y'.repeat(5_000)] }];
    const answer = await match(parameters({ resourceType: 'Patient', name, birthDate: '1900-01-01' }));
    expect([answer.status, answer.body.total]).toEqual([200, 0]);
  });

  test('takes its flags and numbers as any simple type, and refuses others', async () => {
    const one = await match(parameters(unnumbered, { name: 'count', valuePositiveInt: 1 }));
    expect(one.body.total).toBe(1);
    const certain = await match(parameters(unnumbered, { name: 'onlyCertainMatches', valueCode: 'true' }));
    expect(graded(certain)).toEqual([['asa', 'certain']]);
    const none = await match(parameters(unnumbered, { name: 'count', valueQuantity: { value: 1 } }));
    expect([none.status, texts(none)]).toEqual([400, ['The parameter "count" must have a simple value.']]);
  });

  test('takes the patient as the body itself', async () => {
    expect(graded(await match(unnumbered))).toHaveLength(2);
  });

  test('two who are both certain leave open which one is meant', async () => {
    const { id } = await done(call('POST', `${hub.fhir}/Patient`, { body: unnumbered }));
    expect(graded(await match(parameters(unnumbered, { name: 'onlyCertainMatches', valueBoolean: true })))).toEqual([]);
    await done(call('DELETE', `${hub.fhir}/Patient/${id}`));
  });

  test('is listed in the metadata', async () => {
    const { body } = await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`);
    expect(body.rest?.[0]?.resource?.find(({ type }) => type === 'Patient')?.operation).toContainEqual({
      name: 'match',
      definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
    });
  });

  const refused = (name: string, body: unknown, text: string | RegExp, expression: string): BadRequest => [
    name,
    'POST /fhir/R4/Patient/$match',
    { body },
    400,
    text,
    expression,
  ];
  test.each<BadRequest>([
    refused(
      'no patient',
      { resourceType: 'Parameters' },
      'Send the Patient to look for in the parameter "resource", by POST.',
      `Parameters.parameter.where(name='resource')`,
    ),
    refused(
      'another type',
      parameters({ resourceType: 'Person' }),
      'Send the Patient to look for in the parameter "resource", by POST.',
      `Parameters.parameter.where(name='resource')`,
    ),
    refused(
      'a count that is none',
      parameters(asa, { name: 'count', valueInteger: 0 }),
      'count must be a whole number, 1 or more.',
      `Parameters.parameter.where(name='count')`,
    ),
    refused(
      'a flag that is none',
      parameters(asa, { name: 'onlyCertainMatches', valueString: 'maybe' }),
      'onlyCertainMatches must be true or false.',
      `Parameters.parameter.where(name='onlyCertainMatches')`,
    ),
    refused(
      'a parameter it does not know',
      parameters(asa, { name: 'minimumScore', valueDecimal: 0.9 }),
      'The parameter "minimumScore" is not served here. There are: resource, onlyCertainMatches, count.',
      'Parameters.parameter',
    ),
    refused(
      'two patients',
      parameters(asa, { name: 'resource', resource: asa }),
      'Give the parameter "resource" once.',
      `Parameters.parameter.where(name='resource')`,
    ),
    [
      'a patient of whom nothing is said',
      'POST /fhir/R4/Patient/$match',
      { body: parameters({ resourceType: 'Patient', gender: 'female', active: true }) },
      422,
      'Nothing of this Patient tells one person from another. Say at least a name, a birthDate, an identifier with its system, a phone or an e-mail address.',
      `Parameters.parameter.where(name='resource').resource`,
    ],
    refused('a patient that is not valid', parameters({ resourceType: 'Patient', name: 'Åsa' }), /\w/, 'Patient.name'),
  ])('refuses %s', (...request) => expectRefusal(hub, request));
});
