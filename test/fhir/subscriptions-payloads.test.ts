import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Communication, Task } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate/validate.ts';
import { fromXml } from '../../src/fhir/xml/from-xml.ts';
import { call, done } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import {
  eventsOf,
  manyHooks,
  numbersTaken,
  parameterOf,
  statusOf,
  subscribe,
  type Told,
  type Wish,
} from '../support/subscriber.ts';

const EXAMPLES = new URL('../../../../shared/ig/subscriptions-backport/examples/', import.meta.url);
const COMMUNICATIONS = 'https://careloop.dev/fhir/SubscriptionTopic/communication';

describe('what a notification holds', () => {
  let hub: TestHub;
  let hospital: Partner;
  let foodBank: Partner;
  const hooks = manyHooks();
  const { open } = hooks;
  beforeAll(async () => {
    hub = await startHub('embedded', { workers: true, settings: { RETRY_SCHEDULE_MS: '20,20' } });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    foodBank = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
  });
  afterAll(async () => {
    await hub?.close();
    await hooks.close();
  });

  const mine = (wish: Wish = {}): Wish => ({
    filters: [`Task?owner=Organization/${foodBank.id}`, 'Task?status=requested'],
    ...wish,
  });
  /** A notification of one referral. */
  const told = async (wish: Wish): Promise<Told> => {
    const hook = await open();
    await subscribe(hub, foodBank, hook.url, mine(wish));
    await sendReferral(hub, hospital);
    await eventually(() => expect(hook.seen).toHaveLength(2));
    return hook.seen[1] as Told;
  };

  test('empty: the number of the event and when it was, not even what it is about', async () => {
    const { bundle } = await told({ content: 'empty' });
    expect(bundle?.entry).toHaveLength(1);
    const said = statusOf(bundle);
    expect(parameterOf(said, 'topic')).toBeUndefined();
    const event = said.parameter?.find(({ name }) => name === 'notification-event');
    expect(event?.part?.map(({ name }) => name)).toEqual(['event-number', 'timestamp']);
    validate(bundle as Bundle);
  });

  test('id-only: the address of what it is about, and no resource', async () => {
    const { bundle } = await told({ content: 'id-only' });
    const [status, subject] = bundle?.entry ?? [];
    const [{ focus } = { focus: '' }] = eventsOf(bundle);
    expect(focus).toMatch(new RegExp(`^${hub.fhir}/Task/`));
    expect(subject).toEqual({
      fullUrl: focus,
      request: { method: 'POST', url: 'Task' },
      response: { status: '201', etag: 'W/"1"' },
    });
    expect(status?.request).toEqual({
      method: 'GET',
      url: expect.stringMatching(new RegExp(`^${hub.fhir}/Subscription/[^/]+/\\$status$`)),
    });
    validate(bundle as Bundle);
  });

  test('full-resource: the resource as the event left it, whatever became of it since', async () => {
    const hook = await open();
    await subscribe(hub, foodBank, hook.url, mine({ content: 'full-resource' }));
    hook.answers.push(503);
    await sendReferral(hub, hospital);
    await eventually(() => expect(hook.seen.length).toBeGreaterThan(1));
    const offered = hook.seen[1]?.bundle?.entry?.[1]?.resource as Task & { id: string };
    const body = { ...offered, status: 'accepted' };
    await done(call('PUT', `${hub.fhir}/Task/${offered.id}`, { token: foodBank.token, body }));
    await eventually(() => expect(hook.seen).toHaveLength(3));
    expect(hook.seen[2]?.bundle?.entry?.[1]?.resource).toEqual(offered);
    expect(offered).toMatchObject({ resourceType: 'Task', status: 'requested', meta: { versionId: '1' } });
    validate(hook.seen[2]?.bundle as Bundle);
  });

  test('as XML, where that is asked for; the media type is the one that was asked for', async () => {
    const payload = 'application/fhir+xml;fhirVersion=4.0';
    const { text, headers } = await told({ payload, content: 'full-resource' });
    expect(headers['content-type']).toBe(payload);
    const bundle = fromXml(text) as Bundle;
    expect(bundle).toMatchObject({ type: 'history', entry: [{ resource: { resourceType: 'Parameters' } }, {}] });
    expect(bundle.entry?.[1]?.resource).toMatchObject({ resourceType: 'Task', status: 'requested' });
    validate(bundle);
  });

  test('every header that was asked for is sent along', async () => {
    const { headers } = await told({ header: ['Authorization: Bearer let-me-in', 'X-Desk: 1', 'X-Desk: 2'] });
    expect(headers).toMatchObject({
      authorization: 'Bearer let-me-in',
      'x-desk': '1, 2',
      'content-type': 'application/fhir+json',
    });
  });

  test('at most as many events as was asked for, in order', async () => {
    const hook = await open();
    await subscribe(hub, foodBank, hook.url, mine({ maxCount: 2 }));
    // While one notification is under way, what happens gathers.
    hook.answers.push('reset');
    for (let at = 0; at < 6; at += 1) await sendReferral(hub, hospital);
    await eventually(() => expect(numbersTaken(hook)).toEqual([1, 2, 3, 4, 5, 6]));
    const sizes = hook.seen.map(({ bundle }) => eventsOf(bundle).length);
    expect(Math.max(...sizes)).toBe(2);
  });

  test('a deletion says what was deleted, and has nothing to show', async () => {
    const hook = await open();
    const filters = [`Communication?sender=Organization/${hospital.id}`];
    await subscribe(hub, hospital, hook.url, { topic: COMMUNICATIONS, filters, content: 'full-resource' });
    const body: Communication = {
      resourceType: 'Communication',
      status: 'preparation',
      sender: { reference: `Organization/${hospital.id}` },
    };
    const { token } = hospital;
    const draft = await done<Communication>(call('POST', `${hub.fhir}/Communication`, { token, body }));
    const url = `${hub.fhir}/Communication/${draft.id}`;
    await done(call('PUT', url, { token, body: { ...draft, status: 'completed' } }));
    await call('DELETE', url, { token });
    await eventually(() => expect(numbersTaken(hook)).toEqual([1, 2]));
    const entries = hook.seen.flatMap(({ bundle }) => bundle?.entry?.slice(1) ?? []);
    expect(entries).toEqual([
      expect.objectContaining({ fullUrl: url, request: { method: 'PUT', url: `Communication/${draft.id}` } }),
      {
        fullUrl: url,
        request: { method: 'DELETE', url: `Communication/${draft.id}` },
        response: { status: '204', etag: 'W/"3"' },
      },
    ]);
  });

  test('what a subscriber may no longer see keeps its number, and says nothing else', async () => {
    const hook = await open();
    const { id } = await subscribe(hub, foodBank, hook.url, mine());
    hook.answers.push(503);
    await sendReferral(hub, hospital);
    await eventually(() => expect(hook.seen).toHaveLength(2));
    const [{ focus } = { focus: '' }] = eventsOf(hook.seen[1]?.bundle);
    await hub.deps.db.query(`UPDATE resource SET readers = '{careloop}' WHERE type = 'Task' AND id = $1`, [
      focus?.split('/').at(-1),
    ]);
    const { body } = await call<Bundle>('GET', `${hub.fhir}/Subscription/${id}/$events`, { token: foodBank.token });
    expect(eventsOf(body)).toEqual([{ number: 1, focus: undefined }]);
    expect(body.entry).toHaveLength(1);
  });

  const published = existsSync(EXAMPLES) ? test : test.skip;
  published.each(['handshake', 'empty', 'id-only'])(
    'the first entry is built as the published example: %s',
    async (name) => {
      const text = readFileSync(new URL(`Bundle-r4-notification-${name}.json`, EXAMPLES), 'utf8');
      const example = JSON.parse(text) as Bundle;
      const hook = await open();
      await subscribe(hub, foodBank, hook.url, mine({ content: name === 'empty' ? 'empty' : 'id-only' }));
      await sendReferral(hub, hospital);
      await eventually(() => expect(hook.seen).toHaveLength(2));
      const ours = hook.seen[name === 'handshake' ? 0 : 1]?.bundle;
      expect(ours?.meta).toEqual(example.meta);
      expect(ours?.type).toBe(example.type);
      expect(statusOf(ours).meta).toEqual(statusOf(example).meta);
      expect(shape(ours)).toEqual(shape(example));
    },
  );
});

/** The parameters of a notification, with the kind of each value. With an empty payload the topic is better left out. */
function shape(bundle: Bundle | undefined): string[] {
  const parameters = statusOf(bundle).parameter ?? [];
  return [...parameters, ...parameters.flatMap(({ part = [] }) => part)]
    .map((each) =>
      Object.keys(each)
        .join(' ')
        .concat(' ', each.name ?? ''),
    )
    .filter((each) => !each.endsWith(' topic'));
}
