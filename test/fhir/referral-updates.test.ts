import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Task } from '@medplum/fhirtypes';
import type { LoopDetail } from '../../src/loops/api.ts';
import { call, done, found } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';

type StoredTask = Task & { id: string };

describe.each(databaseKinds())('a referral (%s)', (kind) => {
  const clock = createClock('2026-03-02T09:00:00Z');
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
  });
  afterAll(() => hub?.close());

  const read = (id: string, by: Partner = agency): Promise<StoredTask> =>
    done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: by.token }));
  const put = (by: Partner, task: object): Promise<StoredTask> =>
    done<Task>(call('PUT', `${hub.fhir}/Task/${(task as StoredTask).id}`, { token: by.token, body: task }));
  const loopOf = async (id: string): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`)).body;
  const legOf = async (id: string): Promise<StoredTask> =>
    found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${id}`))[0] as StoredTask;
  const steps = async (id: string, of: 'root' | 'leg'): Promise<unknown[]> =>
    (await loopOf(id)).timeline.flatMap((entry) =>
      entry.kind === 'status' && entry.of === of ? [[entry.from, entry.to]] : [],
    );

  test('that is a draft opens no loop, however often it changes, until it is requested', async () => {
    const bundle = referralBundle(hospital);
    Object.assign(bundle.entry?.[2]?.resource ?? {}, { status: 'draft' });
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const id = answer.entry?.[2]?.response?.location?.split('/')[1] ?? '';
    const draft = await put(hospital, { ...(await read(id, hospital)), description: 'Not yet' });
    expect((await call('GET', `${hub.url}/api/loops/${id}`)).status).toBe(404);
    await put(hospital, { ...draft, status: 'requested' });
    expect(await loopOf(id)).toMatchObject({ state: 'open', status: 'requested', nextStep: { step: 'deliver' } });
  });

  test('that is a draft takes no outcome: what is done for its request is kept beside it', async () => {
    const bundle = referralBundle(hospital);
    Object.assign(bundle.entry?.[2]?.resource ?? {}, { status: 'draft' });
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const id = answer.entry?.[2]?.response?.location?.split('/')[1] ?? '';
    const { focus, for: subject } = await read(id, hospital);
    const procedure = { resourceType: 'Procedure', status: 'completed', subject, basedOn: [focus] };
    await done(call('POST', `${hub.fhir}/Procedure`, { body: procedure }));
    expect((await read(id, hospital)).output).toBeUndefined();
    expect((await call('GET', `${hub.url}/api/loops/${id}`)).status).toBe(404);
  });

  test('that is given up as a draft leaves no loop, and nobody is told', async () => {
    const bundle = referralBundle(hospital);
    Object.assign(bundle.entry?.[2]?.resource ?? {}, { status: 'draft' });
    const before = await hub.deps.db.query('SELECT id FROM delivery');
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const id = answer.entry?.[2]?.response?.location?.split('/')[1] ?? '';
    await put(hospital, { ...(await read(id, hospital)), status: 'entered-in-error' });
    expect((await call('GET', `${hub.url}/api/loops/${id}`)).status).toBe(404);
    expect(await hub.deps.db.query('SELECT id FROM delivery')).toEqual(before);
  });

  test('whose status is sent twice is answered as well the second time, and recorded once', async () => {
    const id = await sendReferral(hub, hospital);
    const leg = await legOf(id);
    await put(agency, { ...leg, status: 'accepted' });
    const again = await call<Task>('PUT', `${hub.fhir}/Task/${leg.id}`, {
      token: agency.token,
      body: { ...leg, status: 'accepted' },
    });
    expect([again.status, again.body.status]).toEqual([200, 'accepted']);
    expect(await steps(id, 'leg')).toEqual([
      [null, 'requested'],
      ['requested', 'accepted'],
    ]);
    expect(await steps(id, 'root')).toEqual([
      [null, 'requested'],
      ['requested', 'accepted'],
    ]);
  });

  test('that is completed without a word of what was done is not completed for its sender', async () => {
    const id = await sendReferral(hub, hospital);
    const bare = await put(agency, { ...(await legOf(id)), status: 'completed' });
    expect(await loopOf(id)).toMatchObject({
      status: 'in-progress',
      nextStep: { step: 'report-outcome', waitingOn: { kind: 'receiver' } },
    });
    await put(agency, { ...bare, output: [{ type: { text: 'Done' }, valueString: 'Two boxes' }] });
    expect(await loopOf(id)).toMatchObject({ status: 'completed', nextStep: { step: 'confirm-closing' } });
  });

  test('keeps what each side wrote, when the other knows only an older version', async () => {
    const id = await sendReferral(hub, hospital, { owner: `Organization/${agency.id}` });
    const asRead = await read(id);
    await put(agency, {
      ...asRead,
      status: 'accepted',
      businessStatus: { text: 'appointment-booked' },
      note: [{ text: 'By the agency' }],
    });
    const merged = await put(hospital, {
      ...asRead,
      status: 'accepted',
      priority: 'urgent',
      note: [{ text: 'By the hospital' }],
    });
    expect(merged).toMatchObject({
      status: 'accepted',
      priority: 'urgent',
      businessStatus: { text: 'appointment-booked' },
      note: [{ text: 'By the agency' }, { text: 'By the hospital' }],
    });
  });

  test('gives each step the time of its own, not of the version that was sent back', async () => {
    const id = await sendReferral(hub, hospital);
    const leg = await legOf(id);
    clock.advance(3_600_000);
    await put(agency, { ...leg, status: 'accepted' });
    await put(agency, { ...leg, status: 'in-progress', lastModified: '2026-03-02T09:30:00Z' });
    const times = (await loopOf(id)).timeline.flatMap((entry) =>
      entry.kind === 'status' && entry.of === 'leg' ? [entry.at] : [],
    );
    expect(times).toEqual([expect.any(String), clock.now().toISOString(), '2026-03-02T09:30:00.000Z']);
  });

  test('on hold for one reason does not fail for the same: a new end needs a reason of its own', async () => {
    const id = await sendReferral(hub, hospital);
    const accepted = await put(agency, { ...(await legOf(id)), status: 'accepted' });
    const { statusReason: _reason, ...waiting } = await put(agency, {
      ...accepted,
      status: 'on-hold',
      statusReason: { text: 'Waiting for a van' },
    });
    const answer = await call('PUT', `${hub.fhir}/Task/${waiting.id}`, {
      token: agency.token,
      body: { ...waiting, status: 'failed' },
    });
    expect(answer.status).toBe(422);
    expect((await put(agency, { ...waiting, status: 'in-progress' })).statusReason).toBeUndefined();
  });
});
