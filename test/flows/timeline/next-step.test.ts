import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Appointment, Extension, OperationOutcome, Task } from '@medplum/fhirtypes';
import { doctorCommands, examineHub } from '../../../src/doctor/commands.ts';
import type { LoopCounts, LoopSummary } from '../../../src/loops/api.ts';
import { call, done } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../../support/network.ts';
import { operatorToken } from '../../support/operator.ts';
import { BY_HAND, settled } from '../../workers/late-loops.ts';
import { answerBy, talk, text } from '../conversation/talk.ts';
import { type Leg, legNetwork, reason } from '../legs/leg-network.ts';

const NEXT_STEP = 'https://careloop.dev/fhir/StructureDefinition/next-step';

describe.each(databaseKinds())('what a Task says of the next step (%s)', (kind) => {
  const clock = createClock('2026-03-02T09:00:00.000Z');
  let hub: TestHub;
  let [hospital, pantry, stranger]: Partner[] = [];
  const { loop, legOf, read, put, say } = legNetwork(() => hub);
  const { posted } = talk(() => hub);
  const as = <T>(each: T | undefined): T => each as T;
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, now: clock.now, settings: BY_HAND });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    pantry = await addPartner(hub, 'A Pantry', { category: 'food-insecurity' });
    stranger = await addPartner(hub, 'Z Pantry');
  });
  afterAll(() => closeHealthy(hub));

  const sent = async (): Promise<{ id: string; leg: string }> => {
    const id = await sendReferral(hub, as(hospital));
    await settled(hub.deps);
    return { id, leg: (await legOf(id, as(pantry))).id };
  };
  const codeOf = ({ businessStatus }: Task): string | undefined => businessStatus?.coding?.[0]?.code;
  /** The next step as who reads the Task is told it. */
  const nextOf = (task: Task): Record<string, string | undefined> => {
    const next = task.meta?.extension?.filter(({ url }) => url === NEXT_STEP) ?? [];
    expect(next.length).toBeLessThan(2);
    return Object.fromEntries((next[0]?.extension ?? []).map((part) => [part.url, partOf(part)]));
  };
  const partOf = ({ valueCoding, valueReference, valueInstant }: Extension): string | undefined =>
    valueCoding?.code ?? valueReference?.reference ?? valueInstant;
  const statusMessages = (id: string): Promise<unknown[]> =>
    hub.deps.db.query(`SELECT 1 FROM delivery WHERE loop_id = $1 AND kind = 'status'`, [id]);
  const versions = (id: string): Promise<unknown[]> =>
    hub.deps.db.query(`SELECT 1 FROM resource_version WHERE type = 'Task' AND id = $1`, [id]);

  test('who must do what by when is on the Task of each side, and it was delivered, then seen, without a new version', async () => {
    const { id, leg } = await sent();
    const { nextStep } = await loop(id);
    const whole = await read(id, hospital);
    const arrived = await read(leg);
    expect([codeOf(whole), codeOf(arrived)]).toEqual(['delivered', 'delivered']);
    expect(nextOf(arrived)).toEqual({
      step: 'decide',
      waitingOn: 'receiver',
      organization: `Organization/${pantry?.id}`,
      since: nextStep?.since,
      due: nextStep?.due,
    });
    // Who was asked is not yet known to who sent it.
    const { organization: _organization, ...told } = nextOf(arrived);
    expect(nextOf(whole)).toEqual(told);
    // Who may not read it reads nothing of it.
    expect((await call('GET', `${hub.fhir}/Task/${leg}`, { token: stranger?.token })).status).toBe(404);

    // Its owner reads it, and again: it is seen once, and stays what it is.
    const offered = await read(leg, pantry);
    expect(codeOf(offered)).toBe('delivered');
    await read(leg, pantry);
    const [seen, seenWhole] = [await read(leg, pantry), await read(id, hospital)];
    expect([codeOf(seen), seen.status, codeOf(seenWhole), seenWhole.status]).toEqual([
      'seen',
      'requested',
      'seen',
      'requested',
    ]);
    expect(nextOf(seen)).toEqual(nextOf(arrived));
    expect([seen.meta?.versionId, seen.meta?.lastUpdated]).toEqual([
      offered.meta?.versionId,
      offered.meta?.lastUpdated,
    ]);
    expect([await versions(leg), await statusMessages(id)]).toEqual([[{ '?column?': 1 }], []]);
    const after = await loop(id);
    expect(after.progress).toBe('seen');
    expect(after.timeline.find((entry) => entry.kind === 'delivery')).toMatchObject({
      message: 'offer',
      readAt: clock.now().toISOString(),
    });

    // What it read may be answered under the version it had, and what the hub observed is nothing it says.
    const headers = { 'if-match': `W/"${offered.meta?.versionId}"`, 'content-type': 'application/fhir+json' };
    const body = { ...seen, status: 'accepted' };
    await done(call('PUT', `${hub.fhir}/Task/${leg}`, { token: pantry?.token, headers, body }));
    const [accepted, known] = [await read(leg, pantry), await read(id, hospital)];
    expect([codeOf(accepted), codeOf(known), known.status]).toEqual([undefined, undefined, 'accepted']);
    expect(nextOf(accepted)).toMatchObject({ step: 'first-contact', waitingOn: 'receiver' });
    expect(nextOf(known)).toMatchObject({ step: 'first-contact', organization: `Organization/${pantry?.id}` });
    expect(accepted.meta?.versionId).toBe('2');
    const steps = (await loop(id)).timeline.flatMap((entry) => (entry.kind === 'status' ? [entry.progress] : []));
    expect(new Set(steps)).toEqual(new Set([null]));
    expect(await statusMessages(id)).toHaveLength(1);
  });

  test('that an answer is awaited, and what became of an appointment, is on it, and nobody is told more for that', async () => {
    const { id, leg } = await sent();
    await say(id, as(pantry), { status: 'accepted' });
    const told = await statusMessages(id);
    const until = answerBy('2026-03-09T09:00:00.000Z');
    const question = await posted(as(pantry), leg, { ...text('Does she eat fish?'), ...until });
    expect([codeOf(await read(leg, pantry)), codeOf(await read(id, hospital))]).toEqual([
      'awaiting-information',
      'awaiting-information',
    ]);
    expect((await loop(id)).legs[0]?.progress).toBe('awaiting-information');
    const headers = { 'content-type': 'application/json' };
    await done(
      call('POST', `${hub.url}/api/loops/${id}/messages`, {
        headers,
        body: { text: 'She does.', to: pantry?.id, inResponseTo: question.id },
      }),
    );
    // Who has this version is told what was said beside it, and not that nothing has changed.
    const asked = await call<Task>('GET', `${hub.fhir}/Task/${leg}`, {
      token: pantry?.token,
      headers: { 'if-none-match': `W/"${(await read(leg, pantry)).meta?.versionId}"` },
    });
    expect([asked.status, codeOf(asked.body)]).toEqual([200, undefined]);

    const { focus, for: client } = await legOf(id, as(pantry));
    const visit = {
      resourceType: 'Appointment',
      status: 'booked',
      start: '2026-03-03T10:00:00Z',
      end: '2026-03-03T10:30:00Z',
      basedOn: [focus],
      participant: [{ actor: client, status: 'accepted' }],
    };
    const { id: visitId } = await done<Appointment>(
      call('POST', `${hub.fhir}/Appointment`, { token: pantry?.token, body: visit }),
    );
    expect([codeOf(await read(leg, pantry)), codeOf(await read(id, hospital))]).toEqual([
      'appointment-booked',
      'appointment-booked',
    ]);
    // News of another kind leave it where it is.
    await say(id, as(pantry), { note: [{ text: 'At the back door.' }] });
    expect([codeOf(await read(id, hospital)), await statusMessages(id)]).toEqual(['appointment-booked', told]);
    await done(
      call('PUT', `${hub.fhir}/Appointment/${visitId}`, {
        token: pantry?.token,
        body: { ...visit, id: visitId, status: 'noshow' },
      }),
    );
    expect([codeOf(await read(leg, pantry)), codeOf(await read(id, hospital))]).toEqual(['no-show', 'no-show']);
    expect(await statusMessages(id)).toEqual(told);
    // What somebody says goes before what the hub observes.
    await say(id, as(pantry), { businessStatus: { text: 'She came after all.' } });
    expect((await read(leg, pantry)).businessStatus).toEqual({ text: 'She came after all.' });
  });

  test('who sent it does not read of a decline, nor of whom is asked', async () => {
    const { id, leg } = await sent();
    await done(put({ ...(await read(leg, pantry)), status: 'rejected', ...reason('No food left') }, pantry));
    const whole = await read(id, hospital);
    expect([codeOf(whole), whole.status]).toEqual(['re-routing', 'requested']);
    expect(nextOf(whole)).toMatchObject({ step: 'choose-recipient', waitingOn: 'case-manager' });
    expect(JSON.stringify(whole)).not.toContain(as(pantry).id);
    expect(nextOf(await read(leg))).toEqual({});
    // Nor in the lists, by their filters and numbers.
    const asked = async <T>(query: string, token = hospital?.token): Promise<T> =>
      (await call<T>('GET', `${hub.url}/api/loops${query}`, { token })).body;
    const listed = async (step: string, token?: string): Promise<boolean> =>
      (await asked<{ loops: LoopSummary[] }>(`?nextStep=${step}`, token)).loops.some((each) => each.id === id);
    expect((await asked<LoopSummary>(`/${id}`)).nextStep?.step).toBe('choose-recipient');
    expect([await listed('choose-recipient'), await listed('decide-after-decline')]).toEqual([true, false]);
    const told = (await asked<LoopCounts>('/counts')).steps.map(({ step }) => step);
    expect([told.includes('choose-recipient'), told.includes('decide-after-decline')]).toEqual([true, false]);
    const hubs = operatorToken(hub.url);
    expect([await listed('choose-recipient', hubs), await listed('decide-after-decline', hubs)]).toEqual([false, true]);
  });

  test('is as this hub publishes it, and nobody else writes it', async () => {
    const { id, leg } = await sent();
    const task = await read(leg, pantry);
    const headers = { 'content-type': 'application/fhir+json' };
    const { body } = await call<OperationOutcome>('POST', `${hub.fhir}/Task/$validate`, { headers, body: task });
    expect(body.issue?.filter(({ severity }) => severity === 'error' || severity === 'fatal')).toEqual([]);
    const forged = {
      ...task,
      meta: { extension: [{ url: NEXT_STEP, extension: [{ url: 'step', valueCoding: { code: 'progress' } }] }] },
    };
    expect((await put(forged, pantry)).status).toBeGreaterThanOrEqual(200);
    expect(nextOf(await read(leg, pantry)).step).toBe('decide');
    expect(nextOf(await read(id, hospital)).step).toBe('decide');
  });

  test('the doctor finds a Task that says otherwise, and what it names mends it', async () => {
    const { id, leg } = await sent();
    const before = await read(leg);
    await hub.deps.db.query(
      `UPDATE resource SET content = (content::jsonb - 'businessStatus' #- '{meta,extension}')::json WHERE type = 'Task' AND id = $1`,
      [leg],
    );
    expect((await examineHub(hub.deps, 0)).findings).toMatchObject([
      { check: 'loop-row', subject: `what Task/${leg} says of ${id}`, mend: 'careloop loops rebuild' },
    ]);
    const log = jest.spyOn(console, 'log').mockReturnValue();
    expect(await doctorCommands['loops rebuild'](hub.deps)).toBe(0);
    expect(log).toHaveBeenCalledWith(`loop ${id} is made anew`);
    log.mockRestore();
    expect((await examineHub(hub.deps, 0)).findings).toEqual([]);
    const mended: Leg = await read(leg);
    expect([mended.businessStatus, nextOf(mended)]).toEqual([before.businessStatus, nextOf(before)]);
  });
});
