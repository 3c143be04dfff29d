import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CodeSystem, Coding, Parameters, ValueSet } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const PETS = 'https://agency.example/pets-in-two-languages';
const pets: CodeSystem = {
  resourceType: 'CodeSystem',
  status: 'active',
  url: PETS,
  content: 'complete',
  concept: [
    { code: 'dog', display: 'Dog', designation: [{ language: 'es', value: 'Perro' }] },
    { code: 'cat', display: 'Cat' },
  ],
};
/** It names codes one by one. */
const named: ValueSet = {
  resourceType: 'ValueSet',
  status: 'draft',
  url: `${PETS}/named`,
  compose: {
    include: [
      { system: PETS, concept: [{ code: 'dog', designation: [{ language: 'sv', value: 'Hund' }] }, { code: 'cat' }] },
    ],
  },
};

describe.each(databaseKinds())('codes and words of one’s own (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
    for (const body of [pets, named]) await done(call('POST', `${hub.fhir}/${body.resourceType}`, { body }));
  });
  afterAll(() => hub?.close());

  test.each<[string, string]>([
    ['es', 'Perro'],
    ['sv', 'Hund'],
    ['de', 'Dog'],
  ])('$expand has those of the code system, too, where a value set names codes: in %s, %s', async (language, word) => {
    const query = `url=${named.url}&displayLanguage=${language}&includeDesignations=true`;
    const { body } = await call<ValueSet>('GET', `${hub.fhir}/ValueSet/$expand?${query}`);
    const [dog] = body.expansion?.contains ?? [];
    expect(dog?.display).toBe(word);
    expect(dog?.designation?.map(({ value }) => value)).toEqual(['Hund', 'Perro']);
  });

  const judged = (...coding: Coding[]): Promise<Answer<Parameters>> => {
    const parameter = [
      { name: 'url', valueUri: named.url },
      { name: 'codeableConcept', valueCodeableConcept: { coding } },
    ];
    const body = { resourceType: 'Parameters', parameter };
    return call<Parameters>('POST', `${hub.fhir}/ValueSet/$validate-code`, { body });
  };

  test('$validate-code judges a concept by its codings that have a system: those of one program only may have none', async () => {
    const answer = await judged({ code: 'local' }, { display: 'A dog' }, { system: PETS, code: 'dog' });
    expect(answer.body.parameter?.[0]).toEqual({ name: 'result', valueBoolean: true });
    const other = await judged({ code: 'dog' }, { system: PETS, code: 'wolf' });
    expect(other.body.parameter?.[0]).toEqual({ name: 'result', valueBoolean: false });
  });

  test('$validate-code refuses a concept of which no coding has a system', async () => {
    const answer = await judged({ code: 'dog' });
    expect([answer.status, texts(answer)]).toEqual([
      400,
      ['The parameter "codeableConcept" must be coded with a system and a code.'],
    ]);
  });
});
