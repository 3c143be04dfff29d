import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkLoops } from '../../../src/loops/projection/check.ts';
import { texts } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../../support/network.ts';
import { legNetwork } from './leg-network.ts';

const AGENCIES = 100;

// The embedded database makes one change at a time anyway.
const kinds = databaseKinds().filter((kind) => kind === 'server');
const withServer = kinds.length > 0 ? describe : describe.skip;

withServer('a referral offered to a hundred agencies at once', () => {
  let hub: TestHub;
  let agencies: Partner[];
  let hospital: Partner;
  const { loop, post, legsOf, put } = legNetwork(() => hub);
  beforeAll(async () => {
    hub = await startHub('server');
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agencies = [];
    for (let at = 1; at <= AGENCIES; at += 1) agencies.push(await addPartner(hub, `Agency ${at}`));
  }, 120_000);
  afterAll(() => closeHealthy(hub, false));

  test('has exactly one that may do it when all accept at the same moment; the others are told that they may not', async () => {
    const id = await sendReferral(hub, hospital);
    await post(id, 'offers', { mode: 'open', organizationIds: agencies.map((each) => each.id) });
    const legs = await legsOf(id);
    expect(legs).toHaveLength(AGENCIES);
    const answers = await Promise.all(
      legs.map((leg) => {
        const by = agencies.find((each) => leg.owner?.reference === `Organization/${each.id}`);
        return put({ ...leg, status: 'accepted' }, by);
      }),
    );
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(AGENCIES - 1);
    expect(new Set(refused.map((answer) => `${answer.status} ${texts(answer)[0]}`))).toEqual(
      new Set([
        '409 Another organization has accepted this referral before you: it is not asked of you any more. There is nothing left to do.',
      ]),
    );
    const after = await loop(id);
    expect(after.legs.filter(({ status }) => status === 'accepted')).toHaveLength(1);
    expect(after.legs.filter(({ status }) => status === 'cancelled')).toHaveLength(AGENCIES - 1);
    // All that follows from it stands in the transaction of the one that was first.
    const moments = await hub.deps.db.query<{ recorded_at: Date }>(
      `SELECT DISTINCT recorded_at FROM transition WHERE loop_id = $1 AND to_status IN ('accepted', 'cancelled')`,
      [id],
    );
    expect(moments).toHaveLength(1);
    const told = after.timeline.filter((entry) => entry.kind === 'delivery' && entry.message === 'cancel');
    expect(told).toHaveLength(AGENCIES - 1);
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  }, 120_000);
});
