import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Communication, Procedure, Task } from '@medplum/fhirtypes';
import type { TimelineEntry, TimelinePage } from '../../src/loops/timeline/api.ts';
import { type Clinic, startClinic } from '../partners/clinic.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { ownServers } from '../workers/own-servers.ts';

type Known<T> = T & { id: string };

describe('a partner that writes on its own server only', () => {
  let hub: TestHub;
  let clinic: Clinic;
  let second: Clinic;
  let atHospital: Clinic;
  let [hospital, kept, agency, other]: Partner[] = [];
  const as = <T>(each: T | undefined): T => each as T;
  const { sql, loop, ask, findings, statuses, offeredAt } = ownServers(() => hub);

  beforeAll(async () => {
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true });
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
  const offered = (at = clinic, from = hospital, owner?: Partner): Promise<{ id: string; task: Known<Task> }> =>
    offeredAt(at, as(from), owner);

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
    expect(legs[0]?.at).toBe('2026-11-01T10:00:00.000Z');
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

  test('is heard of what a sender has asked it directly', async () => {
    const { id, task } = await offered(clinic, hospital, agency);
    clinic.change(task.id, { status: 'completed', output: [{ type: { text: 'done' }, valueString: 'Ten hot meals' }] });
    await ask(as(agency));
    await done(call('GET', `${hub.fhir}/Task/${id}`, { token: as(hospital).token }));
    await eventually(async () =>
      expect(await loop(id)).toMatchObject({ state: 'closed', outcome: { code: 'services-provided' } }),
    );
    expect((await statuses(id)).map(({ to, implied }) => [to, implied])).toEqual([
      ['requested', false],
      ['accepted', true],
      ['completed', false],
    ]);
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
    const told = async (by: Partial<Partner> = {}): Promise<TimelineEntry[]> =>
      (await call<TimelinePage>('GET', `${hub.url}/api/loops/${id}/timeline?kind=finding`, { token: by.token })).body
        .entries;
    expect(await told()).toMatchObject([
      { organization: { id: agency?.id }, expression: 'Task.statusReason', resolvedAt: null },
    ]);
    expect(await told(agency)).toEqual(await told());
    expect(await told(hospital)).toEqual([]);
    const listed = async (query: string): Promise<string[]> =>
      (await call<{ loops: { id: string }[] }>('GET', `${hub.url}/api/loops?${query}`)).body.loops.map(
        (each) => each.id,
      );
    expect(await listed('untaken=true')).toEqual([id]);
    expect(await listed('untaken=false')).not.toContain(id);
    clinic.change(task.id, { status: 'nonsense' as 'draft' });
    await ask(as(agency));
    expect(await findings(id)).toMatchObject([{ code: expect.stringContaining('.'), resolved: false }]);
    clinic.change(task.id, { status: 'accepted' });
    await ask(as(agency));
    expect(await findings(id)).toMatchObject([{ resolved: true }]);
    expect((await loop(id)).status).toBe('accepted');
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
    const plan = clinic.keep({ resourceType: 'Binary', contentType: 'text/plain', data: 'U2lkZSBkb29yLg==' });
    clinic.keep({
      resourceType: 'Communication',
      status: 'completed',
      about: [{ reference: `Task/${task.id}` }],
      inResponseTo: [{ reference: `Communication/${asked.id}` }],
      sender: { reference: 'Organization/own' },
      recipient: [{ reference: `${hub.fhir}/Organization/careloop` }],
      payload: [
        { contentString: 'Yes, at the side door.' },
        { contentAttachment: { contentType: 'text/plain', url: plan } },
      ],
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
      payload: [{ contentString: 'Yes, at the side door.' }, { contentAttachment: { contentType: 'text/plain' } }],
    });
    const { url } = as(answer.payload?.[1]?.contentAttachment);
    expect(url).not.toBe(plan);
    expect(
      (await call('GET', `${hub.fhir}/${url}`, { headers: { accept: 'application/fhir+json' } })).body,
    ).toMatchObject({
      data: 'U2lkZSBkb29yLg==',
    });
    expect(await sql('SELECT 1 FROM message WHERE loop_id = $1', [id])).toHaveLength(2);
  });

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

  test('what was written there in the meantime is heard before the hub writes over it', async () => {
    const { id, task } = await offered(clinic, kept);
    clinic.change(task.id, { status: 'in-progress' });
    await ask(as(agency));
    const done = { type: { text: 'done' }, valueString: 'Ten hot meals' };
    clinic.change(task.id, { status: 'completed', output: [done] });
    const root = `${hub.fhir}/Task/${id}`;
    const current = (await call<Task>('GET', root, { token: kept?.token })).body;
    const cancelled = { ...current, status: 'cancelled', statusReason: { text: 'Readmitted' } };
    expect((await call('PUT', root, { token: kept?.token, body: cancelled })).status).toBe(200);
    // The hub asks the agency to stop, and finds that it has ended.
    await eventually(async () => expect((await loop(id)).status).toBe('completed'));
    await eventually(async () =>
      expect(
        await sql('SELECT 1 FROM delivery WHERE loop_id = $1 AND last_code = $2', [id, 'ended-there']),
      ).toHaveLength(1),
    );
    const disclosed = `SELECT 1 FROM audit WHERE interaction = 'disclosure' AND recipient = $1 AND resource_id = $2`;
    expect(await sql(disclosed, [agency?.id, task.meta?.source?.split('/').at(-1)])).toHaveLength(1);
    expect(clinic.tasks().find((each) => each.id === task.id)).toMatchObject({ status: 'completed', output: [done] });
  });
});
