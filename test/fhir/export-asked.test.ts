import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GroupMember, Parameters, Patient, Resource } from '@medplum/fhirtypes';
import { call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { kickOff, linesOf, type Manifest, manifestAt, namesOf } from './exports.ts';

const YEAR_MS = 365 * 86_400_000;

describe.each(databaseKinds())('what an export is asked for (%s)', (kind) => {
  let hub: TestHub;
  const ids = new Map<string, string>();
  const named = (name: string): string => `Patient/${ids.get(name)}`;
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, settings: { EXPORT_CONCURRENCY: '1000' } });
    for (const name of ['asa', 'omar', 'maria']) {
      const body: Patient = { resourceType: 'Patient', name: [{ family: name }] };
      ids.set(name, (await done(call('POST', `${hub.fhir}/Patient`, { body }))).id);
    }
  });
  afterAll(() => hub?.close());

  const parameters = (...parameter: NonNullable<Parameters['parameter']>): Parameters => ({
    resourceType: 'Parameters',
    parameter,
  });
  const exported = async (path: string, body?: Resource): Promise<string[]> => {
    const { status, statusUrl, body: answer } = await kickOff(`${hub.fhir}/${path}`, undefined, body);
    if (status !== 202) throw new Error(JSON.stringify(answer));
    return namesOf(await linesOf((await manifestAt(statusUrl)).output));
  };
  const all = (): string[] => ['asa', 'omar', 'maria'].map(named).sort();

  test.each<[string, NonNullable<Parameters['parameter']>, string[]]>([
    ['_since as a dateTime', [{ name: '_since', valueDateTime: '2999-01-01' }], []],
    ['_type as a code', [{ name: '_type', valueCode: 'Organization' }], ['Organization/careloop']],
    ['_typeFilter as an address', [{ name: '_typeFilter', valueUri: 'Patient?family=omar' }], ['omar']],
  ])('counts, whichever type it is sent as: %s', async (_name, inputs, expected) => {
    const types = inputs.some(({ name }) => name === '_type') ? [] : [{ name: '_type', valueString: 'Patient' }];
    const wanted = expected.map((name) => (name.includes('/') ? name : named(name)));
    expect(await exported('$export', parameters(...inputs, ...types))).toEqual(wanted);
  });

  test.each<[string, NonNullable<Parameters['parameter']>[number]]>([
    ['_since', { name: '_since', valuePeriod: { start: '2026-01-01' } }],
    ['_type', { name: '_type', valueCoding: { code: 'Patient' } }],
    ['_outputFormat', { name: '_outputFormat', part: [{ name: 'x', valueString: 'csv' }] }],
    ['_elements', { name: '_elements', valueReference: { reference: 'Patient/1' } }],
  ])('is refused rather than left out where it is no simple value: %s', async (name, input) => {
    const answer = await kickOff(`${hub.fhir}/$export`, undefined, parameters(input));
    expect([answer.status, texts(answer)]).toEqual([400, [`The parameter "${name}" must have a simple value.`]]);
  });

  test.each(['_since=2026-01-01&_since=2027-01-01', '_outputFormat=ndjson&_outputFormat=csv'])(
    'is said once: %s',
    async (query) => {
      const answer = await kickOff(`${hub.fhir}/$export?${query}`);
      const [name] = query.split('=');
      expect([answer.status, texts(answer)]).toEqual([400, [`Give the parameter "${name}" once.`]]);
    },
  );

  test('may come with the parameters of every request', async () => {
    expect(await exported('$export?_type=Patient&_format=json&_pretty=true')).toEqual(all());
  });

  test('names patients by their whole addresses, too', async () => {
    const reference = `${hub.fhir}/${named('omar')}`;
    const body = parameters({ name: 'patient', valueReference: { reference } });
    expect(await exported('Patient/$export', body)).toEqual([named('omar')]);
  });

  test('is asked about by POST', async () => {
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Patient`);
    await manifestAt(statusUrl);
    const job = { name: 'job', valueString: new URL(statusUrl).searchParams.get('job') ?? '' };
    const status = await call<Manifest>('POST', `${hub.fhir}/$export-status`, { body: parameters(job) });
    expect([status.status, status.body.output.length]).toEqual([200, 1]);
  });

  const group = async (...member: GroupMember[]): Promise<string> => {
    const body = { resourceType: 'Group', type: 'person', actual: true, member };
    return `Group/${(await done(call('POST', `${hub.fhir}/Group`, { body }))).id}`;
  };

  test('of a group has the members of the groups in it, also where they hold each other', async () => {
    const inner = await group({ entity: { reference: named('omar') } });
    const outer = await group({ entity: { reference: named('asa') } }, { entity: { reference: inner } });
    const url = `${hub.fhir}/${inner}`;
    const { body } = await call<{ member: GroupMember[] }>('GET', url);
    await done(call('PUT', url, { body: { ...body, member: [...body.member, { entity: { reference: outer } }] } }));
    const both = [named('asa'), named('omar')].sort();
    for (const each of [outer, inner]) expect(await exported(`${each}/$export?_type=Patient`)).toEqual(both);
  });

  test('of a group has nobody who is its member no more, or not yet', async () => {
    const day = (later: number): string => new Date(Date.now() + later).toISOString().slice(0, 10);
    const who = await group(
      { entity: { reference: named('asa') }, period: { start: day(-2 * YEAR_MS), end: day(-YEAR_MS) } },
      { entity: { reference: named('omar') }, period: { start: day(-YEAR_MS), end: day(YEAR_MS) } },
      { entity: { reference: named('maria') }, period: { start: day(YEAR_MS) } },
    );
    expect(await exported(`${who}/$export?_type=Patient`)).toEqual([named('omar')]);
  });
});
