import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Subscription } from '@medplum/fhirtypes';
import { call, done, texts } from '../support/api.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { subscriptionTo, type Wish } from '../support/subscriber.ts';

const HOOK = 'http://127.0.0.1:1/hook';
const CHANNEL = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-channel-type';

describe('a Subscription that asks for what the hub does not do', () => {
  let hub: TestHub;
  let partner: Partner;
  beforeAll(async () => {
    hub = await startHub('embedded');
    partner = await addPartner(hub, 'Food Bank');
  });
  afterAll(() => hub?.close());

  const send = (body: unknown): ReturnType<typeof call> =>
    call('POST', `${hub.fhir}/Subscription`, { token: partner.token, body });
  const changed = (change: (subscription: Subscription) => void, wish: Wish = {}): Subscription => {
    const subscription = subscriptionTo(HOOK, wish);
    change(subscription);
    return subscription;
  };
  const channel = (fields: object): Subscription => changed((each) => Object.assign(each.channel, fields));

  const cases: [name: string, body: () => unknown, expression: string, text: string][] = [
    [
      'an unknown topic',
      () => subscriptionTo(HOOK, { topic: 'http://example.org/SubscriptionTopic/none' }),
      'Subscription.criteria',
      'Subscription.criteria names no topic of this hub. There are: http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Servicerequest, http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task, https://careloop.dev/fhir/SubscriptionTopic/appointment, https://careloop.dev/fhir/SubscriptionTopic/communication.',
    ],
    [
      'a filter of another type',
      () => subscriptionTo(HOOK, { filters: ['Patient?name=Robin'] }),
      'Subscription.criteria.extension[0]',
      'A filter is a search of what the topic is about (Task), e.g. Task?status=completed.',
    ],
    [
      'a filter by a parameter the topic does not have',
      () => subscriptionTo(HOOK, { filters: ['Task?status=requested', 'Task?priority=stat'] }),
      'Subscription.criteria.extension[1]',
      'Events of this topic cannot be filtered by one of the parameters named. There are: _id, _lastUpdated, owner, requester, status, patient, code.',
    ],
    [
      'a modifier the topic does not have',
      () => subscriptionTo(HOOK, { filters: ['Task?owner:identifier=a|b'] }),
      'Subscription.criteria.extension[0]',
      'A modifier of the parameter owner is not supported in filters.',
    ],
    [
      'a filter without a condition',
      () => subscriptionTo(HOOK, { filters: ['Task?'] }),
      'Subscription.criteria.extension[0]',
      'A filter without a condition is met by everything. Leave it out.',
    ],
    [
      'a filter with an empty value',
      () => subscriptionTo(HOOK, { filters: ['Task?owner='] }),
      'Subscription.criteria.extension[0]',
      'The parameter owner has an empty value.',
    ],
    [
      'a filter by no time',
      () => subscriptionTo(HOOK, { filters: ['Task?_lastUpdated=yesterday'] }),
      'Subscription.criteria.extension[0]',
      'The value of _lastUpdated is a time, after eq, gt, ge, lt, le or nothing.',
    ],
    [
      'a channel the hub does not have',
      () => channel({ type: 'websocket' }),
      'Subscription.channel.type',
      'The hub notifies by rest-hook or email. Use one of them, without a channel type of your own.',
    ],
    [
      'a channel of its own making',
      () => channel({ _type: { extension: [{ url: CHANNEL, valueCoding: { system: 'x', code: 'zulip' } }] } }),
      'Subscription.channel.type',
      'The hub notifies by rest-hook or email. Use one of them, without a channel type of your own.',
    ],
    [
      'e-mail, where the hub sends none',
      () => subscriptionTo('mailto:desk@foodbank.example'),
      'Subscription.channel.type',
      'This hub sends no e-mail. Use rest-hook.',
    ],
    [
      'no content level',
      () => channel({ _payload: undefined }),
      'Subscription.channel.payload',
      'Say how much notifications hold by the extension backport-payload-content: empty, id-only, full-resource.',
    ],
    [
      'an unknown content level',
      () => subscriptionTo(HOOK, { content: 'everything' }),
      'Subscription.channel.payload',
      'Say how much notifications hold by the extension backport-payload-content: empty, id-only, full-resource.',
    ],
    [
      'no payload',
      () => channel({ payload: undefined }),
      'Subscription.channel.payload',
      'Notifications are application/fhir+json or application/fhir+xml. Set channel.payload to one.',
    ],
    [
      'another media type',
      () => subscriptionTo(HOOK, { payload: 'text/turtle' }),
      'Subscription.channel.payload',
      'Notifications are application/fhir+json or application/fhir+xml. Set channel.payload to one.',
    ],
    [
      'another FHIR version',
      () => subscriptionTo(HOOK, { payload: 'application/fhir+json; fhirVersion=5.0' }),
      'Subscription.channel.payload',
      'Notifications are FHIR R4. Leave fhirVersion out of channel.payload, or set it to 4.0.',
    ],
    [
      'no endpoint',
      () => channel({ endpoint: undefined }),
      'Subscription.channel.endpoint',
      'The endpoint of a rest-hook is an https address. Give one.',
    ],
    [
      'an endpoint that is no https address',
      () => subscriptionTo('ftp://files.example/in'),
      'Subscription.channel.endpoint',
      'The endpoint of a rest-hook is an https address. Give one.',
    ],
    [
      'plain http to another machine',
      () => subscriptionTo('http://foodbank.example/hook'),
      'Subscription.channel.endpoint',
      'Notifications are sent encrypted only. Give the endpoint as an https address.',
    ],
    [
      'an endpoint with a password',
      () => subscriptionTo('https://me:secret@foodbank.example/hook'),
      'Subscription.channel.endpoint',
      'The endpoint holds a name or a password. Leave them out, and use channel.header for what lets the hub in.',
    ],
    [
      'a header that smuggles in another',
      () => subscriptionTo(HOOK, { header: ['Authorization: Bearer x', 'X-A: b\r\nX-C: d'] }),
      'Subscription.channel.header[1]',
      'This is no header that can be sent. Write "Name: value" in one line of ASCII; Host, Content-Type and the like are set by the hub.',
    ],
    [
      'a header of the connection',
      () => subscriptionTo(HOOK, { header: ['Transfer-Encoding: chunked'] }),
      'Subscription.channel.header[0]',
      'This is no header that can be sent. Write "Name: value" in one line of ASCII; Host, Content-Type and the like are set by the hub.',
    ],
    [
      'a heartbeat too often',
      () => subscriptionTo(HOOK, { heartbeat: 1 }),
      'Subscription.channel.extension',
      'The shortest heartbeat period is 5 seconds.',
    ],
    [
      'an end that is over',
      () => subscriptionTo(HOOK, { end: '2020-01-01T00:00:00Z' }),
      'Subscription.end',
      'The end of this Subscription is over. Give a later one, or none.',
    ],
    [
      'a status that is the hub’s to give',
      () => changed((each) => Object.assign(each, { status: 'error' })),
      'Subscription.status',
      'The hub itself says whether a Subscription has failed. Set the status to requested to have it tried (again), or to off.',
    ],
  ];

  test.each(cases)('%s is refused, and says where and why', async (_name, body, expression, text) => {
    const answer = await send(body());
    expect(answer.status).toBe(422);
    const { issue } = answer.body as OperationOutcome;
    expect(issue.map((each) => [each.expression?.[0], each.details?.text])).toEqual([[expression, text]]);
  });

  test('several things at once are said at once', async () => {
    const answer = await send(subscriptionTo('ftp://x', { filters: ['Task?x=y'], content: 'x', payload: 'x/y' }));
    expect(texts(answer)).toHaveLength(4);
  });

  test('can still be switched off', async () => {
    const stored = await done<Subscription>(send(subscriptionTo(HOOK)));
    await hub.deps.db.query(
      `UPDATE resource SET content = (content::jsonb || '{"criteria": "http://gone.example"}')::json WHERE id = $1`,
      [stored.id],
    );
    const body = { ...stored, criteria: 'http://gone.example' };
    const url = `${hub.fhir}/Subscription/${stored.id}`;
    expect(await call('PUT', url, { token: partner.token, body })).toMatchObject({ status: 422 });
    const off = await call('PUT', url, { token: partner.token, body: { ...body, status: 'off' } });
    expect(off).toMatchObject({ status: 200, body: { status: 'off' } });
  });
});
