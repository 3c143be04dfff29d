import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { call } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import {
  BY_HAND,
  doctor,
  escalations,
  fire,
  inbox,
  listed,
  loopOf,
  messages,
  passTo,
  report,
  settled,
} from './late-loops.ts';

// A Monday; an answer is due two working days after the offer has arrived.
const MONDAY = '2026-03-02T09:00:00.000Z';
const DUE = '2026-03-04T09:00:00.000Z';

describe.each(backends())('what happens when nothing happens, on $name', ({ store, queueSettings }) => {
  const clock = createClock(MONDAY);
  let hub: TestHub;
  let hospital: Partner;
  let first: Partner;
  let second: Partner;
  beforeAll(async () => {
    hub = await startHub(store, {
      workers: true,
      now: clock.now,
      settings: { ...(await queueSettings()), ...BY_HAND },
    });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    first = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
    second = await addPartner(hub, 'Harvest Kitchen', { category: 'food-insecurity' });
  });
  afterAll(() => hub?.close());

  const sent = async (): Promise<string> => {
    const id = await sendReferral(hub, hospital);
    await settled(hub.deps);
    return id;
  };
  const asked = async (id: string): Promise<Partner> => {
    const { legs } = await loopOf(hub, id);
    return legs.at(-1)?.organization.id === first.id ? first : second;
  };
  const other = (agency: Partner): Partner => (agency === first ? second : first);

  test('nobody answers: reminded, reminded otherwise, case managers, supervisors, the next agency; each once', async () => {
    await passTo(hub, clock, MONDAY);
    const id = await sent();
    const agency = await asked(id);
    expect((await loopOf(hub, id)).nextStep).toMatchObject({ step: 'decide', due: DUE, escalation: null });

    await passTo(hub, clock, '2026-03-04T08:59:59.999Z');
    expect(await fire(hub)).toBe(0);
    await passTo(hub, clock, DUE);
    expect([await fire(hub), await fire(hub)]).toEqual([1, 0]);
    await settled(hub.deps);
    const { timeline, nextStep } = await loopOf(hub, id);
    expect(nextStep).toMatchObject({ step: 'decide', due: DUE, escalation: 'reminded' });
    expect(timeline.slice(-2)).toMatchObject([
      { kind: 'escalation', what: 'remind', step: 'decide', organization: { id: agency.id }, due: DUE, result: 'done' },
      { kind: 'delivery', message: 'reminder', recipient: { id: agency.id }, status: 'delivered' },
    ]);
    expect(await listed(hub, 'escalation=worklist')).toEqual([]);

    // Nobody of the agency has an account or mailbox here: a case manager looks at once.
    await passTo(hub, clock, '2026-03-05T09:00:00.000Z');
    expect(await fire(hub)).toBe(1);
    expect((await listed(hub, 'escalation=worklist')).map((loop) => loop.id)).toEqual([id]);
    await passTo(hub, clock, '2026-03-06T09:00:00.000Z');
    expect(await fire(hub)).toBe(1);
    expect(await listed(hub, 'escalation=supervisor')).toEqual([]);
    await passTo(hub, clock, '2026-03-09T09:00:00.000Z');
    expect(await fire(hub)).toBe(1);
    expect((await listed(hub, 'escalation=supervisor')).map((loop) => loop.id)).toEqual([id]);

    await passTo(hub, clock, '2026-03-10T09:00:00.000Z');
    expect(await fire(hub)).toBe(1);
    await settled(hub.deps);
    const after = await loopOf(hub, id);
    expect(after.legs.map(({ organization, status }) => [organization.id, status])).toEqual([
      [agency.id, 'cancelled'],
      [other(agency).id, 'requested'],
    ]);
    expect(after).toMatchObject({
      status: 'requested',
      progress: 're-routing',
      nextStep: { step: 'decide', due: '2026-03-12T09:00:00.000Z', escalation: null },
    });
    expect(await escalations(hub, id)).toEqual([
      'remind',
      'remind-other-channel: no-other-channel',
      'worklist',
      'supervisor',
      'offer-next',
    ]);
    await doctor(hub);
  });

  test('the agency reads its reminders, and the sender nothing of them', async () => {
    await passTo(hub, clock, MONDAY);
    const id = await sent();
    const agency = await asked(id);
    await passTo(hub, clock, DUE);
    await fire(hub);
    const [{ taskId = '' } = {}] = await hub.deps.db.query<{ taskId: string }>(
      'SELECT task_id AS "taskId" FROM firing WHERE loop_id = $1',
      [id],
    );
    const about = (all: Awaited<ReturnType<typeof messages>>): typeof all =>
      all.filter((each) => each.about?.[0]?.reference === `Task/${taskId}`);
    const [message, ...more] = about(await messages(hub, agency.token));
    expect(more).toEqual([]);
    expect(message).toMatchObject({
      status: 'completed',
      category: [{ coding: [{ code: 'reminder' }] }],
      recipient: [{ reference: `Organization/${agency.id}` }],
      payload: [
        {
          contentString:
            'This referral waits for an answer: accept this referral, or decline it with a reason. Awaited since 2026-03-02 09:00 UTC, due 2026-03-04 09:00 UTC.',
        },
      ],
    });
    expect(about(await messages(hub, hospital.token))).toEqual([]);
    expect(about(await messages(hub, other(agency).token))).toEqual([]);
    const seen = async (token: string): Promise<unknown> => {
      const { body } = await call<Awaited<ReturnType<typeof loopOf>>>('GET', `${hub.url}/api/loops/${id}`, { token });
      return [body.nextStep?.escalation, body.timeline.filter(({ kind }) => kind === 'escalation').length];
    };
    expect(await seen(hospital.token)).toEqual([null, 0]);
    expect(await seen(agency.token)).toEqual(['reminded', 1]);
  });

  test('who answers has nothing more to hear of it, and is reminded of what comes next in its time', async () => {
    await passTo(hub, clock, MONDAY);
    const id = await sent();
    const agency = await asked(id);
    await passTo(hub, clock, DUE);
    await fire(hub);
    await passTo(hub, clock, '2026-03-04T15:00:00.000Z');
    const [offer] = (await inbox(hub, agency)).filter(({ partOf }) => partOf?.[0]?.reference === `Task/${id}`);
    if (!offer) throw new Error('nothing in the inbox');
    const accepted = await report(hub, agency, offer, { status: 'accepted' });
    expect((await loopOf(hub, id)).nextStep).toMatchObject({ step: 'first-contact', escalation: null });
    await passTo(hub, clock, '2026-03-06T09:00:00.000Z');
    await fire(hub);
    expect(await escalations(hub, id)).toEqual(['remind']);
    // Three working days after it was accepted.
    await passTo(hub, clock, '2026-03-09T15:00:00.000Z');
    await fire(hub);
    expect(await escalations(hub, id)).toEqual(['remind', 'remind']);
    await report(hub, agency, accepted, { status: 'in-progress' });
    expect((await loopOf(hub, id)).nextStep).toMatchObject({ step: 'progress', escalation: null });
    await doctor(hub);
  });

  test('a reminder that waits is not sent when what it is about was done', async () => {
    await passTo(hub, clock, MONDAY);
    const id = await sent();
    const agency = await asked(id);
    await passTo(hub, clock, DUE);
    const [offer] = (await inbox(hub, agency)).filter(({ partOf }) => partOf?.[0]?.reference === `Task/${id}`);
    if (!offer) throw new Error('nothing in the inbox');
    await report(hub, agency, offer, { status: 'accepted' });
    expect(await fire(hub)).toBeGreaterThanOrEqual(0);
    expect(await escalations(hub, id)).toEqual([]);
  });

  test('the rows are those that their records make', async () => {
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });
});
