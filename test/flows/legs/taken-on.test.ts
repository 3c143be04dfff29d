import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { texts } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../../support/network.ts';
import { legNetwork, outcome, reason } from './leg-network.ts';

const HUB = { id: 'careloop', name: 'The hub' };

describe.each(databaseKinds())('a referral that a case manager takes on (%s)', (store) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  const { loop, post, legOf, read, put, say } = legNetwork(() => hub);
  beforeAll(async () => {
    hub = await startHub(store, { workers: true });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
  });
  afterAll(() => closeHealthy(hub));

  test('is asked of nobody else, worked by the hub, and told to its sender until it closes', async () => {
    const id = await sendReferral(hub, hospital);
    const taken = await post(id, 'take-on');
    expect(taken.status).toBe(201);
    expect(await loop(id)).toMatchObject({
      status: 'accepted',
      nextStep: { step: 'first-contact', waitingOn: { kind: 'case-manager', party: null } },
      legs: [
        { organization: { name: 'Homes First' }, status: 'cancelled', reason: 'The case manager has taken it on.' },
        { id: taken.body.taskId, status: 'accepted' },
      ],
    });
    // Again is the same, and nothing new.
    expect((await post(id, 'take-on')).body).toEqual(taken.body);

    const begun = await put({ ...(await legOf(id, HUB)), status: 'in-progress' });
    expect(begun.status).toBe(200);
    expect(await read(id, hospital)).toMatchObject({ status: 'in-progress' });
    expect((await loop(id)).nextStep).toMatchObject({ step: 'progress', waitingOn: { kind: 'case-manager' } });
    const silent = await put({ ...(await legOf(id, HUB)), status: 'completed' });
    expect([silent.status, texts(silent)[0]]).toEqual([422, 'A completed referral says what was done: add an output.']);
    await put({ ...(await legOf(id, HUB)), status: 'completed', ...outcome('We brought two boxes ourselves') });
    await eventually(async () => expect((await loop(id)).nextStep?.waitingOn.kind).toBe('sender'));
    expect(await read(id, hospital)).toMatchObject({
      status: 'completed',
      output: [{ valueString: 'We brought two boxes ourselves' }],
    });
    expect(await loop(id)).toMatchObject({ state: 'closed', outcome: { code: 'services-provided' } });
  });

  test('while an agency has its part goes on with both', async () => {
    const id = await sendReferral(hub, hospital);
    await say(id, agency, { status: 'accepted' });
    await post(id, 'take-on');
    expect((await loop(id)).legs.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
    await put({ ...(await legOf(id, HUB)), status: 'completed', ...outcome('Our part') });
    expect((await loop(id)).status).toBe('in-progress');
    await say(id, agency, { status: 'completed', ...outcome('Theirs') });
    expect((await loop(id)).status).toBe('completed');
  });

  test('after a decline is no decline for its sender', async () => {
    const id = await sendReferral(hub, hospital);
    await say(id, agency, { status: 'rejected', ...reason('Full') });
    await post(id, 'take-on');
    expect(await read(id, hospital)).toMatchObject({ status: 'accepted' });
  });

  test('must be one that goes on and that the hub places', async () => {
    const direct = await sendReferral(hub, hospital, { owner: `Organization/${agency.id}` });
    const answer = await post(direct, 'take-on');
    expect([answer.status, texts(answer)[0]]).toEqual([
      422,
      'Its sender addressed this referral to one organization. Close it, and send a new one to the hub.',
    ]);
    expect((await post('nothing', 'take-on')).status).toBe(404);
    const ended = await sendReferral(hub, hospital);
    await post(ended, 'close', { outcome: 'no-capacity', text: 'Nobody can' });
    expect((await post(ended, 'take-on')).status).toBe(422);
  });
});
