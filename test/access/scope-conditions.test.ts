import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Task } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import type { TestHub } from '../support/hub.ts';
import { type Known, subscription } from './scope-interactions.ts';
import { type ScopedHub, startScopedHub } from './scoped-hub.ts';

describe.each(databaseKinds())('a scope with a condition, on the %s store', (kind) => {
  let scoped: ScopedHub;
  let hub: TestHub;
  let known: Known;
  let [mine, other, theirs]: string[] = [];
  beforeAll(async () => {
    scoped = await startScopedHub(kind);
    ({ hub, known, mine, other, theirs } = scoped);
  });
  afterAll(() => hub.close());
  const withScope: ScopedHub['with'] = (...asked) => scoped.with(...asked);

  const scope = (actions: string): string => `system/Task.${actions}?owner=Organization/${mine}`;
  const ids = (answer: Answer<unknown>): string[] => found(answer).map(({ id }) => id);
  const task = (owner: string | undefined, id?: string): Task => ({
    resourceType: 'Task',
    ...(id ? { id } : {}),
    status: 'draft',
    intent: 'plan',
    owner: { reference: `Organization/${owner}` },
  });

  test('searches find what meets it, and count no more', async () => {
    const all = await withScope('system/Task.rs', 'GET', '/Task');
    expect(ids(all)).toEqual(expect.arrayContaining([known.task, theirs]));
    const some = await withScope(scope('rs'), 'GET', '/Task');
    expect(ids(some)).toContain(known.task);
    expect(ids(some)).not.toContain(theirs);
    for (const path of [
      `/Task?_id=${theirs}`,
      `/Task?owner=Organization/${other}`,
      `/Patient/${known.patient}/Task?_id=${theirs}`,
    ]) {
      const answer = await withScope(`${scope('rs')} system/Patient.rs`, 'GET', path);
      expect({ path, status: answer.status, total: (answer.body as Bundle).total, ids: ids(answer) }).toEqual({
        path,
        status: 200,
        total: 0,
        ids: [],
      });
    }
    const counted = await withScope(scope('rs'), 'GET', `/Task?_id=${theirs},${known.task}&_summary=count`);
    expect((counted.body as Bundle).total).toBe(1);
    const either = `${scope('rs')} system/Task.rs?owner=Organization/${other}`;
    expect(ids(await withScope(either, 'GET', '/Task'))).toEqual(expect.arrayContaining([known.task, theirs]));
  });

  test('other searches cannot lead over the type, nor bring along what does not meet it', async () => {
    const scopes = `${scope('rs')} system/Patient.rs`;
    expect((await withScope(scopes, 'GET', '/Patient?_has:Task:patient:status=draft')).status).toBe(403);
    const along = await withScope(scopes, 'GET', `/Patient?_id=${known.patient}&_revinclude=Task:patient`);
    const brought = ((along.body as Bundle).entry ?? []).filter(({ search }) => search?.mode === 'include');
    expect(brought.map(({ resource }) => resource?.id)).toEqual([known.task]);
  });

  test('nor where it stands among the sorted results', async () => {
    const pageBehind = (type: string, id: string | undefined): string =>
      Buffer.from(`previous ${type} ${id} 1 1772442000000 1903000000000`).toString('base64url');
    const page = (type: string, id: string | undefined): Promise<Answer<unknown>> =>
      withScope(scope('rs'), 'GET', `/Task?_sort=status&_cursor=${pageBehind(type, id)}`);
    expect((await page('Task', known.task)).status).toBe(200);
    const missing = await page('Task', 'nothing');
    expect([missing.status, texts(missing)]).toEqual([400, [expect.stringContaining('no longer there')]]);
    for (const hidden of [await page('Task', theirs), await page('Observation', known.observation)])
      expect([hidden.status, texts(hidden)]).toEqual([missing.status, texts(missing)]);
  });

  test('nor is it told by what comes along that something refers to a result', async () => {
    const lonely = await done(withScope('system/Patient.cr', 'POST', '/Patient', { resourceType: 'Patient' }));
    await done(
      withScope('system/Task.cr system/Patient.r', 'POST', '/Task', {
        ...task(other),
        for: { reference: `Patient/${lonely.id}` },
      }),
    );
    for (const along of ['_revinclude=Task:patient', '_revinclude=*']) {
      const { body } = await withScope(`${scope('rs')} system/Patient.rs`, 'GET', `/Patient?_id=${lonely.id}&${along}`);
      expect((body as Bundle).entry?.map(({ resource }) => resource?.resourceType)).toEqual(['Patient']);
    }
  });

  test('what does not meet it is not there', async () => {
    const statusOf = async (method: string, path: string, body?: unknown): Promise<number> =>
      (await withScope(scope('cruds'), method, path, body)).status;
    expect(await statusOf('GET', `/Task/${known.task}`)).toBe(200);
    expect(await statusOf('GET', `/Task/${theirs}`)).toBe(404);
    expect(await statusOf('GET', `/Task/${theirs}/_history/1`)).toBe(404);
    expect(await statusOf('PUT', `/Task/${theirs}`, task(mine, theirs))).toBe(404);
    expect(await statusOf('DELETE', `/Task/${theirs}`)).toBe(404);
    expect(await statusOf('DELETE', `/Task?_id=${theirs}`)).toBe(200);
    expect((await call('GET', `${hub.fhir}/Task/${theirs}`)).status).toBe(200);
  });

  test('versions and histories need a scope without one, but for the version that stands', async () => {
    const made = await done(withScope(scope('cruds'), 'POST', '/Task', task(mine)));
    await done(withScope(scope('cruds'), 'PUT', `/Task/${made.id}`, { ...task(mine, made.id), status: 'ready' }));
    const at = async (path: string): Promise<number> => (await withScope(scope('rs'), 'GET', path)).status;
    expect(await at(`/Task/${made.id}/_history/2`)).toBe(200);
    expect(await at(`/Task/${made.id}/_history/1`)).toBe(403);
    expect(await at(`/Task/${made.id}/_history`)).toBe(403);
    expect(await at('/Task/_history')).toBe(403);
  });

  test('nothing is written that does not meet it, before and after', async () => {
    const made = await withScope(scope('cruds'), 'POST', '/Task', task(mine));
    expect([made.status, (made.body as Task).owner?.reference]).toEqual([201, `Organization/${mine}`]);
    const { id } = made.body as { id: string };
    const refused = await withScope(scope('cruds'), 'POST', '/Task', task(other));
    expect([refused.status, texts(refused)[0]]).toEqual([
      403,
      expect.stringContaining(`system/Task.c?owner=Organization/${mine} says, before and after`),
    ]);
    const away = await withScope(scope('cruds'), 'PUT', `/Task/${id}`, task(other, id));
    expect(away.status).toBe(403);
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [mine, other].map((each) => ({ resource: task(each), request: { method: 'POST', url: 'Task' } })),
    };
    const before = await hub.deps.db.query('SELECT 1 FROM resource');
    const both = await withScope(scope('cruds'), 'POST', '', bundle);
    expect([both.status, (both.body as { issue: { expression: string[] }[] }).issue[0]?.expression]).toEqual([
      403,
      ['Bundle.entry[1]'],
    ]);
    expect(await hub.deps.db.query('SELECT 1 FROM resource')).toHaveLength(before.length);
    expect((await call<Task>('GET', `${hub.fhir}/Task/${id}`)).body.owner?.reference).toBe(`Organization/${mine}`);
  });

  test('a Subscription filters by it', async () => {
    const scopes = `${scope('rs')} system/Subscription.c`;
    const topic = 'http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task';
    const all = await withScope(scopes, 'POST', '/Subscription', subscription(topic));
    expect([all.status, texts(all)[0]]).toEqual([403, expect.stringContaining(`Task?owner=Organization/${mine}`)]);
    const filters = [`Task?owner=Organization/${mine}`];
    expect((await withScope(scopes, 'POST', '/Subscription', subscription(topic, filters))).status).toBe(201);
  });
});
