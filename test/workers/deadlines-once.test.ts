import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fireDue } from '../../src/deadlines/fire.ts';
import { call, done } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { BY_HAND, doctor, escalations, fire, loopOf, passTo, settled } from './late-loops.ts';

const MONDAY = '2026-03-02T09:00:00.000Z';
const DUE = '2026-03-04T09:00:00.000Z';
const LOOPS = 24;

describe.each(databaseKinds())('each rung is done once, on the %s store', (kind) => {
  const clock = createClock(MONDAY);
  let hub: TestHub;
  let hospital: Partner;
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, now: clock.now, settings: BY_HAND });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
  });
  afterAll(() => hub?.close());

  const firings = async (): Promise<{ what: string; count: number }[]> =>
    hub.deps.db.query('SELECT what, count(*)::int AS count FROM firing GROUP BY what ORDER BY what');

  test('by any number of workers at the same instant', async () => {
    for (let at = 0; at < LOOPS; at += 1) await sendReferral(hub, hospital);
    await passTo(hub, clock, DUE);
    const [done, ...others] = await Promise.all(Array.from({ length: 5 }, () => fire(hub)));
    const left = await fire(hub);
    expect([done, ...others, left].reduce((sum = 0, count = 0) => sum + count)).toBe(LOOPS);
    expect(await firings()).toEqual([{ what: 'remind', count: LOOPS }]);
    await settled(hub.deps);
    const [{ count } = { count: 0 }] = await hub.deps.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM delivery WHERE kind = 'reminder' AND status = 'delivered'`,
    );
    expect(count).toBe(LOOPS);
    await doctor(hub);
  });

  test('and not again when the clock goes back, or jumps', async () => {
    await passTo(hub, clock, MONDAY);
    expect(await fire(hub)).toBe(0);
    await passTo(hub, clock, DUE);
    expect(await fire(hub)).toBe(0);
    expect(await firings()).toEqual([{ what: 'remind', count: LOOPS }]);
  });

  test('one at a time after the hub was away: who hears late of it is given the time between', async () => {
    // A week late; the next were due one, two and three working days after the first.
    await passTo(hub, clock, '2026-03-12T09:00:00.000Z');
    expect(await fire(hub)).toBe(LOOPS);
    expect(await fire(hub)).toBe(0);
    const [{ at } = {}] = await hub.deps.db.query<{ at: Date }>('SELECT DISTINCT at FROM deadline');
    expect(at?.toISOString()).toBe('2026-03-13T09:00:00.000Z');
  });

  test('what fails is undone whole, and done when it can be', async () => {
    await passTo(hub, clock, '2026-03-13T09:00:00.000Z');
    await hub.deps.db.query(`ALTER TABLE firing ADD CONSTRAINT never CHECK (what <> 'worklist') NOT VALID`);
    const before = await hub.deps.db.query('SELECT count(*) AS count FROM resource');
    const faults: unknown[] = [];
    expect(await fireDue(hub.deps, (thrown) => faults.push(thrown))).toBe(0);
    expect(faults).toHaveLength(LOOPS);
    expect(await hub.deps.db.query('SELECT count(*) AS count FROM resource')).toEqual(before);
    await hub.deps.db.query('ALTER TABLE firing DROP CONSTRAINT never');
    expect(await fire(hub)).toBe(LOOPS);
    await doctor(hub);
  });

  test('a loop that somebody has is passed over, and looked at again', async () => {
    await passTo(hub, clock, MONDAY);
    const id = await sendReferral(hub, hospital);
    await passTo(hub, clock, DUE);
    if (kind === 'embedded') return expect(await fire(hub)).toBe(1);
    await hub.deps.db.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM loop WHERE id = $1 FOR UPDATE', [id]);
      expect(await fire(hub)).toBe(0);
    });
    expect(await fire(hub)).toBe(1);
  });

  test('its record is never changed', async () => {
    for (const sql of [`UPDATE firing SET what = 'remind'`, 'DELETE FROM firing', 'TRUNCATE firing']) {
      await expect(hub.deps.db.query(sql)).rejects.toThrow('firing is append-only');
    }
  });

  test('nobody is left to ask: it stays with who was asked, and a case manager looks', async () => {
    await passTo(hub, clock, MONDAY);
    const id = await sendReferral(hub, hospital);
    const moments = ['04', '05', '06', '09', '10'].map((day) => `2026-03-${day}T09:00:00.000Z`);
    for (const moment of moments) {
      await passTo(hub, clock, moment);
      await fire(hub);
    }
    expect(await escalations(hub, id)).toEqual([
      'remind',
      'remind-other-channel: no-other-channel',
      'worklist',
      'supervisor',
      'offer-next: nobody-to-ask',
    ]);
    expect((await loopOf(hub, id)).legs.map(({ status }) => status)).toEqual(['requested']);
    // Twenty working days after it was due.
    await passTo(hub, clock, '2026-04-01T09:00:00.000Z');
    await fire(hub);
    await settled(hub.deps);
    expect(await loopOf(hub, id)).toMatchObject({
      status: 'failed',
      outcome: { code: 'unresponsive-receiver' },
      nextStep: { step: 'confirm-closing', waitingOn: { kind: 'sender' } },
    });
    // Who asked has not read how it ended: it is reminded of that, too.
    await passTo(hub, clock, '2026-04-03T09:00:00.000Z');
    await fire(hub);
    await settled(hub.deps);
    expect((await loopOf(hub, id)).nextStep).toMatchObject({ step: 'confirm-closing', escalation: 'reminded' });
    await done(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
    expect(await loopOf(hub, id)).toMatchObject({ state: 'closed', nextStep: null });
    await doctor(hub);
  });
});
