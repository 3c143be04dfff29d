import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  Bundle,
  CodeableConcept,
  Communication,
  Condition,
  Patient,
  Resource,
  ServiceRequest,
  Task,
} from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle } from '../support/network.ts';
import { legNetwork } from './legs/leg-network.ts';

const SDOHCC_CODES = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
const categoryOf = (code: string): CodeableConcept[] => [{ coding: [{ system: SDOHCC_CODES, code }] }];

describe.each(databaseKinds())('what a sender changes on its request, on the %s store,', (store) => {
  let hub: TestHub;
  let hospital: Partner;
  let food: Partner;
  let homes: Partner;

  beforeAll(async () => {
    hub = await startHub(store, { workers: true });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    food = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
    homes = await addPartner(hub, 'Homes First', { category: 'housing-instability' });
  });
  afterAll(() => closeHealthy(hub));

  const { loop, legOf, read, say } = legNetwork(() => hub);
  const at = <T extends Resource>(by: Partner, path: string): Promise<T & { id: string }> =>
    done<T>(call('GET', `${hub.fhir}/${path}`, { token: by.token }));
  const put = (by: Partner, body: { resourceType: string; id: string }) =>
    call('PUT', `${hub.fhir}/${body.resourceType}/${body.id}`, { token: by.token, body });
  const post = <T extends Resource>(by: Partner, body: { resourceType: string }): Promise<T & { id: string }> =>
    done<T>(call('POST', `${hub.fhir}/${body.resourceType}`, { token: by.token, body }));
  const send = async (change: (request: ServiceRequest, task: Task) => void, category = 'food-insecurity') => {
    const body = referralBundle(hospital, { category });
    const [request, task] = (body.entry ?? []).slice(1).map(({ resource }) => resource) as [ServiceRequest, Task];
    change(request, task);
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body }));
    const [patient = '', asked = '', root = ''] = (answer.entry ?? []).map(
      ({ response }) => response?.location?.split('/_history')[0] ?? '',
    );
    return { patient, asked, root: root.split('/')[1] ?? '' };
  };
  const change = async (asked: string, to: Partial<ServiceRequest>): Promise<void> => {
    const request = await at<ServiceRequest>(hospital, asked);
    await done(put(hospital, { ...request, ...to } as ServiceRequest & { id: string }));
  };
  const told = async (by: Partner, leg: string): Promise<string[]> =>
    found<Communication>(await call('GET', `${hub.fhir}/Communication?about=Task/${leg}`, { token: by.token })).map(
      ({ payload }) => payload?.[0]?.contentString ?? '',
    );

  test('is what its loop says from then on, and who can do that is asked', async () => {
    const { asked, root } = await send(() => undefined, 'sdoh-category-unspecified');
    expect(await loop(root)).toMatchObject({ nextStep: { step: 'choose-recipient' }, legs: [] });
    await change(asked, { category: categoryOf('housing-instability'), code: { text: 'A deposit' } });
    await eventually(async () =>
      expect(await loop(root)).toMatchObject({
        service: 'A deposit',
        nextStep: { step: 'decide', waitingOn: { kind: 'receiver', party: { name: 'Homes First' } } },
      }),
    );
    const said = (await loop(root)).timeline.flatMap((entry) => (entry.kind === 'status' ? (entry.reason ?? []) : []));
    expect(said).toEqual(['The request was changed: category, code.']);
  });

  test('is asked of who is asked, who is told what, reads what it needs for that, and no more what it does not', async () => {
    const { patient, asked, root } = await send(() => undefined);
    const leg = await legOf(root, food);
    await say(root, food, { status: 'accepted' });
    const subject = { reference: patient };
    const reasons = [];
    for (const text of ['Hunger', 'Diabetes'])
      reasons.push(
        await post<Condition>(hospital, { resourceType: 'Condition', subject, code: { text } } as Condition),
      );
    const [hunger, diabetes] = reasons.map(({ id }) => `Condition/${id}`);
    await change(asked, { reasonReference: [{ reference: hunger ?? '' }] });
    const order = leg.focus?.reference ?? '';
    expect((await at<ServiceRequest>(food, order)).reasonReference).toEqual([{ reference: hunger }]);
    expect(await at<Condition>(food, hunger ?? '')).toMatchObject({ code: { text: 'Hunger' } });
    await change(asked, { reasonReference: [{ reference: diabetes ?? '' }], priority: 'urgent' });
    expect(await at<ServiceRequest>(food, order)).toMatchObject({
      ...{ reasonReference: [{ reference: diabetes }], priority: 'urgent', intent: 'filler-order', status: 'active' },
      ...{ basedOn: [{ reference: asked }], performer: [{ reference: `Organization/${food.id}` }] },
    });
    expect((await call('GET', `${hub.fhir}/${hunger}`, { token: food.token })).status).toBe(404);
    expect((await at<Condition>(food, diabetes ?? '')).code).toEqual({ text: 'Diabetes' });
    // Said once for each change, and to nobody else; what changes nothing is told to nobody.
    await change(asked, {});
    const sentence = (what: string): string => `What is asked was changed by who asks: ${what}. Read it again.`;
    expect((await told(food, leg.id)).sort()).toEqual([
      sentence('priority, reasonReference'),
      sentence('reasonReference'),
    ]);
    expect(await told(homes, leg.id)).toEqual([]);
    expect((await loop(root)).nextStep).toMatchObject({ step: 'first-contact' });
  });

  test('of its Task reaches who is asked, too: how urgent, until when, and its notes', async () => {
    const { root } = await send(() => undefined);
    const leg = await legOf(root, food);
    await say(root, food, { status: 'accepted', note: [{ text: 'We are on it.' }] });
    const restriction = { period: { end: '2126-03-05' } };
    const task = await read(root, hospital);
    await done(
      put(hospital, { ...task, priority: 'urgent', restriction, note: [{ text: 'Ring twice.' }] } as typeof task),
    );
    expect(await read(leg.id, food)).toMatchObject({
      ...{ status: 'accepted', priority: 'urgent', restriction },
      note: [{ text: 'We are on it.' }, { text: 'Ring twice.' }],
    });
    const said = 'What is asked was changed by who asks: note, priority, restriction. Read it again.';
    expect(await told(food, leg.id)).toEqual([said]);
    // Who sends back what it read changes nothing.
    await done(put(hospital, await read(root, hospital)));
    expect(await told(food, leg.id)).toEqual([said]);
  });

  test('that it is revoked, ends what nobody has begun, and asks who has begun to stop', async () => {
    const early = await send(() => undefined);
    const first = await legOf(early.root, food);
    await change(early.asked, { status: 'revoked' });
    expect(await read(early.root, hospital)).toMatchObject({ status: 'cancelled' });
    await eventually(async () =>
      expect(await loop(early.root)).toMatchObject({
        ...{ status: 'cancelled', state: 'closed', outcome: { code: 'withdrawn-by-sender' } },
        legs: [{ status: 'cancelled', reason: 'The request was revoked.' }],
      }),
    );
    expect(await read(first.id, food)).toMatchObject({ status: 'cancelled' });
    const begun = await send(() => undefined);
    await say(begun.root, food, { status: 'in-progress' });
    await change(begun.asked, { status: 'revoked' });
    expect(await loop(begun.root)).toMatchObject({ status: 'in-progress', nextStep: { step: 'answer-cancel' } });
    await say(begun.root, food, { status: 'cancelled', statusReason: { text: 'We have stopped.' } });
    expect(await read(begun.root, hospital)).toMatchObject({ status: 'cancelled' });
    await eventually(async () =>
      expect(await loop(begun.root)).toMatchObject({ status: 'cancelled', state: 'closed' }),
    );
    // Once more is nothing new, and neither is it after the end.
    await change(begun.asked, { status: 'revoked' });
    await change(begun.asked, { note: [{ text: 'Thank you.' }] });
    expect(await loop(begun.root)).toMatchObject({ status: 'cancelled', state: 'closed' });
  });

  test('that it was an error, is so of its referral, and of what an agency is asked directly', async () => {
    const { asked, root } = await send((_, task) => {
      task.owner = { reference: `Organization/${food.id}` };
    });
    await change(asked, { code: { text: 'Milk' } });
    expect(await told(food, root)).toEqual(['What is asked was changed by who asks: code. Read it again.']);
    await change(asked, { status: 'entered-in-error' });
    expect(await read(root, hospital)).toMatchObject({ status: 'entered-in-error' });
    await eventually(async () =>
      expect(await loop(root)).toMatchObject({ status: 'entered-in-error', state: 'closed', service: 'Milk' }),
    );
  });

  test('is one thing, and the status of the request that the hub makes of it another: that says where who is asked stands', async () => {
    const { root } = await send(() => undefined);
    const leg = await legOf(root, food);
    const status = async (): Promise<string | undefined> =>
      (await at<ServiceRequest>(food, leg.focus?.reference ?? '')).status;
    const stood = [await status()];
    for (const said of ['accepted', 'on-hold', 'in-progress'] as const) {
      await say(root, food, { status: said, ...(said === 'on-hold' ? { statusReason: { text: 'Snow' } } : {}) });
      stood.push(await status());
    }
    await say(root, food, { status: 'completed', output: [{ type: { text: 'Done' }, valueString: 'Groceries' }] });
    expect([...stood, await status()]).toEqual(['active', 'active', 'on-hold', 'active', 'completed']);
    const declined = await send(() => undefined);
    const order = (await legOf(declined.root, food)).focus?.reference;
    await say(declined.root, food, { status: 'rejected', statusReason: { text: 'No room' } });
    expect(await done<ServiceRequest>(call('GET', `${hub.fhir}/${order}`))).toMatchObject({ status: 'revoked' });
    expect(await at<ServiceRequest>(hospital, declined.asked)).toMatchObject({ status: 'active' });
  });

  test('is refused where it would be another request: for somebody else, of somebody else, or deleted', async () => {
    const { asked, root } = await send(() => undefined);
    const other = await post<Patient>(hospital, { resourceType: 'Patient', name: [{ family: 'Else' }] } as Patient);
    const request = await at<ServiceRequest>(hospital, asked);
    const changes: [Partial<ServiceRequest>, string][] = [
      [{ subject: { reference: `Patient/${other.id}` } }, 'subject'],
      [{ requester: { reference: `Organization/${food.id}` } }, 'requester'],
      [{ intent: 'plan' }, 'intent'],
    ];
    for (const [to, name] of changes) {
      const { status, body } = await put(hospital, { ...request, ...to } as ServiceRequest & { id: string });
      expect([status, (body as { issue: { expression: string[] }[] }).issue[0]?.expression]).toEqual([
        422,
        [`ServiceRequest.${name}`],
      ]);
    }
    expect((await call('DELETE', `${hub.fhir}/${asked}`, { token: hospital.token })).status).toBe(409);
    expect(await at<ServiceRequest>(hospital, asked)).toEqual(request);
    expect(await loop(root)).toMatchObject({ status: 'requested', legs: [{ status: 'requested' }] });
  });

  test('clears up for whom and what it is, where it did not say: until then nobody is asked, and a case manager must find out', async () => {
    const { patient, asked, root } = await send((request, task) => {
      request.subject = { display: 'Somebody' };
      delete task.for;
    });
    expect(await loop(root)).toMatchObject({
      ...{ lacks: ['client'], legs: [] },
      nextStep: { step: 'resolve-intake', waitingOn: { kind: 'case-manager' } },
    });
    await change(asked, { subject: { reference: patient } });
    await eventually(async () =>
      expect(await loop(root)).toMatchObject({
        ...{ lacks: [], client: { reference: patient } },
        nextStep: { step: 'decide', waitingOn: { party: { name: 'Food Bank' } } },
      }),
    );
    expect(await read((await legOf(root, food)).id, food)).toMatchObject({ for: { reference: patient } });
    const unsaid = await send((request) => {
      delete request.code;
      delete request.category;
    });
    expect(await loop(unsaid.root)).toMatchObject({ lacks: ['service'], nextStep: { step: 'resolve-intake' } });
    await change(unsaid.asked, { code: { text: 'Something to eat' } });
    expect(await loop(unsaid.root)).toMatchObject({ lacks: [], nextStep: { step: 'choose-recipient' } });
  });
});
