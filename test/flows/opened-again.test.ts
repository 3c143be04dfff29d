import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, ServiceRequest } from '@medplum/fhirtypes';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';
import { legNetwork, outcome, reason } from './legs/leg-network.ts';

describe.each(databaseKinds())('a referral that is asked again after its end (%s)', (store) => {
  let hub: TestHub;
  let hospital: Partner;
  let other: Partner;
  let agency: Partner;
  const { loop, post, legOf, read, put, say } = legNetwork(() => hub);
  beforeAll(async () => {
    hub = await startHub(store);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    other = await addPartner(hub, 'Other Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
  });
  afterAll(() => closeHealthy(hub, false));

  const ended = async (): Promise<string> => {
    const id = await sendReferral(hub, hospital);
    await say(id, agency, { status: 'completed', ...outcome('Two boxes') });
    return id;
  };
  const requestOf = async (id: string): Promise<ServiceRequest & { id: string }> =>
    done<ServiceRequest>(call('GET', `${hub.fhir}/${(await read(id)).focus?.reference}`));
  const sendAgain = async (old: string, by: Partner): Promise<{ status: number; id: string; text: string }> => {
    const bundle = referralBundle(by);
    const request = bundle.entry?.[1]?.resource as ServiceRequest;
    request.replaces = [{ reference: (await read(old)).focus?.reference ?? '' }];
    const answer = await call<Bundle>('POST', hub.fhir, { token: by.token, body: bundle });
    const id = answer.body.entry?.[2]?.response?.location?.split('/')[1] ?? '';
    return { status: answer.status, id, text: answer.status < 300 ? '' : (texts(answer)[0] ?? '') };
  };

  test('by a case manager is a new loop that names the old one, and the old one names it', async () => {
    const old = await ended();
    const before = await loop(old);
    const opened = await post<{ id: string }>(old, 'reopen', { text: 'The boxes were stolen' });
    expect(opened.status).toBe(201);
    const { id } = opened.body;
    const again = await loop(id);
    expect(again).toMatchObject({
      state: 'open',
      status: 'requested',
      sender: { name: 'St. Anna Hospital' },
      client: before.client,
      service: before.service,
      replaces: old,
      replacedBy: [],
      legs: [{ organization: { name: 'Homes First' }, status: 'requested' }],
    });
    expect(again.timeline[0]).toMatchObject({
      to: 'requested',
      reason: `Opens loop ${old} again: The boxes were stolen`,
    });
    const after = await loop(old);
    expect(after).toMatchObject({ status: 'completed', outcome: before.outcome, replaces: null, replacedBy: [id] });
    expect(after.timeline.at(-1)).toMatchObject({
      from: 'completed',
      to: 'completed',
      reason: `Opened again: loop ${id}.`,
    });
    expect((await requestOf(id)).replaces).toEqual([{ reference: `ServiceRequest/${(await requestOf(old)).id}` }]);
    // The sender may read and withdraw it like one that it sent itself; who is asked sees nothing of what was before.
    const root = await read(id, hospital);
    const order = await done<ServiceRequest>(
      call('GET', `${hub.fhir}/${(await legOf(id, agency)).focus?.reference}`, { token: agency.token }),
    );
    expect(order.replaces).toBeUndefined();
    await done(put({ ...root, status: 'cancelled', ...reason('Not needed') }, hospital));
    expect((await loop(id)).status).toBe('cancelled');
  });

  test('tells its sender, and is worked and ended like any other', async () => {
    const { id } = (await post<{ id: string }>(await ended(), 'reopen', { text: 'More is needed' })).body;
    const told = (await loop(id)).timeline.filter((entry) => entry.kind === 'delivery');
    expect(told.map((entry) => entry.kind === 'delivery' && [entry.message, entry.recipient.name])).toEqual(
      expect.arrayContaining([
        ['status', 'St. Anna Hospital'],
        ['offer', 'Homes First'],
      ]),
    );
    await say(id, agency, { status: 'completed', ...outcome('Two more') });
    expect((await loop(id)).status).toBe('completed');
  });

  test('by its sender, whose new request replaces the old, is linked in the same way', async () => {
    const old = await ended();
    const { status, id } = await sendAgain(old, hospital);
    expect(status).toBe(200);
    expect(await loop(id)).toMatchObject({ replaces: old });
    expect((await loop(id)).timeline[0]).toMatchObject({ reason: `It replaces loop ${old}.` });
    expect(await loop(old)).toMatchObject({ replacedBy: [id] });
    const seen = await call('GET', `${hub.url}/api/loops/${old}`, { token: hospital.token });
    expect(seen.body).toMatchObject({ replacedBy: [id] });
  });

  test('must have ended, and is opened again once at a time', async () => {
    const old = await sendReferral(hub, hospital);
    const goesOn = await post(old, 'reopen', { text: 'Again' });
    expect([goesOn.status, texts(goesOn)[0]]).toEqual([422, 'This referral goes on: there is nothing to open again.']);
    expect(await sendAgain(old, hospital)).toMatchObject({
      status: 422,
      text: `The referral that this one replaces goes on (Task/${old} is requested). Cancel it first, or send this one without replaces.`,
    });
    const over = await ended();
    const { id } = (await post<{ id: string }>(over, 'reopen', { text: 'Again' })).body;
    const twice = await post(over, 'reopen', { text: 'And again' });
    expect([twice.status, texts(twice)[0]]).toEqual([422, `It was opened again already: loop ${id} goes on.`]);
    expect((await post(over, 'reopen', { text: ' ' })).status).toBe(400);
    expect((await post('nothing', 'reopen', { text: 'Again' })).status).toBe(404);
  });

  test('names what it replaces by the hub’s word only', async () => {
    const old = await ended();
    const link = {
      url: 'https://careloop.dev/fhir/StructureDefinition/replaces',
      valueReference: { reference: `Task/${old}` },
    };
    const bundle = referralBundle(hospital);
    Object.assign(bundle.entry?.[2]?.resource ?? {}, { extension: [link] });
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const id = answer.entry?.[2]?.response?.location?.split('/')[1] ?? '';
    expect((await loop(id)).replaces).toBeNull();
    await done(put({ ...(await read(id, hospital)), extension: [link] }, hospital));
    expect((await loop(id)).replaces).toBeNull();
    const again = await sendAgain(old, hospital);
    const { extension: _link, ...without } = await read(again.id, hospital);
    await done(put({ ...without, description: 'Told otherwise' }, hospital));
    expect((await loop(again.id)).replaces).toBe(old);
  });

  test('of somebody else is no link: nobody takes the place of what it did not send', async () => {
    const old = await ended();
    const { id, status } = await sendAgain(old, other);
    if (status < 300) expect((await loop(id)).replaces).toBeNull();
    else expect(status).toBeGreaterThanOrEqual(400);
    expect((await loop(old)).replacedBy).toEqual([]);
    const asked = await call('POST', `${hub.url}/api/loops/${old}/reopen`, {
      token: hospital.token,
      headers: { 'content-type': 'application/json' },
      body: { text: 'By its sender' },
    });
    expect(asked.status).toBe(403);
  });

  test('is in the row as in its records', async () => {
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });
});
