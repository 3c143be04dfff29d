import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CodeSystem, Parameters, ValueSet, ValueSetComposeInclude } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const SYSTEM = 'https://agency.example/steps';
const DEEP = 40;

const steps: CodeSystem = {
  resourceType: 'CodeSystem',
  status: 'active',
  url: SYSTEM,
  content: 'complete',
  concept: [{ code: 'first' }, { code: 'second' }],
};

function valueSet(name: string, ...include: ValueSetComposeInclude[]): ValueSet {
  return { resourceType: 'ValueSet', status: 'active', url: `${SYSTEM}/${name}`, compose: { include } };
}

/** Each imports the next in two ways: to list the first, one by one, would take 2^40 lists. */
function chain(name: string, last: ValueSetComposeInclude): ValueSet[] {
  return Array.from({ length: DEEP }, (_, at) => {
    const next = `${SYSTEM}/${name}-${at + 1}`;
    const imports = [{ valueSet: [next] }, { valueSet: [next, next] }];
    return valueSet(`${name}-${at}`, ...(at === DEEP - 1 ? [last] : imports));
  });
}

describe.each(databaseKinds())('value sets that import the same many times (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
    const all = [steps, ...chain('listed', { system: SYSTEM }), ...chain('unlisted', { system: 'urn:unknown' })];
    const entry = all.map((resource) => ({ request: { method: 'POST', url: resource.resourceType }, resource }));
    await done(call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } }));
  });
  afterAll(() => hub?.close());

  test('are listed', async () => {
    const { body } = await call<ValueSet>('GET', `${hub.fhir}/ValueSet/$expand?url=${SYSTEM}/listed-0`);
    expect(body.expansion?.contains?.map(({ code }) => code)).toEqual(['first', 'second']);
  });

  test('are searched by', async () => {
    const code = { coding: [{ system: SYSTEM, code: 'second' }] };
    const { id } = await done(call('POST', `${hub.fhir}/Basic`, { body: { resourceType: 'Basic', code } }));
    const answer = await call('GET', `${hub.fhir}/Basic?code:in=${SYSTEM}/listed-0`);
    expect(found(answer).map((each) => each.id)).toEqual([id]);
  });

  test.each([
    [SYSTEM, false],
    ['urn:unknown', undefined],
  ])('say whether a code is in them where they cannot be listed: one of %s', async (system, result) => {
    const query = `url=${SYSTEM}/unlisted-0&system=${system}&code=first`;
    const { body } = await call<Parameters>('GET', `${hub.fhir}/ValueSet/$validate-code?${query}`);
    expect(body.parameter?.[0]?.valueBoolean).toBe(result);
  });
});
