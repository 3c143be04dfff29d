import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DeadlineDeps, fire } from '../../src/deadlines/fire.ts';
import { RUNGS as ALL_RUNGS, type RungAction } from '../../src/loops/policy/policy.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { join, setUp } from '../access/people/people-hub.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { Killed, mortal } from '../support/mortal-database.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { BY_HAND, passTo, settled } from './late-loops.ts';

type DecideRung = Exclude<RungAction, 'close-unconfirmed'>;
const RUNGS = ALL_RUNGS.filter((rung): rung is DecideRung => rung !== 'close-unconfirmed');
const MONDAY = '2026-03-02T09:00:00.000Z';
/** When each rung of the shipped ladder of a decision is due, for an offer that arrived on that Monday. */
const AT: Readonly<Record<DecideRung, string>> = {
  remind: '2026-03-04T09:00:00.000Z',
  'remind-other-channel': '2026-03-05T09:00:00.000Z',
  worklist: '2026-03-06T09:00:00.000Z',
  supervisor: '2026-03-09T09:00:00.000Z',
  'offer-next': '2026-03-10T09:00:00.000Z',
  'close-unresponsive': '2026-04-01T09:00:00.000Z',
};

interface Loop {
  readonly loopId: string;
  readonly taskId: string;
}

describe.each(databaseKinds())('a worker that dies while it does what is due, on the %s store', (kind) => {
  const clock = createClock(MONDAY);
  let hub: TestHub;
  let hospital: Partner;
  beforeAll(async () => {
    const settings = { ...BY_HAND, PASSWORD_COST: '14', SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'hub@hub.example' };
    hub = await startHub(kind, { workers: true, now: clock.now, settings });
    await setUp(hub, ['administrator']);
    await join(hub, 'sam@hub.example', ['supervisor']);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    for (const name of ['A Pantry', 'B Pantry']) {
      const { id } = await addPartner(hub, name, { category: 'food-insecurity' });
      await join(hub, `${id}@pantry.example`, ['agency-worker'], { organizationId: id });
    }
  });
  afterAll(() => hub?.close());

  /** A loop whose ladder has come to a rung, which is due now. */
  const comeTo = async (what: DecideRung): Promise<Loop> => {
    await passTo(hub, clock, MONDAY);
    const loopId = await sendReferral(hub, hospital);
    await settled(hub.deps);
    const [row] = await hub.deps.db.query<{ taskId: string }>(
      'SELECT task_id AS "taskId" FROM deadline WHERE loop_id = $1',
      [loopId],
    );
    const place = { loopId, taskId: row?.taskId ?? '' };
    for (const rung of RUNGS.slice(0, RUNGS.indexOf(what))) {
      // Nobody else is asked, so that the ladder goes on to its end.
      if (rung === 'offer-next') await oneServiceLess(true);
      clock.set(AT[rung]);
      await fireOnce(place);
      if (rung === 'offer-next') await oneServiceLess(false);
    }
    clock.set(AT[what]);
    return place;
  };
  /** Another worker that has the loop, e.g. to settle a delivery, is passed over: it is due still, a moment later. */
  const fireOnce = (place: Loop, deps: DeadlineDeps = hub.deps): Promise<void> =>
    eventually(async () => expect(await fire(deps, place)).toBe(true));
  const oneServiceLess = (less: boolean): Promise<unknown> =>
    hub.deps.db.query(`UPDATE resource SET deleted = $1 WHERE type = 'HealthcareService'`, [less]);
  const dying = (dieAt?: number): { deps: DeadlineDeps; steps: () => number } => {
    const { db, steps } = mortal(hub.deps.db, dieAt);
    return { deps: { ...hub.deps, store: { ...hub.deps.store, db } }, steps };
  };
  /** What there is of a loop that a rung may add to: rows of each kind. */
  const traces = async ({ loopId }: Loop): Promise<unknown> => {
    const [counts] = await hub.deps.db.query(
      `SELECT (SELECT count(*)::int FROM firing WHERE loop_id = $1) AS firings,
         (SELECT count(*)::int FROM delivery WHERE loop_id = $1) AS deliveries,
         (SELECT count(*)::int FROM loop_mail WHERE loop_id = $1) AS mails,
         (SELECT count(*)::int FROM transition WHERE loop_id = $1) AS transitions,
         (SELECT count(*)::int FROM resource WHERE type = 'Communication' AND content -> 'about' -> 0 ->> 'reference'
            IN (SELECT 'Task/' || task_id FROM firing WHERE loop_id = $1)) AS messages,
         (SELECT row_to_json(d) FROM deadline d WHERE loop_id = $1 ORDER BY task_id LIMIT 1) AS next`,
      [loopId],
    );
    return counts;
  };

  test.each(RUNGS)('%s: nothing of it is done, or all of it, once', async (what) => {
    const first = await comeTo(what);
    await settled(hub.deps);
    const whole = dying();
    expect(await fire(whole.deps, first)).toBe(true);
    expect(whole.steps()).toBeGreaterThan(2);
    for (let dieAt = 1; dieAt <= whole.steps(); dieAt += 1) {
      const loop = await comeTo(what);
      await settled(hub.deps);
      const before = await traces(loop);
      await expect(fire(dying(dieAt).deps, loop)).rejects.toThrow(Killed);
      expect({ dieAt, left: await traces(loop) }).toEqual({ dieAt, left: before });
      await fireOnce(loop);
      expect(await fire(hub.deps, loop)).toBe(false);
      const fired = await hub.deps.db.query(
        'SELECT what, count(*)::int AS count FROM firing WHERE loop_id = $1 AND what = $2 GROUP BY what',
        [loop.loopId, what],
      );
      expect({ dieAt, fired }).toEqual({ dieAt, fired: [{ what, count: 1 }] });
    }
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });
});
