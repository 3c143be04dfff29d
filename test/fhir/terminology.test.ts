import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Parameters, ParametersParameter, Resource, ValueSet } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const STATUS = 'http://hl7.org/fhir/ValueSet/task-status';
const TASK_STATUS = 'http://hl7.org/fhir/task-status';
const PETS = 'https://agency.example/pets';

const pets: Resource = {
  resourceType: 'CodeSystem',
  status: 'active',
  url: PETS,
  content: 'complete',
  concept: [
    {
      code: 'dog',
      display: 'Dog',
      designation: [{ language: 'es', value: 'Perro' }],
      concept: [{ code: 'beagle', display: 'Beagle' }],
    },
    { code: 'cat', display: 'Cat', property: [{ code: 'inactive', valueBoolean: true }] },
    { code: 'pet', display: 'Pet', property: [{ code: 'notSelectable', valueBoolean: true }] },
  ],
};
const allPets: ValueSet = {
  resourceType: 'ValueSet',
  status: 'active',
  url: 'https://agency.example/all-pets',
  compose: { include: [{ system: PETS }] },
};
const map: Resource = {
  resourceType: 'ConceptMap',
  status: 'active',
  url: 'https://agency.example/map',
  group: [
    {
      source: PETS,
      target: 'urn:animals',
      element: [{ code: 'beagle', target: [{ code: 'hound', display: 'Hound', equivalence: 'wider' }] }],
    },
  ],
};

const codes = ({ body }: Answer): (string | undefined)[] | undefined =>
  (body as ValueSet).expansion?.contains?.map(({ code }) => code);
const said = ({ body }: Answer, name: string): unknown => {
  const found = (body as Parameters).parameter?.find((each) => each.name === name);
  return found && Object.entries(found).find(([key]) => key.startsWith('value'))?.[1];
};
const parameters = (...parameter: ParametersParameter[]): Parameters => ({ resourceType: 'Parameters', parameter });

describe.each(databaseKinds())('terminology (%s)', (kind) => {
  let hub: TestHub;
  let stored: { id: string };
  let storedMap: { id: string };
  const get = (path: string): Promise<Answer> => call('GET', `${hub.fhir}/${path}`);
  const post = (path: string, body: unknown): Promise<Answer> => call('POST', `${hub.fhir}/${path}`, { body });
  const validate = (query: string): Promise<Answer> => get(`ValueSet/$validate-code?${query}`);

  beforeAll(async () => {
    hub = await startHub(kind);
    await done(call('POST', `${hub.fhir}/CodeSystem`, { body: pets }));
    stored = await done(call('POST', `${hub.fhir}/ValueSet`, { body: allPets }));
    storedMap = await done(call('POST', `${hub.fhir}/ConceptMap`, { body: map }));
  });
  afterAll(() => hub?.close());

  describe('$expand', () => {
    test('lists a value set of R4, by GET and by POST', async () => {
      const [byGet, byPost] = await Promise.all([
        get(`ValueSet/$expand?url=${STATUS}`),
        post('ValueSet/$expand', parameters({ name: 'url', valueUri: `${STATUS}|4.0.1` })),
      ]);
      for (const answer of [byGet, byPost]) {
        expect(answer.status).toBe(200);
        expect(answer.body).toMatchObject({ resourceType: 'ValueSet', url: STATUS, expansion: { total: 12 } });
        expect(codes(answer)).toContain('in-progress');
      }
    });

    test('lists one of the hub’s own', async () => {
      const answer = await get('ValueSet/$expand?url=https://careloop.dev/fhir/ValueSet/outcome&filter=client');
      expect(codes(answer)).toContain('client-unreachable');
      expect(codes(answer)).not.toContain('no-capacity');
    });

    test('lists a stored one: on itself, by its address, or sent along', async () => {
      const all = ['dog', 'beagle', 'cat', 'pet'];
      const answers = await Promise.all([
        get(`ValueSet/${stored.id}/$expand`),
        get(`ValueSet/$expand?url=${allPets.url}`),
        post('ValueSet/$expand', { ...allPets, url: 'urn:mine' }),
        post('ValueSet/$expand', parameters({ name: 'valueSet', resource: allPets })),
      ]);
      for (const answer of answers) expect(codes(answer)?.sort()).toEqual([...all].sort());
    });

    test.each<[string, string[]]>([
      ['activeOnly=true', ['beagle', 'dog', 'pet']],
      ['excludeNotForUI=true', ['beagle', 'cat', 'dog']],
      ['filter=DOG', ['dog']],
      ['filter=perro&displayLanguage=es-MX', ['dog']],
    ])('with %s', async (query, expected) => {
      expect(codes(await get(`ValueSet/${stored.id}/$expand?${query}`))?.sort()).toEqual(expected);
    });

    test('lists it page by page, and counts', async () => {
      const all = codes(await get(`ValueSet/$expand?url=${STATUS}`));
      const page = await get(`ValueSet/$expand?url=${STATUS}&offset=2&count=3`);
      expect(codes(page)).toEqual(all?.slice(2, 5));
      expect(page.body).toMatchObject({ expansion: { total: 12, offset: 2 } });
      const none = await get(`ValueSet/$expand?url=${STATUS}&count=0`);
      expect([codes(none), (none.body as ValueSet).expansion?.total]).toEqual([undefined, 12]);
    });

    test('gives the words of other languages, and the definition, when asked', async () => {
      const answer = await get(`ValueSet/${stored.id}/$expand?includeDesignations=true&displayLanguage=es`);
      const dog = (answer.body as ValueSet).expansion?.contains?.find(({ code }) => code === 'dog');
      expect(dog).toMatchObject({ display: 'Perro', designation: [{ language: 'es', value: 'Perro' }] });
      expect(answer.body).not.toHaveProperty('compose');
      expect((await get(`ValueSet/${stored.id}/$expand?includeDefinition=true`)).body).toHaveProperty('compose');
    });
  });

  describe('$validate-code', () => {
    test.each<[string, boolean, string | undefined]>([
      [`url=${STATUS}&system=${TASK_STATUS}&code=requested`, true, undefined],
      [`url=${STATUS}&system=${TASK_STATUS}&code=requested&display=Requested`, true, undefined],
      [
        `url=${STATUS}&system=${TASK_STATUS}&code=requested&display=Asked`,
        false,
        'The display is not one of the code\'s. It is called "Requested".',
      ],
      [`url=${STATUS}&system=${TASK_STATUS}&code=asked`, false, 'The code is not in the value set.'],
      [`url=${STATUS}&system=urn:x&code=requested`, false, 'The code is not in the value set.'],
      [
        `url=https://agency.example/all-pets&system=${PETS}&code=pet`,
        false,
        'The code only groups others; it is not meant to be recorded.',
      ],
      [`url=https://agency.example/all-pets&system=${PETS}&code=pet&abstract=true`, true, undefined],
      ['url=http://hl7.org/fhir/ValueSet/ucum-units&system=http://unitsofmeasure.org&code=mg/dL', true, undefined],
    ])('%s: %s', async (query, result, message) => {
      const answer = await validate(query);
      expect([answer.status, said(answer, 'result'), said(answer, 'message')]).toEqual([200, result, message]);
    });

    test('takes codings and concepts, and is called on a value set itself', async () => {
      const dog = { system: PETS, code: 'dog' };
      const path = `ValueSet/${stored.id}/$validate-code`;
      const coding = await post(path, parameters({ name: 'coding', valueCoding: dog }));
      expect([said(coding, 'result'), said(coding, 'display')]).toEqual([true, 'Dog']);
      const coded = [{ system: 'urn:x', code: 'y' }, dog];
      const concept = await post(
        path,
        parameters({ name: 'codeableConcept', valueCodeableConcept: { coding: coded } }),
      );
      expect(said(concept, 'result')).toBe(true);
    });

    test('of a code system', async () => {
      const path = (query: string): string => `CodeSystem/$validate-code?${query}`;
      expect(said(await get(path(`url=${TASK_STATUS}&code=requested`)), 'result')).toBe(true);
      expect(said(await get(path(`url=${PETS}&code=wolf`)), 'result')).toBe(false);
      expect(said(await get(path('url=urn:ietf:bcp:47&code=zh-Hant')), 'result')).toBe(true);
      expect(
        said(
          await post(path(''), parameters({ name: 'coding', valueCoding: { system: PETS, code: 'cat' } })),
          'result',
        ),
      ).toBe(true);
    });
  });

  test('$lookup says the properties that are asked for, and no others', async () => {
    const names = async (query: string): Promise<unknown[]> => {
      const answer = await get(`CodeSystem/$lookup?system=${PETS}&code=dog&${query}`);
      const all = (answer.body as Parameters).parameter ?? [];
      return all.filter(({ name }) => name === 'property').map(({ part }) => part?.[0]?.valueCode);
    };
    expect(await names('property=child')).toEqual(['child']);
    expect(await names('property=child&property=none')).toEqual(['child']);
    expect(await names('property=none')).toEqual([]);
  });

  test('$translate takes a map that is sent, alone or beside a code', async () => {
    const map = {
      resourceType: 'ConceptMap',
      status: 'active',
      group: [
        {
          source: 'urn:from',
          target: 'urn:to',
          element: [{ code: 'a', target: [{ code: 'b', equivalence: 'equivalent' }] }],
        },
      ],
    };
    const parameter = [
      { name: 'conceptMap', resource: map },
      { name: 'system', valueUri: 'urn:from' },
      { name: 'code', valueCode: 'a' },
    ];
    const body = { resourceType: 'Parameters', parameter };
    const answer = await call<Parameters>('POST', `${hub.fhir}/ConceptMap/$translate`, { body });
    expect(answer.body.parameter?.[0]).toEqual({ name: 'result', valueBoolean: true });
    const named = { ...body, parameter: [...parameter, { name: 'url', valueUri: 'urn:map' }] };
    const refused = await call('POST', `${hub.fhir}/ConceptMap/$translate`, { body: named });
    expect(texts(refused)).toEqual([
      'Name the map by url, send it as conceptMap, or call the operation on it: one of these.',
    ]);
  });

  test('$lookup says what is known of a code', async () => {
    const answer = await get(`CodeSystem/$lookup?system=${PETS}&code=dog&displayLanguage=es`);
    expect([said(answer, 'name'), said(answer, 'display')]).toEqual([PETS, 'Perro']);
    expect((answer.body as Parameters).parameter).toContainEqual({
      name: 'property',
      part: [
        { name: 'code', valueCode: 'child' },
        { name: 'value', valueCode: 'beagle' },
      ],
    });
    expect(said(await get(`CodeSystem/$lookup?system=${TASK_STATUS}&code=requested`), 'display')).toBe('Requested');
  });

  test('$translate follows a stored map, both ways', async () => {
    const forth = await get(`ConceptMap/$translate?url=https://agency.example/map&system=${PETS}&code=beagle`);
    const match = (equivalence: string, valueCoding: object): object => ({
      name: 'match',
      part: [
        { name: 'equivalence', valueCode: equivalence },
        { name: 'concept', valueCoding },
        { name: 'source', valueUri: 'https://agency.example/map' },
      ],
    });
    expect((forth.body as Parameters).parameter).toEqual([
      { name: 'result', valueBoolean: true },
      match('wider', { system: 'urn:animals', code: 'hound', display: 'Hound' }),
    ]);
    const back = await get(`ConceptMap/${storedMap.id}/$translate?system=urn:animals&code=hound&reverse=true`);
    expect((back.body as Parameters).parameter?.[1]).toEqual(match('narrower', { system: PETS, code: 'beagle' }));
    const none = await get(`ConceptMap/${storedMap.id}/$translate?system=${PETS}&code=dog`);
    expect([said(none, 'result'), said(none, 'message')]).toEqual([false, 'The map has no code for this one.']);
  });

  test.each<[string, object, string, [string, object] | undefined]>([
    ['the same', { mode: 'provided' }, 'z', ['equal', { system: 'urn:to', code: 'z' }]],
    [
      'one for all',
      { mode: 'fixed', code: 'other', display: 'Other' },
      'z',
      ['relatedto', { system: 'urn:to', code: 'other', display: 'Other' }],
    ],
    ['what it is mapped to', { mode: 'fixed', code: 'other' }, 'a', ['equal', { system: 'urn:to', code: 'b' }]],
    ['not what another map says', { mode: 'other-map', url: 'urn:map' }, 'z', undefined],
  ])('$translate of a code a map does not list: %s', async (_name, unmapped, code, wanted) => {
    const element = [{ code: 'a', target: [{ code: 'b', equivalence: 'equal' }] }];
    const group = [{ source: 'urn:from', target: 'urn:to', element, unmapped }];
    const body = parameters(
      { name: 'conceptMap', resource: { resourceType: 'ConceptMap', status: 'active', group } as Resource },
      { name: 'coding', valueCoding: { system: 'urn:from', code } },
    );
    const answer = await post('ConceptMap/$translate', body);
    const [equivalence, valueCoding] = wanted ?? [];
    const part = [
      { name: 'equivalence', valueCode: equivalence },
      { name: 'concept', valueCoding },
    ];
    expect(said(answer, 'result')).toBe(wanted !== undefined);
    const matches = (answer.body as Parameters).parameter?.filter(({ name }) => name === 'match');
    expect(matches).toEqual(wanted ? [{ name: 'match', part }] : []);
  });

  test('the metadata lists the operations', async () => {
    const { rest } = (await get('metadata')).body as { rest: { resource: { type: string; operation?: object[] }[] }[] };
    expect(rest[0]?.resource.find(({ type }) => type === 'ValueSet')?.operation).toEqual(
      expect.arrayContaining([
        { name: 'expand', definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand' },
        { name: 'validate-code', definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code' },
      ]),
    );
  });
});
