import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Organization, Task } from '@medplum/fhirtypes';
import type { LoopDetail } from '../../src/loops/api.ts';
import { call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';

describe.each(databaseKinds())('a referral, on the %s store,', (store) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;

  beforeAll(async () => {
    hub = await startHub(store, { workers: true });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
  });
  afterAll(() => closeHealthy(hub));

  const loop = async (id: string): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`)).body;
  const read = (id: string, by: Partner): Promise<Task & { id: string }> =>
    done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: by.token }));
  const change = async (id: string, by: Partner, to: Partial<Task>): Promise<void> => {
    const task = await read(id, by);
    await done(call('PUT', `${hub.fhir}/Task/${id}`, { token: by.token, body: { ...task, ...to } }));
  };
  const leg = async (id: string): Promise<Task & { id: string }> => {
    const [first] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${id}`));
    if (!first) throw new Error('nobody was asked');
    return first;
  };

  test('that a hospital addresses to one agency is tracked without a part, and told only when its outcome is here', async () => {
    const id = await sendReferral(hub, hospital, { owner: `Organization/${agency.id}` });
    await eventually(async () =>
      expect(await loop(id)).toMatchObject({
        receiver: { name: 'Homes First' },
        nextStep: { step: 'decide', waitingOn: { kind: 'receiver' } },
      }),
    );
    await change(id, agency, { status: 'accepted' });
    await change(id, agency, { status: 'completed' });
    expect(await loop(id)).toMatchObject({
      state: 'open',
      nextStep: { step: 'report-outcome', waitingOn: { kind: 'receiver' } },
    });
    const task = await read(id, agency);
    await done(
      call('POST', `${hub.fhir}/Procedure`, {
        token: agency.token,
        body: {
          resourceType: 'Procedure',
          status: 'completed',
          code: { text: 'Rent help' },
          subject: task.for,
          basedOn: [task.focus],
        },
      }),
    );
    await eventually(async () =>
      expect((await loop(id)).nextStep).toMatchObject({ step: 'confirm-closing', waitingOn: { kind: 'sender' } }),
    );
    await read(id, hospital);
    expect(await loop(id)).toMatchObject({
      state: 'closed',
      outcome: { code: 'services-provided', text: 'Rent help' },
    });
  });

  test('that was sent in error is stopped wherever it went, and closes', async () => {
    const id = await sendReferral(hub, hospital);
    await change(id, hospital, { status: 'entered-in-error' });
    expect(await leg(id)).toMatchObject({ status: 'cancelled', statusReason: { text: 'Sent in error' } });
    await eventually(async () => expect((await loop(id)).nextStep?.waitingOn.kind).toBe('sender'));
    await read(id, hospital);
    expect(await loop(id)).toMatchObject({ state: 'closed', outcome: { code: 'entered-in-error' } });
  });

  test('that is cancelled after work began asks the agency, and ends as the agency answers', async () => {
    const stopped = await sendReferral(hub, hospital);
    const finished = await sendReferral(hub, hospital);
    for (const id of [stopped, finished]) {
      const part = await leg(id);
      await change(part.id, agency, { status: 'in-progress' });
      await change(id, hospital, { status: 'cancelled', statusReason: { text: 'Moved away' } });
      expect(await loop(id)).toMatchObject({ status: 'in-progress', progress: 'cancel-requested' });
      expect(await leg(id)).toMatchObject({
        status: 'in-progress',
        businessStatus: { coding: [{ code: 'cancel-requested' }] },
      });
    }
    await change((await leg(stopped)).id, agency, { status: 'cancelled', statusReason: { text: 'Stopped as asked' } });
    expect(await loop(stopped)).toMatchObject({ status: 'cancelled', outcome: { code: 'withdrawn-by-sender' } });
    await change((await leg(finished)).id, agency, {
      status: 'completed',
      output: [{ type: { text: 'done' }, valueString: 'It was done already' }],
    });
    expect(await loop(finished)).toMatchObject({ status: 'completed', outcome: { code: 'services-provided' } });
  });

  test('that nobody can take waits for a case manager, who asks another agency or says how it ended', async () => {
    const id = await sendReferral(hub, hospital, { category: 'housing-instability' });
    expect((await loop(id)).nextStep).toMatchObject({ step: 'choose-recipient', waitingOn: { kind: 'case-manager' } });
    const offered = await call('POST', `${hub.url}/api/loops/${id}/offers`, {
      headers: { 'content-type': 'application/json' },
      body: { organizationId: agency.id },
    });
    expect(offered.status).toBe(201);
    const again = await call('POST', `${hub.url}/api/loops/${id}/offers`, {
      headers: { 'content-type': 'application/json' },
      body: { organizationId: agency.id },
    });
    expect({ status: again.status, text: texts(again)[0] }).toEqual({
      status: 422,
      text: 'This organization is being asked already.',
    });
    await change((await leg(id)).id, agency, { status: 'rejected', statusReason: { text: 'Full' } });
    expect((await loop(id)).nextStep).toMatchObject({
      step: 'decide-after-decline',
      waitingOn: { kind: 'case-manager' },
    });

    const closing = { outcome: 'no-capacity', text: 'No place in the county before summer' };
    await call('POST', `${hub.url}/api/loops/${id}/close`, {
      headers: { 'content-type': 'application/json' },
      body: closing,
    });
    expect(await loop(id)).toMatchObject({
      state: 'open',
      status: 'failed',
      outcome: { code: 'no-capacity' },
      nextStep: { step: 'confirm-closing' },
    });
    // The hospital cannot be told, and a person says why: then it is closed.
    await eventually(async () => expect((await loop(id)).nextStep?.waitingOn.kind).toBe('sender'));
    await call('POST', `${hub.url}/api/loops/${id}/close`, {
      headers: { 'content-type': 'application/json' },
      body: { outcome: 'no-capacity', text: 'The hospital has closed' },
    });
    const closed = await loop(id);
    expect(closed).toMatchObject({
      state: 'closed',
      nextStep: null,
      outcome: { code: 'no-capacity', text: 'No place in the county before summer' },
    });
    expect(closed.timeline.at(-1)).toMatchObject({
      kind: 'status',
      reason: 'The hospital has closed',
      source: 'console',
    });
  });

  test('is asked of nobody who is gone, and an organization with open referrals does not go', async () => {
    const gone = await addPartner(hub, 'A Pantry', { category: 'childcare' });
    const root = await sendReferral(hub, hospital, { category: 'childcare' });
    const organization = await done<Organization>(call('GET', `${hub.fhir}/Organization/${gone.id}`));
    const leave = () =>
      call('PUT', `${hub.fhir}/Organization/${gone.id}`, { body: { ...organization, active: false } });
    expect([(await leave()).status, texts(await leave())]).toEqual([
      409,
      [expect.stringMatching(/^It has open referrals .* have others asked, or close them/)],
    ]);
    await change((await leg(root)).id, gone, { status: 'rejected', statusReason: { text: 'We close.' } });
    await done(leave());
    const again = await sendReferral(hub, hospital, { category: 'childcare' });
    expect(await loop(again)).toMatchObject({ legs: [], nextStep: { step: 'choose-recipient' } });
    const whom = await call('GET', `${hub.url}/api/loops/${again}/candidates?name=Pantry`);
    expect(whom.body).toEqual({ organizations: [] });
    const offer = await call('POST', `${hub.url}/api/loops/${again}/offers`, {
      body: { organizationId: gone.id },
    });
    expect([offer.status, texts(offer)]).toEqual([
      422,
      [`Organization/${gone.id} is not active any more: ask another.`],
    ]);
    const direct = referralBundle(hospital, { owner: `Organization/${gone.id}` });
    const refused = await call('POST', hub.fhir, { token: hospital.token, body: direct });
    expect([refused.status, texts(refused)[0]]).toEqual([
      422,
      expect.stringMatching(/^The owner is not active any more/),
    ]);
  });
});
