import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const PEOPLE = 7;

describe.each(databaseKinds())('a search is answered as it was asked (%s)', (kind) => {
  let hub: TestHub;
  const ids: string[] = [];
  let list = '';
  beforeAll(async () => {
    hub = await startHub(kind);
    for (let at = 0; at < PEOPLE; at += 1) {
      const body = { resourceType: 'Patient', active: at % 2 === 0, name: [{ family: `Family${at}` }] };
      ids.push((await done(call('POST', `${hub.fhir}/Patient`, { body }))).id);
    }
    const entry = ids.slice(0, 3).map((id) => ({ item: { reference: `Patient/${id}` } }));
    const body = { resourceType: 'List', status: 'current', mode: 'working', entry };
    list = (await done(call('POST', `${hub.fhir}/List`, { body }))).id;
    const task = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      contained: [{ resourceType: 'Patient', id: 'inner', name: [{ family: 'Family9' }] }],
      subject: { reference: '#inner' },
      performer: [{ reference: 'https://elsewhere.example/fhir/Patient/9' }],
    };
    await done(call('POST', `${hub.fhir}/Observation`, { body: task }));
  });
  afterAll(() => hub?.close());

  const ask = (query: string): Promise<Answer<Bundle>> =>
    call<Bundle>('GET', `${hub.fhir}/${query}`, { headers: { prefer: 'handling=strict' } });

  test.each([
    ['Patient?_total=accurate&_count=2', PEOPLE, 2],
    // An estimate is exact here: counting is what it costs.
    ['Patient?_total=estimate&_count=2', PEOPLE, 2],
    ['Patient?_total=none&_count=2', undefined, 2],
    ['Patient?_count=2', undefined, 2],
    ['Patient?_count=100', PEOPLE, PEOPLE],
    ['Patient?_summary=count', PEOPLE, 0],
    ['Patient?_summary=count&active=true', 4, 0],
    ['Patient?_summary=count&active=true&_include=*&_sort=family', 4, 0],
    ['Patient?_count=0', PEOPLE, 0],
    ['Patient?_contained=false&_containedType=container&_count=100', PEOPLE, PEOPLE],
    ['Patient?family=family9', 0, 0],
    ['Observation?subject:missing=false&patient:missing=true', 1, 1],
  ])('%s: a total of %s, and %i resources', async (query, total, count) => {
    const answer = await ask(query);
    expect([answer.status, answer.body.total, found<Resource>(answer).length]).toEqual([200, total, count]);
  });

  test('what a list names', async () => {
    expect(
      found<Resource>(await ask(`Patient?_list=${list}`))
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.slice(0, 3).sort());
    expect(found(await ask(`Patient?_list=${list}&active=true`))).toHaveLength(2);
    expect(found(await ask('Patient?_list=nothing'))).toEqual([]);
  });

  test('the type of what is referred to at another server counts', async () => {
    const observation = {
      resourceType: 'Observation',
      status: 'amended',
      code: { text: 'x' },
      subject: { reference: 'https://elsewhere.example/fhir/Patient/9' },
    };
    await done(call('POST', `${hub.fhir}/Observation`, { body: observation }));
    expect(found(await ask('Observation?status=amended&patient:missing=false'))).toHaveLength(1);
    expect(found(await ask('Observation?status=amended&patient:missing=true'))).toEqual([]);
  });

  const contained =
    'This server does not search contained resources by themselves ("_contained" must be false). Search the resources that hold them, e.g. by chained parameters of what they refer to.';
  const own = (name: string): string =>
    `The search parameter "${name}" cannot be used so. This server does not search by it. Search by the parameters its metadata lists.`;
  test.each([
    ['Patient?_contained=true', contained],
    ['Patient?_contained=both&_containedType=contained', contained],
    ['Patient?_contained=maybe', '"_contained" must be false, true, both.'],
    ['Patient?_containedType=all', '"_containedType" must be container, contained.'],
    [
      'Patient?_list=$current-problems',
      'The search parameter "_list" cannot be used so. This server keeps no lists of what is current. Name a List by its id.',
    ],
    ['Patient?_text=bone', own('_text')],
    ['Patient?_content=bone', own('_content')],
    ['Patient?_filter=name%20eq%20x', own('_filter')],
    ['Patient?_query=mine', own('_query')],
  ])('%s is refused', async (query, text) => {
    const answer = await ask(query);
    expect([answer.status, texts(answer)]).toEqual([400, [text]]);
  });
});
