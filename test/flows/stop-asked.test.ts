import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { done, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { legNetwork, outcome, reason } from './legs/leg-network.ts';
import { MOVED, stopNetwork } from './legs/stop-network.ts';

describe.each(databaseKinds())('a referral that its sender wants stopped (%s)', (store) => {
  const clock = createClock('2026-03-02T09:00:00Z');
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let second: Partner;
  const { loop, post, legOf, read, put, say } = legNetwork(() => hub);
  beforeAll(async () => {
    hub = await startHub(store, { now: clock.now });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
    second = await addPartner(hub, 'Rides');
  });
  afterAll(() => closeHealthy(hub, false));

  const { begun, cancel, ask, stops, theStop } = stopNetwork(() => ({ hub, hospital, agency }));
  const answer = async (id: string, change: Partial<Task>): Promise<void> => {
    const stop = await theStop((await legOf(id, agency)).id, agency);
    await done(put({ ...stop, ...change }, agency));
  };

  test('after work began asks who has begun, by a Task with the other as its focus, and waits for its answer', async () => {
    const id = await begun();
    clock.advance(60_000);
    await cancel(id);
    const leg = await legOf(id, agency);
    expect(await theStop(leg.id, agency)).toMatchObject({
      status: 'requested',
      code: { coding: [{ code: 'abort' }] },
      focus: { reference: `Task/${leg.id}` },
      owner: { reference: `Organization/${agency.id}` },
      reasonCode: { text: 'Moved away' },
    });
    expect(await theStop(id, hospital)).toMatchObject({ status: 'requested', reasonCode: { text: 'Moved away' } });
    const asked = clock.now().toISOString();
    clock.advance(3_600_000);
    const waiting = await loop(id);
    expect(waiting).toMatchObject({
      status: 'in-progress',
      progress: 'cancel-requested',
      nextStep: {
        step: 'answer-cancel',
        waitingOn: { kind: 'receiver', party: { name: 'Homes First' } },
        since: asked,
      },
    });
    expect(waiting.nextStep?.due).toBe('2026-03-04T09:01:00.000Z');
    const told = waiting.timeline.filter((entry) => entry.kind === 'delivery' && entry.message === 'cancel');
    expect(new Set(told.map((entry) => entry.kind === 'delivery' && entry.recipient.name))).toEqual(
      new Set(['Homes First']),
    );
    // News of the work is no answer: it stays asked since then.
    await say(id, agency, { businessStatus: { text: 'visit-complete' } });
    expect((await loop(id)).nextStep).toMatchObject({ step: 'answer-cancel', since: asked });
  });

  test.each(['accepted', 'completed'] as const)('is cancelled when who has begun grants it: %s', async (status) => {
    const id = await begun();
    await cancel(id);
    await answer(id, { status });
    expect(await legOf(id, agency)).toMatchObject({ status: 'cancelled', statusReason: { text: 'Moved away' } });
    expect(await theStop((await legOf(id, agency)).id, agency)).toMatchObject({ status: 'completed' });
    expect(await theStop(id, hospital)).toMatchObject({ status: 'completed' });
    expect(await loop(id)).toMatchObject({ status: 'cancelled', outcome: { code: 'withdrawn-by-sender' } });
    const again = await put({ ...(await theStop((await legOf(id, agency)).id, agency)), status: 'rejected' }, agency);
    expect([again.status, texts(again)[0]]).toEqual([422, 'This request has had its answer: completed.']);
  });

  test('goes on when who has begun refuses, with a reason; the sender is told', async () => {
    const id = await begun();
    await cancel(id);
    const leg = await legOf(id, agency);
    const silent = await put({ ...(await theStop(leg.id, agency)), status: 'rejected' }, agency);
    expect([silent.status, texts(silent)[0]]).toEqual([
      422,
      'A request that becomes rejected needs statusReason.text: say why not.',
    ]);
    await answer(id, { status: 'rejected', ...reason('The boxes are on their way') });
    const after = await loop(id);
    expect(after).toMatchObject({
      state: 'open',
      status: 'in-progress',
      progress: null,
      nextStep: { step: 'progress' },
    });
    expect((await legOf(id, agency)).businessStatus).toBeUndefined();
    const root = await read(id, hospital);
    expect([root.status, root.businessStatus, root.statusReason]).toEqual(['in-progress', undefined, undefined]);
    expect(await theStop(id, hospital)).toMatchObject({
      status: 'rejected',
      statusReason: { text: 'An organization that has begun does not stop, and goes on.' },
    });
    const steps = after.timeline.filter((entry) => entry.kind === 'status').slice(-2);
    expect(steps).toMatchObject([
      { of: 'leg', from: 'in-progress', to: 'in-progress', progress: null, reason: 'The boxes are on their way' },
      { of: 'root', from: 'in-progress', to: 'in-progress', progress: null },
    ]);
    const last = after.timeline.findLast((entry) => entry.kind === 'delivery');
    expect(last).toMatchObject({ message: 'status', recipient: { name: 'St. Anna Hospital' } });
    // It may be asked again, and ends as any other.
    await cancel(id);
    await say(id, agency, { status: 'cancelled', ...reason('Stopped') });
    expect((await loop(id)).status).toBe('cancelled');
  });

  test('that was done meanwhile is completed: done is done, and the request is refused', async () => {
    const id = await begun();
    await cancel(id);
    await say(id, agency, { status: 'completed', ...outcome('It was done already') });
    expect(await loop(id)).toMatchObject({ status: 'completed', outcome: { code: 'services-provided' } });
    for (const stop of [await theStop((await legOf(id, agency)).id, agency), await theStop(id, hospital)])
      expect(stop).toMatchObject({
        status: 'rejected',
        statusReason: { text: 'It was done before it could be stopped.' },
      });
  });

  test('and is done at the same moment ends as done, and leaves nothing that waits for an answer', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await begun();
      const [root, leg] = [await read(id, hospital), await legOf(id, agency)];
      const [, completed] = await Promise.all([
        put({ ...root, status: 'cancelled', ...MOVED }, hospital),
        put({ ...leg, status: 'completed', ...outcome('Done') }, agency),
      ]);
      expect(completed.status).toBe(200);
      expect(await loop(id)).toMatchObject({ status: 'completed', outcome: { code: 'services-provided' } });
      const open = [...(await stops(id, hospital)), ...(await stops(leg.id, agency))];
      expect(open.filter(({ status }) => status === 'requested')).toEqual([]);
    }
  });

  test('is answered by a partner that knows its own Task only', async () => {
    const id = await begun();
    await cancel(id);
    await say(id, agency, { status: 'cancelled', ...reason('Stopped as asked') });
    expect(await theStop((await legOf(id, agency)).id, agency)).toMatchObject({ status: 'completed' });
    expect(await theStop(id, hospital)).toMatchObject({ status: 'completed' });
    expect(await loop(id)).toMatchObject({ status: 'cancelled' });
  });

  test('by a Task of its own is stopped in the same way, and its sender is told in that Task', async () => {
    const id = await begun();
    const asked = await ask(id, hospital);
    expect(asked.status).toBe(201);
    expect(await loop(id)).toMatchObject({ progress: 'cancel-requested', nextStep: { step: 'answer-cancel' } });
    const twice = await ask(id, hospital);
    expect([twice.status, texts(twice)[0]]).toEqual([
      409,
      `It is being asked already: Task/${asked.body.id}. Read the answer there.`,
    ]);
    await answer(id, { status: 'completed' });
    expect(await read(asked.body.id, hospital)).toMatchObject({ status: 'completed' });
    expect(await loop(id)).toMatchObject({ status: 'cancelled' });
    const rows = await hub.deps.db.query<{ kind: string }>('SELECT kind FROM delivery WHERE task_id = $1', [
      asked.body.id,
    ]);
    expect(rows).toEqual([{ kind: 'status' }]);
  });

  test('by a Task of its own before work began is cancelled at once', async () => {
    const id = await sendReferral(hub, hospital);
    const asked = await ask(id, hospital);
    expect(await read(asked.body.id, hospital)).toMatchObject({ status: 'completed' });
    expect(await loop(id)).toMatchObject({
      status: 'cancelled',
      legs: [{ status: 'cancelled', reason: 'Moved away' }],
    });
  });

  test('may be let go on by who asked', async () => {
    const id = await begun();
    const asked = await ask(id, hospital);
    await done(put({ ...(await read(asked.body.id, hospital)), status: 'cancelled' }, hospital));
    expect(await loop(id)).toMatchObject({ status: 'in-progress', progress: null, nextStep: { step: 'progress' } });
    expect(await theStop((await legOf(id, agency)).id, agency)).toMatchObject({ status: 'cancelled' });
  });

  test('and was addressed to one agency is answered by that agency', async () => {
    for (const granted of [true, false]) {
      const id = await sendReferral(hub, hospital, { owner: `Organization/${agency.id}` });
      await done(put({ ...(await read(id, agency)), status: 'in-progress' }, agency));
      await cancel(id);
      expect((await loop(id)).nextStep?.step).toBe('answer-cancel');
      const stop = await theStop(id, agency);
      await done(put({ ...stop, status: granted ? 'accepted' : 'rejected', ...reason('We say so') }, agency));
      expect(await loop(id)).toMatchObject(
        granted ? { status: 'cancelled' } : { status: 'in-progress', progress: null, nextStep: { step: 'progress' } },
      );
      expect((await theStop(id, hospital)).status).toBe(granted ? 'completed' : 'rejected');
    }
  });

  test('and is split asks only who has begun; the others are simply asked no more', async () => {
    const id = await begun();
    await post(id, 'offers', { organizationId: second.id });
    await cancel(id);
    expect((await legOf(id, second)).status).toBe('cancelled');
    expect(await stops((await legOf(id, second)).id, second)).toEqual([]);
    await answer(id, { status: 'accepted' });
    expect(await loop(id)).toMatchObject({ status: 'cancelled' });
  });

  test('that nobody works on any more is cancelled at once', async () => {
    const id = await begun();
    await say(id, agency, { status: 'failed', ...reason('No van') });
    expect((await loop(id)).nextStep?.step).toBe('decide-after-failure');
    await cancel(id);
    expect(await loop(id)).toMatchObject({ status: 'cancelled', outcome: { code: 'withdrawn-by-sender' } });
  });

  test('is answered the same way twice, and answered well', async () => {
    const id = await begun();
    await cancel(id);
    const stop = await theStop((await legOf(id, agency)).id, agency);
    for (const status of ['accepted', 'accepted', 'completed'] as const)
      expect((await put({ ...stop, status }, agency)).status).toBe(200);
    expect((await loop(id)).status).toBe('cancelled');
  });

  test('is in the row as in its records', async () => {
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });
});
