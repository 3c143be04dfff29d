import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from '@medplum/fhirtypes';
import { checkLoops } from '../../../src/loops/projection/check.ts';
import type { Candidates } from '../../../src/referrals/by-hand/candidates.ts';
import { type Answer, call, texts } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../../support/network.ts';
import { legNetwork, outcome, reason } from './leg-network.ts';

describe.each(databaseKinds())('a referral that several are asked for (%s)', (store) => {
  let hub: TestHub;
  let hospital: Partner;
  let meals: Partner;
  let rides: Partner;
  let others: Partner;
  const { loop, post, legOf, read, put, say } = legNetwork(() => hub);
  beforeAll(async () => {
    hub = await startHub(store);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    meals = await addPartner(hub, 'Meals');
    rides = await addPartner(hub, 'Rides');
    others = await addPartner(hub, 'Others');
  });
  afterAll(() => closeHealthy(hub, false));

  const offered = async (mode: 'parallel' | 'open', ...agencies: Partner[]): Promise<string> => {
    const id = await sendReferral(hub, hospital);
    const answer = await post(id, 'offers', { mode, organizationIds: agencies.map((each) => each.id) });
    expect(answer).toMatchObject({ status: 201, body: { taskIds: { length: agencies.length } } });
    return id;
  };
  /** Where each organization's part stands. */
  const parts = async (id: string): Promise<object> =>
    Object.fromEntries((await loop(id)).legs.map(({ organization, status }) => [organization.name, status]));
  const deadlinesOf = async (id: string): Promise<string[]> => {
    const rows = await hub.deps.db.query<{ organization_id: string }>(
      'SELECT organization_id FROM deadline WHERE loop_id = $1',
      [id],
    );
    return rows.map(({ organization_id }) => organization_id).sort();
  };

  test('in parallel goes on with each at its own pace, and has ended when all have', async () => {
    const id = await offered('parallel', meals, rides);
    await say(id, meals, { status: 'accepted' });
    expect((await loop(id)).status).toBe('accepted');
    expect(await parts(id)).toEqual({ Meals: 'accepted', Rides: 'requested' });
    await say(id, rides, { status: 'in-progress' });
    expect((await loop(id)).status).toBe('in-progress');
    // Both are waited for, each with a ladder of its own.
    expect(await deadlinesOf(id)).toEqual([meals.id, rides.id].sort());
    await say(id, meals, { status: 'completed', ...outcome('Ten meals') });
    expect(await loop(id)).toMatchObject({
      status: 'in-progress',
      nextStep: { waitingOn: { party: { name: 'Rides' } } },
    });
    expect(await deadlinesOf(id)).toEqual([rides.id]);
    await say(id, rides, { status: 'completed', ...outcome('Two rides') });
    expect((await loop(id)).status).toBe('completed');
    const root = await read(id, hospital);
    expect(root.output?.map(({ valueString }) => valueString)).toEqual(['Ten meals', 'Two rides']);
  });

  test('in parallel waits for a case manager when one of them declines and the other has ended', async () => {
    const id = await offered('parallel', meals, rides);
    await say(id, meals, { status: 'rejected', ...reason('Full') });
    expect(await loop(id)).toMatchObject({ status: 'requested', progress: 're-routing' });
    await say(id, rides, { status: 'accepted' });
    await say(id, rides, { status: 'failed', ...reason('No driver') });
    expect(await loop(id)).toMatchObject({ status: 'accepted', progress: 're-routing', state: 'open' });
    expect((await loop(id)).nextStep?.waitingOn.kind).toBe('case-manager');
    // The sender sees that somebody else is looked for, and no decline.
    expect(await read(id, hospital)).toMatchObject({
      status: 'accepted',
      businessStatus: { coding: [{ code: 're-routing' }] },
    });
  });

  test('that all on it have put on hold is on hold, and says why until it goes on', async () => {
    const id = await offered('parallel', meals, rides);
    for (const agency of [meals, rides]) {
      await say(id, agency, { status: 'in-progress' });
      await say(id, agency, { status: 'on-hold', ...reason('The client is in hospital') });
    }
    expect(await read(id, hospital)).toMatchObject({
      status: 'on-hold',
      statusReason: { text: 'The client is in hospital' },
    });
    await say(id, rides, { status: 'in-progress' });
    const root = await read(id, hospital);
    expect([root.status, root.statusReason]).toEqual(['in-progress', undefined]);
  });

  test('at once belongs to the first that accepts; the others are told in the same moment', async () => {
    const id = await offered('open', meals, rides, others);
    await say(id, rides, { status: 'rejected', ...reason('Full') });
    expect(await parts(id)).toEqual({ Meals: 'requested', Rides: 'rejected', Others: 'requested' });
    const late = await legOf(id, others);
    await say(id, meals, { status: 'accepted' });
    const after = await loop(id);
    expect(after).toMatchObject({ status: 'accepted', receiver: { name: 'Meals' } });
    expect(await parts(id)).toEqual({ Meals: 'accepted', Rides: 'rejected', Others: 'cancelled' });
    expect(after.legs.find(({ organization }) => organization.id === others.id)).toMatchObject({
      reason: 'Another organization has accepted it.',
      takenBack: false,
    });
    const told = after.timeline.filter((entry) => entry.kind === 'delivery' && entry.message === 'cancel');
    expect(told).toMatchObject([{ recipient: { name: 'Others' } }]);
    const answer = await put({ ...late, status: 'accepted' }, others);
    expect({ status: answer.status, text: texts(answer)[0] }).toEqual({
      status: 409,
      text: 'Another organization has accepted this referral before you: it is not asked of you any more. There is nothing left to do.',
    });
    expect((await read(late.id, others)).status).toBe('cancelled');
  });

  test('at once, which the first begins or completes without a word, is its own as well', async () => {
    for (const change of [{ status: 'in-progress' as const }, { status: 'completed' as const, ...outcome('Done') }]) {
      const id = await offered('open', meals, rides);
      await say(id, meals, change);
      expect(await parts(id)).toEqual({ Meals: change.status, Rides: 'cancelled' });
    }
  });

  test('at once asks nobody else while one of them may still accept, and waits for a case manager when none may', async () => {
    const id = await offered('open', meals, rides);
    await say(id, meals, { status: 'rejected', ...reason('Full') });
    expect((await loop(id)).nextStep?.waitingOn).toMatchObject({ party: { name: 'Rides' } });
    await say(id, rides, { status: 'rejected', ...reason('Full, too') });
    expect((await loop(id)).nextStep).toMatchObject({
      step: 'decide-after-decline',
      waitingOn: { kind: 'case-manager' },
    });
  });

  test('refuses to ask anybody twice, nobody, or the hub itself', async () => {
    const id = await offered('parallel', meals);
    const ask = async (organizationIds: string[]): Promise<[number, string | undefined]> => {
      const answer = await post(id, 'offers', { mode: 'open', organizationIds });
      return [answer.status, texts(answer)[0]];
    };
    expect(await ask([rides.id, meals.id])).toEqual([422, 'This organization is being asked already.']);
    expect((await ask([rides.id, rides.id]))[0]).toBe(400);
    expect(await ask(['nobody'])).toEqual([422, 'There is no Organization/nobody here.']);
    expect(await ask(['careloop'])).toEqual([422, 'This is the hub itself: take the referral on instead.']);
    expect((await loop(id)).legs).toHaveLength(1);
  });

  test('is asked of those whose service matches, in the order of the hub, or of those that are found by name', async () => {
    const [beta, alpha] = [
      await addPartner(hub, 'Beta Pantry', { category: 'food-insecurity' }),
      await addPartner(hub, 'Alpha Pantry', { category: 'food-insecurity' }),
    ];
    const id = await sendReferral(hub, hospital);
    await say(id, alpha, { status: 'rejected', ...reason('Full') });
    await post(id, 'offers', { organizationId: rides.id });
    type Body = Candidates & OperationOutcome;
    const ask = (query = ''): Promise<Answer<Body>> =>
      call<Body>('GET', `${hub.url}/api/loops/${id}/candidates${query}`);
    const whom = async (query?: string): Promise<unknown> =>
      (await ask(query)).body.organizations.map(({ name, service, asked }) => [name, service !== null, asked]);
    expect(await whom()).toEqual([
      ['Alpha Pantry', true, 'before'],
      ['Beta Pantry', true, 'now'],
    ]);
    expect(await whom('?name=rid')).toEqual([['Rides', false, 'now']]);
    expect(await whom('?name=nowhere')).toEqual([]);
    const short = await ask('?name=r');
    expect([short.status, texts(short)]).toEqual([400, ['Give two letters of the name, or more.']]);
    const noLoop = await call<OperationOutcome>('GET', `${hub.url}/api/loops/${(await legOf(id, beta)).id}/candidates`);
    expect([noLoop.status, texts(noLoop)]).toEqual([404, ['There is no such loop.']]);
    for (const token of [hospital.token, meals.token])
      expect((await call('GET', `${hub.url}/api/loops/${id}/candidates`, { token })).status).toBe(403);
  });

  test('is in the row as in its records', async () => {
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });
});
