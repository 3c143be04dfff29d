import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { readRequest } from '../../src/fhir/search/request/read-request.ts';
import { gatherStatement } from '../../src/fhir/search/sql/statements.ts';
import { type Answer, call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const FOOD = 'https://forms.example/food';
const NOW = new Date('2026-02-01T12:00:00Z');
const PLAN = 'https://plans.example/food';

type Draft = readonly [name: string, resource: Readonly<Record<string, unknown>>];

const form = (version: string, title: string): object => ({
  resourceType: 'Questionnaire',
  status: 'active',
  url: FOOD,
  version,
  title,
});
const answered = (questionnaire: string): Readonly<Record<string, unknown>> => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  questionnaire,
});

const DRAFTS: readonly Draft[] = [
  ['first', { ...form('1', 'Food at home') } as Draft[1]],
  ['second', { ...form('2-Beta', 'Meals') } as Draft[1]],
  ['other', { ...form('1', 'Rent'), url: 'https://forms.example/rent' } as Draft[1]],
  ['old', answered(`${FOOD}|1`)],
  ['new', answered(`${FOOD}|2-Beta`)],
  ['any', answered(FOOD)],
  ['part', answered(`${FOOD}|1#sub`)],
  ['lost', answered('https://forms.example/gone|1')],
  ['plan', { resourceType: 'PlanDefinition', status: 'active', url: PLAN, version: '1', title: 'Pantry' }],
  ['activity', { resourceType: 'ActivityDefinition', status: 'active', url: PLAN, title: 'Same address' }],
  [
    'care',
    {
      resourceType: 'CarePlan',
      status: 'active',
      intent: 'plan',
      subject: { reference: '@ann' },
      instantiatesCanonical: [`${PLAN}|1`, `${FOOD}|1`],
    },
  ],
];

const LINKED: readonly [query: string, names: string][] = [
  [`QuestionnaireResponse?questionnaire=${FOOD}`, 'any new old part'],
  [`QuestionnaireResponse?questionnaire=${FOOD}|1`, 'old part'],
  ['QuestionnaireResponse?questionnaire.title=food', 'any old part'],
  ['QuestionnaireResponse?questionnaire:Questionnaire.title=meals', 'any new'],
  ['QuestionnaireResponse?questionnaire.title=rent', ''],
  ['QuestionnaireResponse?questionnaire.title:missing=false', 'any new old part'],
  ['QuestionnaireResponse?questionnaire.version=1', 'any old part'],
  ['CarePlan?instantiates-canonical:PlanDefinition.title=pantry', 'care'],
  ['CarePlan?instantiates-canonical:ActivityDefinition.title=same', ''],
  ['CarePlan?instantiates-canonical.title=food', 'care'],
  ['Questionnaire?_has:QuestionnaireResponse:questionnaire:_id=@old', 'first'],
  ['Questionnaire?_has:QuestionnaireResponse:questionnaire:_id=@any', 'first second'],
  ['Questionnaire?_has:QuestionnaireResponse:questionnaire:_id=@new,@lost', 'second'],
  ['Questionnaire?_has:QuestionnaireResponse:questionnaire:status=completed', 'first second'],
  ['Questionnaire?_has:QuestionnaireResponse:questionnaire:status=stopped', ''],
  ['PlanDefinition?_has:CarePlan:instantiates-canonical:status=active', 'plan'],
  ['ActivityDefinition?_has:CarePlan:instantiates-canonical:status=active', ''],
];

describe.each(databaseKinds())('a search over canonical addresses (%s)', (kind) => {
  let hub: TestHub;
  const ids = new Map<string, string>();
  beforeAll(async () => {
    hub = await startHub(kind);
    const ann = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    for (const [name, draft] of DRAFTS) {
      const body = JSON.parse(JSON.stringify(draft).replace('@ann', `Patient/${ann.id}`)) as Resource;
      ids.set(name, (await done(call('POST', `${hub.fhir}/${body.resourceType}`, { body }))).id);
    }
  });
  afterAll(() => hub?.close());

  const withIds = (query: string): string => query.replaceAll(/@(\w+)/g, (_, name: string) => ids.get(name) ?? '');
  const ask = (query: string): Promise<Answer<Bundle>> =>
    call<Bundle>('GET', `${hub.fhir}/${withIds(query)}`, { headers: { prefer: 'handling=strict' } });
  const nameOf = ({ id }: Resource): string => [...ids].find(([, known]) => known === id)?.[0] ?? `unknown ${id}`;
  const included = ({ body }: Answer<Bundle>): string =>
    (body.entry ?? [])
      .flatMap(({ search, resource }) => (search?.mode === 'include' && resource ? [nameOf(resource)] : []))
      .sort()
      .join(' ');

  test.each(LINKED)('%s finds %j', async (query, wanted) => {
    const answer = await ask(query);
    expect([answer.status, query]).toEqual([200, query]);
    expect(found<Resource>(answer).map(nameOf).sort().join(' ')).toBe(wanted);
  });

  // Where the other end is met by very many, the link is followed from each row.
  test.each(LINKED)('%s finds %j, row by row', async (query, wanted) => {
    const [type, search] = withIds(query).split('?');
    const request = readRequest({ base: hub.fhir, now: NOW }, type, [...new URLSearchParams(search)]);
    const page = { place: undefined, backwards: false, limit: 100, asOf: undefined };
    const { text, values } = gatherStatement(request, { kind: 'hub', organizationId: 'hub' }, page);
    const rows = await hub.deps.db.query<{ content: Resource }>(text, values);
    expect(
      rows
        .map(({ content }) => nameOf(content))
        .sort()
        .join(' '),
    ).toBe(wanted);
  });

  test.each([
    ['QuestionnaireResponse?_id=@old&_include=QuestionnaireResponse:questionnaire', 'first'],
    ['QuestionnaireResponse?_id=@part&_include=QuestionnaireResponse:questionnaire', 'first'],
    ['QuestionnaireResponse?_id=@any&_include=QuestionnaireResponse:questionnaire', 'first second'],
    ['QuestionnaireResponse?_id=@lost&_include=QuestionnaireResponse:questionnaire', ''],
    ['QuestionnaireResponse?_id=@new&_include=*', 'second'],
    ['QuestionnaireResponse?_include=QuestionnaireResponse:questionnaire', 'first second'],
    ['CarePlan?_include=CarePlan:instantiates-canonical', 'first plan'],
    ['CarePlan?_include=CarePlan:instantiates-canonical:PlanDefinition', 'plan'],
    ['Questionnaire?_id=@first&_revinclude=QuestionnaireResponse:questionnaire', 'any old part'],
    ['Questionnaire?_id=@second&_revinclude=QuestionnaireResponse:questionnaire', 'any new'],
    ['Questionnaire?_id=@first&_revinclude=*', 'any care old part'],
    ['Questionnaire?_id=@other&_revinclude=QuestionnaireResponse:questionnaire', ''],
    ['PlanDefinition?_id=@plan&_revinclude=CarePlan:instantiates-canonical', 'care'],
    [
      'PlanDefinition?_id=@plan&_revinclude=CarePlan:instantiates-canonical&_include:iterate=CarePlan:instantiates-canonical',
      'care first',
    ],
  ])('%s brings along %j', async (query, wanted) => {
    const answer = await ask(query);
    expect([answer.status, included(answer)]).toEqual([200, wanted]);
  });
});
