import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { findPage } from '../../src/fhir/search/find-page.ts';
import { readRequest } from '../../src/fhir/search/request/read-request.ts';
import { gatherStatement } from '../../src/fhir/search/sql/statements.ts';
import type { Statistics } from '../../src/fhir/search/statistics.ts';
import { rebuildIndex } from '../../src/fhir/store/index/rebuild.ts';
import { transact } from '../../src/fhir/store/transact.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';

const STATUSES = ['draft', 'requested', 'on-hold'] as const;

describe.each(databaseKinds())('what is somebody’s, in the order of changes, on the %s store', (kind) => {
  let hub: TestHub;
  let agencies: readonly Partner[];
  let caller: { kind: 'client'; organizationId: string };
  let clock = Date.now();

  const taskOf = (at: number, owner: Partner | undefined): Task => ({
    resourceType: 'Task',
    status: STATUSES[Math.floor(at / 3) % 3] ?? 'draft',
    intent: 'order',
    ...(owner ? { owner: { reference: `Organization/${owner.id}` } } : {}),
  });
  const write = async (id: string, task: Task): Promise<void> => {
    clock += 1_000;
    await transact(hub.deps.store, caller, (unit) => unit.put({ ...task, id }));
  };

  beforeAll(async () => {
    hub = await startHub(kind, { now: () => new Date(clock) });
    agencies = [await addPartner(hub, 'Food Bank'), await addPartner(hub, 'Shelter')];
    caller = { kind: 'client', organizationId: agencies[0]?.id ?? '' };
    for (let at = 0; at < 60; at += 1) await write(`t${at}`, taskOf(at, [...agencies, undefined][at % 3]));
    await write('t4', taskOf(4, agencies[0]));
    await write('t0', taskOf(0, agencies[1]));
    await transact(hub.deps.store, caller, (unit) => unit.remove('Task', 't24'));
  });
  afterAll(() => hub?.close());

  const requestOf = (search: string): ReturnType<typeof readRequest> =>
    readRequest({ base: hub.fhir, now: new Date(clock) }, 'Task', [...new URLSearchParams(search)]);

  /** As many as there may be in a large store, so that the list is looked through. */
  const commonly = (search: string): Statistics => {
    const keys = requestOf(search).where.flatMap((each) => (each.kind === 'keys' ? each.keys : []));
    const tokens = new Map(keys.map((key) => [key, key.startsWith('Task.owner=') ? 0.05 : 0.2]));
    return { rows: 1_000_000, types: new Map([['Task', 1]]), tokens };
  };

  const seen: string[] = [];
  const idsOf = async (search: string): Promise<string[]> => {
    const sql: typeof hub.deps.db = {
      ...hub.deps.db,
      query: (text, values) => {
        seen.push(text);
        return hub.deps.db.query(text, values);
      },
    };
    const found = await findPage({ sql, caller, statistics: commonly(search) }, requestOf(search));
    return found.resources.map(({ id }) => id);
  };
  const gathered = async (search: string): Promise<string[]> => {
    const request = requestOf(search);
    const page = { place: undefined, backwards: false, limit: request.count, asOf: undefined };
    const { text, values } = gatherStatement(request, caller, page);
    return (await hub.deps.db.query<{ content: Task }>(text, values)).map(({ content }) => content.id ?? '');
  };

  const searches = (): string[] =>
    agencies.flatMap(({ id }) => [
      `owner=Organization/${id}&_count=5`,
      `owner=Organization/${id}&status=requested&_count=3`,
      `status=requested,on-hold&owner=Organization/${id}&_count=4`,
      `owner=Organization/${id}&status=requested&_count=50`,
      `owner=Organization/${id}&_sort=_lastUpdated&_count=7`,
    ]);

  test('is found in its list, the same as by gathering all that match', async () => {
    for (const search of searches()) {
      seen.length = 0;
      const ids = await idsOf(search);
      expect(ids.length).toBeGreaterThan(2);
      expect(ids).toEqual(await gathered(search));
      expect(seen[0]).toContain('resource.listed = ');
    }
  });

  test('is in the list of its present owner only, and in none when it is deleted', async () => {
    const [first, second] = agencies as [Partner, Partner];
    const of = (partner: Partner): Promise<string[]> => idsOf(`owner=Organization/${partner.id}&_count=60`);
    expect(await of(first)).toContain('t4');
    expect(await of(second)).toContain('t0');
    expect(await of(first)).not.toContain('t0');
    expect([...(await of(first)), ...(await of(second))]).not.toContain('t24');
  });

  test('is in the same list after the index was made anew', async () => {
    const before = await Promise.all(searches().map(idsOf));
    await hub.deps.db.query('UPDATE resource SET listed = NULL');
    expect(await idsOf(searches()[0] as string)).toEqual(await gathered(searches()[0] as string));
    await rebuildIndex(hub.deps.db);
    expect(await Promise.all(searches().map(idsOf))).toEqual(before);
  });
});
