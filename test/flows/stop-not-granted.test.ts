import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle } from '@medplum/fhirtypes';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';
import { legNetwork } from './legs/leg-network.ts';
import { ABORT, stopNetwork } from './legs/stop-network.ts';

describe.each(databaseKinds())('a request to stop a referral (%s)', (store) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let second: Partner;
  const { loop, legOf, read, put, say } = legNetwork(() => hub);
  const { begun, cancel, ask, theStop } = stopNetwork(() => ({ hub, hospital, agency }));
  beforeAll(async () => {
    hub = await startHub(store);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
    second = await addPartner(hub, 'Rides');
  });
  afterAll(() => closeHealthy(hub, false));

  test('is nobody else’s to stop, nor what has ended, nor a part of it, nor without a reason', async () => {
    const id = await begun();
    const refused = async (answered: Answer<unknown>): Promise<[number, string | undefined]> => [
      answered.status,
      texts(answered)[0],
    ];
    expect((await ask(id, agency)).status).toBeGreaterThanOrEqual(400);
    expect(await refused(await ask(id, hospital, { reasonCode: undefined }))).toEqual([
      422,
      'A request needs reasonCode.text: say why, for those who have begun.',
    ]);
    expect((await ask(id, hospital, { status: 'accepted' })).status).toBe(422);
    const leg = await legOf(id, agency);
    expect((await ask(leg.id, hospital)).status).toBeGreaterThanOrEqual(400);
    const ended = await sendReferral(hub, hospital);
    await cancel(ended);
    expect(await refused(await ask(ended, hospital))).toEqual([422, 'The referral has ended: it is cancelled.']);
    await cancel(id);
    const stop = await theStop(id, hospital);
    expect((await put({ ...stop, status: 'completed' }, hospital)).status).toBe(422);
    expect((await put({ ...stop, status: 'completed' }, second)).status).toBeGreaterThanOrEqual(400);
    expect((await call('DELETE', `${hub.fhir}/Task/${stop.id}`)).status).toBe(422);
    expect((await loop(id)).progress).toBe('cancel-requested');
  });

  test('is not granted by its sender itself, by whatever Task it makes', async () => {
    // One that was something else first.
    const id = await begun();
    const other = await ask(id, hospital, {
      code: { text: 'A note' },
      owner: { reference: `Organization/${hospital.id}` },
    });
    const turned = await put({ ...(await read(other.body.id, hospital)), code: ABORT }, hospital);
    expect([turned.status, texts(turned)[0]]).toEqual([
      422,
      'This Task was not made as such a request, and does not become one. Send a new one.',
    ]);
    // One that was made while the referral was a draft.
    const bundle = referralBundle(hospital);
    Object.assign(bundle.entry?.[2]?.resource ?? {}, { status: 'draft' });
    const sent = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const draft = sent.entry?.[2]?.response?.location?.split('/')[1] ?? '';
    const early = await ask(draft, hospital, { owner: { reference: `Organization/${hospital.id}` } });
    await done(put({ ...(await read(draft, hospital)), status: 'requested' }, hospital));
    await say(draft, agency, { status: 'in-progress' });
    const granted = await put({ ...(await read(early.body.id, hospital)), status: 'completed' }, hospital);
    expect(granted.status).toBe(422);
    expect((await loop(draft)).status).toBe('in-progress');
  });

  test('leaves rows as in their records, when it is refused', async () => {
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });
});
