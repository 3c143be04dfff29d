import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Communication, Endpoint, Procedure, Task } from '@medplum/fhirtypes';
import { deliver } from '../../src/deliveries/deliver.ts';
import { nextTurnOf } from '../../src/fetching/take-turn.ts';
import type { LoopDetail } from '../../src/loops/api.ts';
import type { TimelineEntry } from '../../src/loops/timeline/api.ts';
import { type Clinic, startClinic } from '../partners/clinic.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { mortal } from '../support/mortal-database.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';

/** Nobody is asked but when a test says so. */
const SETTINGS = { FETCH_INTERVAL_MS: '3600000', RETRY_SCHEDULE_MS: '50,50,50' };

type Known<T> = T & { id: string };

function network(hub: () => TestHub) {
  const sql = <Row>(text: string, values: unknown[] = []): Promise<Row[]> => hub().deps.db.query<Row>(text, values);
  const loop = async (id: string): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub().url}/api/loops/${id}`)).body;
  const turnOf = async ({ id }: Partner): Promise<{ at: Date | null; code: string | null; failures: number }> => {
    const [row] = await sql<{ at: Date | null; code: string | null; failures: number }>(
      'SELECT at, last_code AS code, failures FROM fetching WHERE organization_id = $1',
      [id],
    );
    if (!row) throw new Error('Its server is not known to have anything.');
    return row;
  };
  /** Has a partner's server asked now, whoever does it, and waits until that is done. */
  const ask = async (partner: Partner): Promise<void> => {
    const started = new Date();
    await sql('UPDATE fetching SET at = $2 WHERE organization_id = $1', [partner.id, started]);
    const turn = await nextTurnOf(hub().deps.delivering, (thrown) => {
      throw thrown;
    });
    await turn?.done;
    await eventually(async () => {
      const [row] = await sql(
        'SELECT 1 FROM fetching WHERE organization_id = $1 AND lease_until IS NULL AND asked_at >= $2',
        [partner.id, started],
      );
      expect(row).toBeDefined();
    });
  };
  const findings = (loopId: string): Promise<{ code: string; text: string; resolved: boolean }[]> =>
    sql('SELECT code, text, resolved_at IS NOT NULL AS resolved FROM fetch_finding WHERE loop_id = $1 ORDER BY id', [
      loopId,
    ]);
  const statuses = async (id: string): Promise<Extract<TimelineEntry, { kind: 'status' }>[]> =>
    (await loop(id)).timeline.filter((entry) => entry.kind === 'status');
  return { sql, loop, ask, turnOf, findings, statuses };
}

describe('a partner that writes on its own server only', () => {
  let hub: TestHub;
  let clinic: Clinic;
  let second: Clinic;
  let atHospital: Clinic;
  let [hospital, kept, agency, other]: Partner[] = [];
  const as = <T>(each: T | undefined): T => each as T;
  const { sql, loop, ask, turnOf, findings, statuses } = network(() => hub);

  beforeAll(async () => {
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true, settings: SETTINGS });
    [clinic, second, atHospital] = [await startClinic(), await startClinic(), await startClinic()];
    hospital = await addPartner(hub, 'St. Anna Hospital');
    kept = await addPartner(hub, 'Kept Hospital', { address: atHospital.base });
    agency = await addPartner(hub, 'A Clinic', { address: clinic.base, category: 'food-insecurity' });
    other = await addPartner(hub, 'B Clinic', { address: second.base, category: 'food-insecurity' });
  });
  afterAll(async () => {
    await closeHealthy(hub);
    for (const each of [clinic, second, atHospital]) await each?.close();
  });

  /** A referral that stands on a clinic's server. */
  const offered = async (at = clinic, from = hospital): Promise<{ id: string; task: Known<Task> }> => {
    const known = new Set(at.tasks().map((each) => each.id));
    const id = await sendReferral(hub, as(from));
    const task = await eventually(() => {
      const [put] = at.tasks().filter((each) => !known.has(each.id));
      if (!put) throw new Error('It is not there yet.');
      return put;
    });
    const here = task.meta?.source?.split('/').at(-1);
    await eventually(async () =>
      expect(await sql('SELECT 1 FROM counterpart WHERE resource_id = $1', [here])).toHaveLength(1),
    );
    return { id, task };
  };

  test('accepts, writes down what it did, and completes: the loop closes, and each step says where it was said', async () => {
    const { id, task } = await offered();
    clinic.change(task.id, {
      status: 'accepted',
      lastModified: '2026-11-01T10:00:00Z',
      for: { reference: 'Patient/own-1' },
    });
    await ask(as(agency));
    expect((await loop(id)).status).toBe('accepted');
    const binary = clinic.keep({ resourceType: 'Binary', contentType: 'text/plain', data: 'RG9uZS4=' });
    const document = clinic.keep({
      resourceType: 'DocumentReference',
      status: 'current',
      subject: { reference: 'Patient/own-1' },
      content: [{ attachment: { contentType: 'text/plain', url: binary } }],
    });
    const procedure = clinic.keep({
      resourceType: 'Procedure',
      status: 'completed',
      code: { text: 'Food boxes for four weeks' },
      subject: { reference: 'Patient/own-1' },
      basedOn: [{ reference: as(task.focus?.reference) }],
      performer: [{ actor: { reference: 'Practitioner/own-2' } }],
    });
    const output = [procedure, document].map((reference) => ({
      type: { text: 'done' },
      valueReference: { reference },
    }));
    clinic.change(task.id, { status: 'in-progress' });
    await ask(as(agency));
    clinic.change(task.id, { status: 'completed', output });
    await ask(as(agency));
    await ask(as(agency));

    await done(call('GET', `${hub.fhir}/Task/${id}`, { token: as(hospital).token }));
    await eventually(async () =>
      expect(await loop(id)).toMatchObject({ state: 'closed', outcome: { code: 'services-provided' } }),
    );
    const legs = (await statuses(id)).filter(({ of, from }) => of === 'leg' && from !== null);
    expect(legs.map(({ to, source, actor }) => [to, source, actor?.id])).toEqual([
      ['accepted', 'poll', agency?.id],
      ['in-progress', 'poll', agency?.id],
      ['completed', 'poll', agency?.id],
    ]);
    const mine = found<Procedure>(await call('GET', `${hub.fhir}/Procedure?_source=${clinic.base}/${procedure}`));
    expect(mine).toHaveLength(1);
    expect(mine[0]).toMatchObject({
      meta: { source: `${clinic.base}/${procedure}` },
      performer: [{ actor: { reference: `${clinic.base}/Practitioner/own-2` } }],
      subject: { reference: expect.stringMatching(/^Patient\//) },
    });
    expect(mine[0]?.subject.reference).not.toBe('Patient/own-1');
    const root = await done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: as(hospital).token }));
    expect(root.output?.map(({ valueReference }) => valueReference?.reference?.split('/')[0]).sort()).toEqual([
      'DocumentReference',
      'Procedure',
    ]);
    const audit = found<AuditEvent>(
      await call('GET', `${hub.fhir}/AuditEvent?entity=Procedure/${mine[0]?.id}&altid=fetched`),
    );
    expect(audit[0]?.agent).toMatchObject([
      { who: { reference: `Organization/${agency?.id}` }, altId: 'fetched', requestor: true },
    ]);
  });

  test('is asked no more when nothing there is waited for', async () => {
    await ask(as(agency));
    expect(await turnOf(as(agency))).toMatchObject({ at: null });
  });

  test('declines: the next agency is asked', async () => {
    const { id, task } = await offered();
    clinic.change(task.id, { status: 'rejected', statusReason: { text: 'No capacity this week' } });
    const before = second.tasks().length;
    await ask(as(agency));
    await eventually(() => expect(second.tasks()).toHaveLength(before + 1));
    expect(await loop(id)).toMatchObject({ status: 'requested', receiver: { id: other?.id } });
    expect((await statuses(id)).find(({ to }) => to === 'rejected')).toMatchObject({ reason: 'No capacity this week' });
  });

  test('what it says here and there, late and again, is said once', async () => {
    const { id, task } = await offered();
    const here = `${hub.fhir}/Task/${task.meta?.source?.split('/').at(-1)}`;
    for (const status of ['accepted', 'in-progress'] as const) {
      const current = await done<Task>(call('GET', here, { token: agency?.token }));
      await done(call('PUT', here, { token: agency?.token, body: { ...current, status } }));
    }
    // As it was put there, then as it was said here before.
    await ask(as(agency));
    clinic.change(task.id, { status: 'accepted', note: [{ text: 'She is called on Monday.' }] });
    await ask(as(agency));
    clinic.change(task.id, {});
    await ask(as(agency));
    const legs = (await statuses(id)).filter(({ of, from }) => of === 'leg' && from !== null);
    expect(legs.map(({ to, source }) => [to, source])).toEqual([
      ['accepted', 'fhir'],
      ['in-progress', 'fhir'],
    ]);
    expect(await findings(id)).toEqual([]);
    const leg = await done<Task>(call('GET', here));
    expect(leg.note).toMatchObject([{ text: 'She is called on Monday.' }]);
  });

  test('what is refused is kept with its reason, once, and is resolved when it is corrected', async () => {
    const { id, task } = await offered();
    clinic.change(task.id, { status: 'rejected' });
    await ask(as(agency));
    clinic.change(task.id, {});
    await ask(as(agency));
    expect(await findings(id)).toEqual([
      {
        code: 'task.transition-not-allowed',
        text: expect.stringContaining('needs statusReason.text'),
        resolved: false,
      },
    ]);
    expect((await loop(id)).receiver).toMatchObject({ id: agency?.id });
    clinic.change(task.id, { status: 'nonsense' as 'draft' });
    await ask(as(agency));
    expect(await findings(id)).toMatchObject([{ code: expect.stringContaining('.'), resolved: false }]);
    clinic.change(task.id, { status: 'accepted' });
    await ask(as(agency));
    expect(await findings(id)).toMatchObject([{ resolved: true }]);
    expect((await loop(id)).status).toBe('accepted');
  });

  test('an outcome of another client is not taken, and one that cannot be read is asked for again', async () => {
    const { id, task } = await offered();
    clinic.change(task.id, { status: 'accepted', for: { reference: 'Patient/own-3' } });
    await ask(as(agency));
    const output = (reference: string): NonNullable<Task['output']> => [
      { type: { text: 'done' }, valueReference: { reference } },
    ];
    const wrong = clinic.keep({
      resourceType: 'Procedure',
      status: 'completed',
      subject: { reference: 'Patient/own-4' },
    });
    clinic.change(task.id, { status: 'completed', output: output(wrong) });
    await ask(as(agency));
    expect(await findings(id)).toMatchObject([{ code: 'fetch.other-client', resolved: false }]);
    clinic.change(task.id, { output: output('Procedure/late') });
    await ask(as(agency));
    expect(await findings(id)).toMatchObject([{ code: 'fetch.not-had', resolved: false }]);
    clinic.keep({
      resourceType: 'Procedure',
      id: 'late',
      status: 'completed',
      subject: { reference: 'Patient/own-3' },
    });
    await ask(as(agency));
    expect(await findings(id)).toMatchObject([{ resolved: true }]);
    expect((await loop(id)).status).toBe('completed');
  });

  test('answers on its own server what it was asked: nothing is awaited of it any more', async () => {
    const { id, task } = await offered();
    const written = await call<{ id: string }>('POST', `${hub.url}/api/loops/${id}/messages`, {
      headers: { 'content-type': 'application/json' },
      body: { to: agency?.id, text: 'Is there a ramp?', needsAnswer: true },
    });
    expect(written.status).toBeLessThan(300);
    await eventually(() => expect(clinic.messages()).not.toHaveLength(0));
    const asked = as(clinic.messages().at(-1));
    await eventually(async () =>
      expect(await sql('SELECT 1 FROM counterpart WHERE resource_id = $1', [written.body.id])).toHaveLength(1),
    );
    clinic.keep({
      resourceType: 'Communication',
      status: 'completed',
      about: [{ reference: `Task/${task.id}` }],
      inResponseTo: [{ reference: `Communication/${asked.id}` }],
      sender: { reference: 'Organization/own' },
      recipient: [{ reference: `${hub.fhir}/Organization/careloop` }],
      payload: [{ contentString: 'Yes, at the side door.' }],
    });
    await ask(as(agency));
    await ask(as(agency));
    const [{ answered } = { answered: null }] = await sql<{ answered: string | null }>(
      'SELECT answered_by AS answered FROM message WHERE id = $1',
      [written.body.id],
    );
    const answer = await done<Communication>(call('GET', `${hub.fhir}/Communication/${answered}`));
    expect(answer).toMatchObject({
      sender: { reference: `Organization/${agency?.id}` },
      payload: [{ contentString: 'Yes, at the side door.' }],
    });
    expect(await sql('SELECT 1 FROM message WHERE loop_id = $1', [id])).toHaveLength(2);
  });

  test('of a server that gives pages each is read, and of its questions only what has changed', async () => {
    const [first, next] = [await offered(), await offered()];
    clinic.mood.pageSize = 1;
    for (const { task } of [first, next]) clinic.change(task.id, { status: 'accepted' });
    await ask(as(agency));
    clinic.mood.pageSize = 10;
    for (const { id } of [first, next]) expect((await loop(id)).status).toBe('accepted');
    clinic.questions.length = 0;
    await ask(as(agency));
    const tasks = clinic.questions.filter((each) => each.includes('/Task?'));
    expect(tasks.length).toBeGreaterThan(0);
    for (const each of tasks) expect(each).toMatch(/_lastUpdated=ge/);
    for (const each of clinic.questions) expect(each).not.toMatch(/patient|subject|name=/i);
  });

  test('a server that is away is asked later each time, and loses nothing; no other waits for it', async () => {
    const { id, task } = await offered();
    clinic.change(task.id, { status: 'accepted' });
    clinic.mood.status = 503;
    await ask(as(agency));
    await ask(as(agency));
    const { at, ...turn } = await turnOf(as(agency));
    expect(turn).toEqual({ code: 'http-503', failures: 2 });
    clinic.mood.status = undefined;
    await ask(as(agency));
    expect(await turnOf(as(agency))).toMatchObject({ code: 'asked', failures: 0 });
    expect((await loop(id)).status).toBe('accepted');
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
      await ask(as(agency));
      clinic.mood.status = undefined;
      const [endpoint] = found<Endpoint>(
        await call('GET', `${hub.fhir}/Endpoint?organization=Organization/${agency?.id}`),
      );
      expect(endpoint?.status).toBe(stands);
      clinic.questions.length = 0;
      await ask(as(agency));
      expect(clinic.questions).toEqual([]);
      await done(call('PUT', `${hub.fhir}/Endpoint/${endpoint?.id}`, { body: { ...endpoint, status: 'active' } }));
      await ask(as(agency));
      expect((await loop(id)).status).toBe('accepted');
    },
  );

  test('who asked calls it off on its own server, where the hub has said how far it has come', async () => {
    const { id, task } = await offered(clinic, kept);
    clinic.change(task.id, { status: 'accepted' });
    await ask(as(agency));
    const root = await eventually(() => {
      const [put] = atHospital.tasks().filter((each) => each.meta?.source?.endsWith(`/Task/${id}`));
      if (!put) throw new Error('It is not there yet.');
      return put;
    });
    await eventually(async () =>
      expect(await sql('SELECT 1 FROM counterpart WHERE resource_id = $1', [id])).toHaveLength(1),
    );
    await ask(as(kept));
    expect((await loop(id)).status).toBe('accepted');
    atHospital.change(root.id, { status: 'cancelled', statusReason: { text: 'Readmitted' } });
    await ask(as(kept));
    await eventually(async () =>
      expect(await loop(id)).toMatchObject({ state: 'closed', outcome: { code: 'withdrawn-by-sender' } }),
    );
    expect(await findings(id)).toEqual([]);
  });
});

describe.each(databaseKinds())('a worker that asks a server, on the %s store', (kind) => {
  let hub: TestHub;
  let clinic: Clinic;
  let [hospital, agency]: Partner[] = [];
  let later = 0;
  const { sql, loop } = network(() => hub);

  beforeAll(async () => {
    hub = await startHub(kind, { now: () => new Date(Date.now() + later), settings: SETTINGS });
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
    for (let dieAt = 2; !isDone; dieAt += 3) {
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
});
