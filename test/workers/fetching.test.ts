import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Communication, Endpoint, Task } from '@medplum/fhirtypes';
import { deliver } from '../../src/deliveries/deliver.ts';
import { nextTurnOf } from '../../src/fetching/take-turn.ts';
import { type Clinic, startClinic } from '../partners/clinic.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { mortal } from '../support/mortal-database.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { ownServers } from './own-servers.ts';

type Known<T> = T & { id: string };

describe.each(databaseKinds())('a worker that asks a server, on the %s store', (kind) => {
  let hub: TestHub;
  let clinic: Clinic;
  let [hospital, agency]: Partner[] = [];
  let later = 0;
  const { sql, loop, ask, turnOf, findings } = ownServers(() => hub);

  beforeAll(async () => {
    hub = await startHub(kind, { now: () => new Date(Date.now() + later) });
    clinic = await startClinic();
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'A Clinic', { address: clinic.base, category: 'food-insecurity' });
  });
  afterAll(async () => {
    await closeHealthy(hub, false);
    await clinic?.close();
  });

  const offered = async (): Promise<{ id: string; task: Known<Task> }> => {
    const id = await sendReferral(hub, hospital as Partner);
    const [{ delivery } = { delivery: '' }] = await sql<{ delivery: string }>(
      `SELECT id AS delivery FROM delivery WHERE loop_id = $1 AND kind = 'offer'`,
      [id],
    );
    await deliver(hub.deps.delivering, delivery);
    return { id, task: clinic.tasks().at(-1) as Known<Task> };
  };
  const isDue = (): Promise<unknown> => sql('UPDATE fetching SET at = $1', [hub.deps.now()]);
  const fail = (thrown: unknown): never => {
    throw thrown;
  };

  test('may be killed at any step: what was said is taken once', async () => {
    let isDone = false;
    for (let dieAt = 2; !isDone; dieAt += 2) {
      const { id, task } = await offered();
      const procedure = clinic.keep({
        resourceType: 'Procedure',
        status: 'completed',
        subject: { reference: task.for?.reference ?? '' },
        basedOn: [{ reference: task.focus?.reference ?? '' }],
      });
      const output = [{ type: { text: 'done' }, valueReference: { reference: procedure } }];
      clinic.change(task.id, { status: 'completed', output });
      await isDue();
      const dying = mortal(hub.deps.db, dieAt);
      const deps = { ...hub.deps.delivering, store: { ...hub.deps.store, db: dying.db } };
      await nextTurnOf(deps, () => undefined)
        .then((turn) => turn?.done)
        .catch(() => undefined);
      isDone = dying.steps() < dieAt;
      // What it had in hand is taken up when its time is over.
      later += 3_600_000 + 10 * 60_000;
      await isDue();
      for (
        let turn = await nextTurnOf(hub.deps.delivering, fail);
        turn;
        turn = await nextTurnOf(hub.deps.delivering, fail)
      )
        await turn.done;
      const steps = await sql<{ to: string }>(
        `SELECT to_status AS to FROM transition WHERE loop_id = $1 AND source = 'poll' ORDER BY id`,
        [id],
      );
      expect([dieAt, steps.map(({ to }) => to)]).toEqual([dieAt, ['accepted', 'completed']]);
      const kept = await sql(
        `SELECT 1 FROM resource WHERE type = 'Procedure' AND content -> 'meta' ->> 'source' = $1`,
        [`${clinic.base}/${procedure}`],
      );
      expect(kept).toHaveLength(1);
      expect((await loop(id)).status).toBe('completed');
    }
  });

  test('has it alone, however many others there are', async () => {
    const { task } = await offered();
    clinic.change(task.id, { status: 'accepted' });
    await isDue();
    clinic.questions.length = 0;
    const turns = await Promise.all([1, 2, 3].map(() => nextTurnOf(hub.deps.delivering, fail)));
    await Promise.all(turns.map((turn) => turn?.done));
    expect(turns.filter((turn) => turn !== undefined)).toHaveLength(1);
    expect(agency).toBeDefined();
  });

  test('waits with its work and goes on: a status that comes again is said again', async () => {
    const { id, task } = await offered();
    const steps = ['accepted', 'in-progress', 'on-hold', 'in-progress'] as const;
    for (const status of steps) {
      clinic.change(task.id, { status, statusReason: { text: 'As agreed with her' } });
      await ask(agency as Partner);
    }
    const said = await sql<{ to: string }>(
      `SELECT to_status AS to FROM transition WHERE loop_id = $1 AND source = 'poll' ORDER BY id`,
      [id],
    );
    expect(said.map(({ to }) => to)).toEqual(steps);
    expect(await findings(id)).toEqual([]);
  });

  test('is written over by nobody who has not read it: what came between the look and the write is heard first', async () => {
    const { id, task } = await offered();
    clinic.change(task.id, { status: 'in-progress' });
    await ask(agency as Partner);
    const root = `${hub.fhir}/Task/${id}`;
    const current = (await call<Task>('GET', root, { token: hospital?.token })).body;
    const cancelled = { ...current, status: 'cancelled', statusReason: { text: 'Readmitted' } };
    await done(call('PUT', root, { token: hospital?.token, body: cancelled }));
    const told = async (): Promise<{ id: string; status: string; code: string | null }[]> =>
      sql(
        `SELECT id, status, last_code AS code FROM delivery WHERE loop_id = $1 AND kind = 'cancel' ORDER BY seq LIMIT 1`,
        [id],
      );
    const [stop] = await told();
    const output = [{ type: { text: 'done' }, valueString: 'Ten hot meals' }];
    clinic.mood.beforeWrite = () => clinic.change(task.id, { status: 'completed', output });
    await deliver(hub.deps.delivering, stop?.id ?? '');
    clinic.mood.beforeWrite = undefined;
    expect(await told()).toMatchObject([{ status: 'pending', code: 'changed-there' }]);
    await ask(agency as Partner);
    expect((await loop(id)).status).toBe('completed');
    later += 6_000;
    await deliver(hub.deps.delivering, stop?.id ?? '');
    expect(await told()).toMatchObject([{ status: 'delivered', code: 'ended-there' }]);
    expect(clinic.tasks().find((each) => each.id === task.id)).toMatchObject({ status: 'completed', output });
  });

  test('an outcome of another client is not taken, and one that cannot be read is asked for again', async () => {
    const { id, task } = await offered();
    clinic.change(task.id, { status: 'accepted', for: { reference: 'Patient/own-3' } });
    await ask(agency as Partner);
    const output = (reference: string): NonNullable<Task['output']> => [
      { type: { text: 'done' }, valueReference: { reference } },
    ];
    const wrong = clinic.keep({
      resourceType: 'Procedure',
      status: 'completed',
      subject: { reference: 'Patient/own-4' },
    });
    clinic.change(task.id, { status: 'completed', output: output(wrong) });
    await ask(agency as Partner);
    expect(await findings(id)).toMatchObject([{ code: 'fetch.other-client', resolved: false }]);
    clinic.change(task.id, { output: output('Procedure/late') });
    await ask(agency as Partner);
    expect(await findings(id)).toMatchObject([{ code: 'fetch.not-had', resolved: false }]);
    clinic.keep({
      resourceType: 'Procedure',
      id: 'late',
      status: 'completed',
      subject: { reference: 'Patient/own-3' },
    });
    await ask(agency as Partner);
    expect(await findings(id)).toMatchObject([{ resolved: true }]);
    expect((await loop(id)).status).toBe('completed');
  });

  test('a message that is none is kept with what is wrong with it, until it is written again; and is withdrawn there', async () => {
    const { id, task } = await offered();
    const message: Communication = {
      resourceType: 'Communication',
      id: `note-${id}`,
      status: 'completed',
      about: [{ reference: `Task/${task.id}` }],
      recipient: [{ reference: `${hub.fhir}/Organization/careloop` }],
    };
    clinic.keep({ ...message, payload: [{}] } as unknown as Communication);
    await ask(agency as Partner);
    expect(await findings(id)).toMatchObject([{ resolved: false }]);
    clinic.keep({ ...message, payload: [{ contentString: 'She moves in May.' }] });
    await ask(agency as Partner);
    expect(await findings(id)).toMatchObject([{ resolved: true }]);
    clinic.keep({ ...message, status: 'entered-in-error', payload: [{ contentString: 'She moves in May.' }] });
    await ask(agency as Partner);
    expect(await sql('SELECT withdrawn FROM message WHERE loop_id = $1', [id])).toEqual([{ withdrawn: true }]);
  });

  test('of a server that gives pages each is read, and of its questions only what has changed', async () => {
    const [first, next] = [await offered(), await offered()];
    clinic.mood.pageSize = 1;
    for (const { task } of [first, next]) clinic.change(task.id, { status: 'accepted' });
    await ask(agency as Partner);
    clinic.mood.pageSize = 10;
    for (const { id } of [first, next]) expect((await loop(id)).status).toBe('accepted');
    clinic.questions.length = 0;
    await ask(agency as Partner);
    const tasks = clinic.questions.filter((each) => each.includes('/Task?'));
    expect(tasks.length).toBeGreaterThan(0);
    for (const each of tasks) expect(each).toMatch(/_lastUpdated=ge/);
    for (const each of clinic.questions) expect(each).not.toMatch(/patient|subject|name=/i);
    // What is old among all that was ever written to the hub is not asked for, though everything is.
    await sql('UPDATE fetching SET whole_at = NULL');
    clinic.questions.length = 0;
    await ask(agency as Partner);
    expect(clinic.questions.filter((each) => /Task.*_lastUpdated/.test(each))).toEqual([]);
    const [said] = clinic.questions.filter((each) => each.includes('/Communication?'));
    expect(said).toMatch(/_lastUpdated=ge\d/);
    const from = new Date(said?.match(/_lastUpdated=ge([^&]+)/)?.[1] ?? '').getTime();
    expect(hub.deps.now().getTime() - from).toBeGreaterThanOrEqual(30 * 24 * 3_600_000);
  });

  test('is led to no other server by a next page', async () => {
    const [first, next] = [await offered(), await offered()];
    const stranger = await startClinic();
    Object.assign(clinic.mood, { pageSize: 1, nextPage: `${stranger.base}/Task?page=1` });
    for (const { task } of [first, next]) clinic.change(task.id, { status: 'accepted' });
    await ask(agency as Partner);
    expect(await turnOf(agency as Partner)).toMatchObject({ code: 'next-page-elsewhere', failures: 1 });
    expect(stranger.questions).toEqual([]);
    Object.assign(clinic.mood, { pageSize: 10, nextPage: undefined });
    await stranger.close();
    await ask(agency as Partner);
    for (const { id } of [first, next]) expect((await loop(id)).status).toBe('accepted');
  });

  test('a server that is away is asked later each time, and loses nothing; no other waits for it', async () => {
    const { id, task } = await offered();
    clinic.change(task.id, { status: 'accepted' });
    clinic.mood.status = 503;
    await ask(agency as Partner);
    await ask(agency as Partner);
    const { at, ...turn } = await turnOf(agency as Partner);
    expect(turn).toEqual({ code: 'http-503', failures: 2 });
    clinic.mood.status = undefined;
    await ask(agency as Partner);
    expect(await turnOf(agency as Partner)).toMatchObject({ code: 'asked', failures: 0 });
    expect((await loop(id)).status).toBe('accepted');
  });

  test('a server that is away for a day has somebody look after what was accepted there, until it answers', async () => {
    const [{ id, task }, asked] = [await offered(), await offered()];
    clinic.change(task.id, { status: 'accepted' });
    await ask(agency as Partner);
    const awaited = async (of: string): Promise<unknown> => (await loop(of)).nextStep?.step;
    clinic.mood.status = 503;
    await ask(agency as Partner);
    expect(await awaited(id)).toBe('first-contact');
    later += 24 * 3_600_000;
    await ask(agency as Partner);
    await ask(agency as Partner);
    expect(await awaited(id)).toBe('resolve-answer');
    expect(await findings(id)).toMatchObject([{ code: 'fetch.server-away', resolved: false }]);
    expect(await awaited(asked.id)).toBe('decide');
    clinic.mood.status = undefined;
    await ask(agency as Partner);
    expect(await awaited(id)).toBe('first-contact');
    expect(await findings(id)).toMatchObject([{ resolved: true }]);
  });

  test.each([
    [401, 'suspended'],
    [410, 'off'],
  ])(
    'a server that answers %i is not asked until somebody has looked at its Endpoint, which is %s',
    async (status, stands) => {
      const { id, task } = await offered();
      clinic.change(task.id, { status: 'accepted' });
      clinic.mood.status = status;
      await ask(agency as Partner);
      clinic.mood.status = undefined;
      const [endpoint] = found<Endpoint>(
        await call('GET', `${hub.fhir}/Endpoint?organization=Organization/${agency?.id}`),
      );
      expect(endpoint?.status).toBe(stands);
      clinic.questions.length = 0;
      await ask(agency as Partner);
      expect(clinic.questions).toEqual([]);
      await done(call('PUT', `${hub.fhir}/Endpoint/${endpoint?.id}`, { body: { ...endpoint, status: 'active' } }));
      await ask(agency as Partner);
      expect((await loop(id)).status).toBe('accepted');
    },
  );
});
