import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const PETS = 'https://agency.example/pets';
const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

type Draft = readonly [name: string, resource: Readonly<Record<string, unknown>>];

const observed = (system: string, code: string): Readonly<Record<string, unknown>> => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system, code }] },
});

const DRAFTS: readonly Draft[] = [
  [
    'pets',
    {
      resourceType: 'CodeSystem',
      status: 'active',
      url: PETS,
      content: 'complete',
      caseSensitive: false,
      concept: [
        { code: 'Animal', concept: [{ code: 'Dog', concept: [{ code: 'Beagle' }, { code: 'Pug' }] }, { code: 'Cat' }] },
      ],
    },
  ],
  [
    'dogs',
    {
      resourceType: 'ValueSet',
      status: 'active',
      url: 'https://agency.example/dogs',
      compose: { include: [{ system: PETS, filter: [{ property: 'concept', op: 'is-a', value: 'Dog' }] }] },
    },
  ],
  ['animal', observed(PETS, 'Animal')],
  ['dog', observed(PETS, 'Dog')],
  ['beagle', observed(PETS, 'Beagle')],
  ['cat', observed(PETS, 'Cat')],
  ['stray', observed('https://other.example/pets', 'Beagle')],
  ['encounter', { resourceType: 'Encounter', status: 'finished', class: { system: ACT, code: 'IMP' } }],
  ['acute', { resourceType: 'Encounter', status: 'planned', class: { system: ACT, code: 'ACUTE' } }],
  ['active', { resourceType: 'Patient', active: true }],
  ['plan', { resourceType: 'PlanDefinition', status: 'active', url: 'https://plans.example/food/' }],
];

describe.each(databaseKinds())('a search by what codes mean (%s)', (kind) => {
  let hub: TestHub;
  const ids = new Map<string, string>();
  beforeAll(async () => {
    hub = await startHub(kind);
    for (const [name, body] of DRAFTS) {
      ids.set(name, (await done(call('POST', `${hub.fhir}/${body.resourceType}`, { body }))).id);
    }
  });
  afterAll(() => hub?.close());

  const ask = (query: string): Promise<Answer<Bundle>> => {
    const named = query.replaceAll(/@(\w+)/g, (_, name: string) => ids.get(name) ?? '');
    return call<Bundle>('GET', `${hub.fhir}/${named}`, { headers: { prefer: 'handling=strict' } });
  };
  const nameOf = ({ id }: Resource): string => [...ids].find(([, known]) => known === id)?.[0] ?? `unknown ${id}`;

  test.each([
    [`Observation?code:below=${PETS}|Dog`, 'beagle dog'],
    [`Observation?code:below=${PETS}|Animal`, 'animal beagle cat dog'],
    [`Observation?code:below=${PETS}|Pug,${PETS}|Cat`, 'cat'],
    [`Observation?code:above=${PETS}|Beagle`, 'animal beagle dog'],
    [`Observation?code:above=${PETS}|Animal`, 'animal'],
    [`Encounter?class:below=${ACT}|IMP`, 'acute encounter'],
    [`Encounter?class:above=${ACT}|ACUTE`, 'acute encounter'],
    [`Encounter?class:below=${ACT}|ACUTE`, 'acute'],
    ['Encounter?status:below=planned', 'acute'],
    ['Observation?code:in=https://agency.example/dogs', 'beagle dog'],
    ['Observation?code:in=ValueSet/@dogs', 'beagle dog'],
    ['Observation?code:not-in=https://agency.example/dogs', 'animal cat stray'],
    ['Encounter?status:in=http://hl7.org/fhir/ValueSet/encounter-status', 'acute encounter'],
    ['Patient?active=TRUE', 'active'],
    ['Patient?active=http://terminology.hl7.org/CodeSystem/special-values|true', 'active'],
    ['Encounter?status=PLANNED', ''],
    ['PlanDefinition?url:above=https://plans.example/food/1/2', 'plan'],
    ['PlanDefinition?url:below=https://plans.example/', 'plan'],
    ['PlanDefinition?url:below=https://plans.example/fool', ''],
  ])('%s finds %j', async (query, wanted) => {
    const answer = await ask(query);
    expect([answer.status, query]).toEqual([200, query]);
    expect(found<Resource>(answer).map(nameOf).sort().join(' ')).toBe(wanted);
  });

  test.each([
    [
      `Observation?code:below=${ACT}|NOTHING`,
      '"code:below"',
      'This server does not know this code of the system, and so not what is above or below it. Name the codes, separated by commas.',
    ],
    [
      'Observation?code:below=https://nowhere.example|1',
      '"code:below"',
      'This server does not know the code system, and so not what is above or below it. Name the codes, separated by commas.',
    ],
    ['Observation?code:above=Dog', '"code:above"', 'Write its value as system|code.'],
    [
      'Observation?code:in=https://nowhere.example/set',
      '"code:in"',
      'This server does not know the value set, or not all of its codes. Name the codes, separated by commas.',
    ],
    [
      'PlanDefinition?url:below=urn:oid:1.2',
      '"url:below"',
      ':below is for URLs only: what stands above or below a URN it does not say.',
    ],
  ])('%s is refused', async (query, name, why) => {
    const answer = await ask(query);
    expect([answer.status, texts(answer)]).toEqual([400, [`The search parameter ${name} cannot be used so. ${why}`]]);
  });
});
