import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { type Leg, legNetwork, outcome, reason } from './legs/leg-network.ts';

const HOLD_UNTIL = 'https://careloop.dev/fhir/StructureDefinition/hold-until';

describe.each(databaseKinds())('a referral that is to wait (%s)', (store) => {
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

  const begun = async (): Promise<string> => {
    const id = await sendReferral(hub, hospital);
    await say(id, agency, { status: 'in-progress' });
    return id;
  };
  const ask = (id: string, code: 'suspend' | 'resume', by = hospital): Promise<Answer<{ id: string }>> =>
    call('POST', `${hub.fhir}/Task`, {
      token: by.token,
      body: {
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code }] },
        focus: { reference: `Task/${id}` },
        reasonCode: { text: 'In hospital again' },
      },
    });
  const asked = async (id: string, code: string, by: Partner): Promise<Leg> => {
    const leg = await legOf(id, by);
    const all = found<Task>(
      await call('GET', `${hub.fhir}/Task?code=${code}&focus=Task/${leg.id}&status=requested`, { token: by.token }),
    );
    expect(all).toHaveLength(1);
    return all[0] as Leg;
  };
  const answer = async (request: Leg, change: Partial<Task>, by: Partner): Promise<void> =>
    void (await done(put({ ...request, ...change }, by)));

  test.each([
    ['a day', { valueDate: '2026-03-20' }, '2026-03-20T23:59:59.999Z'],
    ['a moment', { valueDateTime: '2026-03-20T15:00:00Z' }, '2026-03-20T15:00:00.000Z'],
  ])('until %s is due to go on then', async (_name, until, due) => {
    const id = await begun();
    const statusReason = { text: 'In hospital', extension: [{ url: HOLD_UNTIL, ...until }] };
    await say(id, agency, { status: 'on-hold', statusReason });
    expect((await loop(id)).nextStep).toMatchObject({ step: 'resume', waitingOn: { kind: 'receiver' }, due });
    expect((await read(id, hospital)).statusReason).toEqual(statusReason);
    await say(id, agency, { status: 'in-progress' });
    expect((await loop(id)).nextStep?.step).toBe('progress');
  });

  test('without an end, or with one that is over, is due to go on as the policy says', async () => {
    const dues: (string | null | undefined)[] = [];
    for (const extension of [undefined, [{ url: HOLD_UNTIL, valueDate: '2026-02-01' }]]) {
      const id = await begun();
      await say(id, agency, { status: 'on-hold', statusReason: { text: 'Soon', ...(extension ? { extension } : {}) } });
      dues.push((await loop(id)).nextStep?.due);
    }
    expect(dues[0]).toBe(dues[1]);
    expect(Date.parse(dues[0] ?? '')).toBeGreaterThan(clock.now().getTime());
  });

  test('is asked of who has begun, who says yes: it waits; and is asked to go on, and goes on', async () => {
    const id = await begun();
    const wait = await ask(id, 'suspend');
    expect(wait.status).toBe(201);
    expect((await loop(id)).timeline.findLast((entry) => entry.kind === 'status')).toMatchObject({
      of: 'root',
      from: 'in-progress',
      to: 'in-progress',
      reason: 'Asked to wait: In hospital again',
    });
    expect((await loop(id)).nextStep?.step).toBe('progress');
    await answer(await asked(id, 'suspend', agency), { status: 'completed' }, agency);
    expect(await loop(id)).toMatchObject({ status: 'on-hold', nextStep: { step: 'resume' } });
    expect(await read(id, hospital)).toMatchObject({ statusReason: { text: 'In hospital again' } });
    expect(await read(wait.body.id, hospital)).toMatchObject({ status: 'completed' });

    const goOn = await ask(id, 'resume');
    await answer(await asked(id, 'resume', agency), { status: 'accepted' }, agency);
    expect(await loop(id)).toMatchObject({ status: 'in-progress', nextStep: { step: 'progress' } });
    expect(await read(goOn.body.id, hospital)).toMatchObject({ status: 'completed' });
  });

  test('is asked of who has begun, who says no: it goes on, and the sender is told', async () => {
    const id = await begun();
    const wait = await ask(id, 'suspend');
    await answer(await asked(id, 'suspend', agency), { status: 'rejected', ...reason('Already cooked') }, agency);
    expect(await loop(id)).toMatchObject({ status: 'in-progress' });
    expect((await loop(id)).timeline.findLast((entry) => entry.kind === 'status')).toMatchObject({
      of: 'leg',
      reason: 'Already cooked',
    });
    expect(await read(wait.body.id, hospital)).toMatchObject({ status: 'rejected' });
    const told = await hub.deps.db.query<{ kind: string }>('SELECT kind FROM delivery WHERE task_id = $1', [
      wait.body.id,
    ]);
    expect(told).toEqual([{ kind: 'status' }]);
  });

  test('is answered by who has begun with its own Task as well', async () => {
    const id = await begun();
    const wait = await ask(id, 'suspend');
    await say(id, agency, { status: 'on-hold', ...reason('As you wish') });
    expect(await read(wait.body.id, hospital)).toMatchObject({ status: 'completed' });
    const over = await begun();
    const late = await ask(over, 'suspend');
    await say(over, agency, { status: 'completed', ...outcome('Done') });
    expect((await read(late.body.id, hospital)).status).not.toBe('requested');
  });

  test('is asked of all who work on it, and answered when all have', async () => {
    const id = await begun();
    await post(id, 'offers', { organizationId: second.id });
    await say(id, second, { status: 'accepted' });
    const wait = await ask(id, 'suspend');
    await answer(await asked(id, 'suspend', agency), { status: 'completed' }, agency);
    expect((await read(wait.body.id, hospital)).status).toBe('requested');
    await answer(await asked(id, 'suspend', second), { status: 'completed' }, second);
    expect((await read(wait.body.id, hospital)).status).toBe('completed');
    expect((await loop(id)).status).toBe('on-hold');
  });

  test('is asked of one agency that its sender addressed', async () => {
    const id = await sendReferral(hub, hospital, { owner: `Organization/${agency.id}` });
    await done(put({ ...(await read(id, agency)), status: 'accepted' }, agency));
    const wait = await ask(id, 'suspend');
    await answer(await read(wait.body.id, agency), { status: 'completed' }, agency);
    expect(await loop(id)).toMatchObject({ status: 'on-hold' });
    expect((await read(wait.body.id, hospital)).status).toBe('completed');
  });

  test('must be one that somebody works on, or that waits', async () => {
    const id = await sendReferral(hub, hospital);
    const wait = await ask(id, 'suspend');
    expect([wait.status, texts(wait)[0]]).toEqual([
      422,
      'Nobody has taken it on yet or still works on it: there is nothing that could wait. To stop it, cancel it.',
    ]);
    const goOn = await ask(id, 'resume');
    expect([goOn.status, texts(goOn)[0]]).toEqual([
      422,
      'Nobody has put it on hold: there is nothing that could go on again.',
    ]);
  });

  test('may be let go on by who asked', async () => {
    const id = await begun();
    const wait = await ask(id, 'suspend');
    await done(put({ ...(await read(wait.body.id, hospital)), status: 'cancelled' }, hospital));
    const leg = await legOf(id, agency);
    const open = await call('GET', `${hub.fhir}/Task?code=suspend&focus=Task/${leg.id}&status=requested`);
    expect(found(open)).toEqual([]);
    expect((await loop(id)).status).toBe('in-progress');
  });

  test('is in the row as in its records', async () => {
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });
});
