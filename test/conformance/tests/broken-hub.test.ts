import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, CapabilityStatement, OperationOutcome, Patient, Subscription, Task } from '@medplum/fhirtypes';
import { startHub, type TestHub } from '../../support/hub.ts';
import { operatorToken } from '../../support/operator.ts';
import type { Requirement, Row, Subject } from '../requirement.ts';
import { checkAll } from '../run.ts';
import { openServer } from '../server/open-server.ts';
import { isPublished, NOT_PUBLISHED } from '../sources/published.ts';
import { type Break, type BreakingProxy, changed, entries, startBreakingProxy } from './breaking-proxy.ts';

if (!isPublished()) console.warn(NOT_PUBLISHED);
const published = isPublished() ? describe : describe.skip;

const without =
  (header: string): NonNullable<Break['asked']> =>
  ({ headers }) => {
    delete headers[header];
  };
/** A search goes on as if a parameter had not been sent. */
const deafTo = (name: string): Break => ({
  asked: (message) => {
    const [path = '', query = ''] = message.path.split('?');
    message.path = `${path}?${query
      .split('&')
      .filter((each) => !each.startsWith(`${name}=`))
      .join('&')}`;
  },
});
const described = (change: (resource: Record<string, unknown[]>) => void): Break => ({
  answered: changed<CapabilityStatement>('CapabilityStatement', ({ rest }) => {
    for (const each of rest?.[0]?.resource ?? []) change(each as unknown as Record<string, unknown[]>);
  }),
});
const subscribed = (change: (subscription: Subscription) => void): Break => ({
  asked: (message) => {
    if (message.method === 'POST') changed<Subscription>('Subscription', change)(message);
  },
});
const withContent = (content: string): Break =>
  subscribed(({ channel }) => {
    const payload = (channel as { _payload?: { extension?: { valueCode?: string }[] } })._payload;
    for (const each of payload?.extension ?? []) each.valueCode = content;
  });

const read = (type: string): Subject => ({ kind: 'interaction', type, code: 'read' });
const sentence = (key: string): Subject => ({ kind: 'sentence', list: 'subscriptions', key });
const STATUS: Subject = { kind: 'search-parameter', type: 'Task', name: 'status' };
const INCLUDE: Subject = { kind: 'include', type: 'Task', include: 'Task:focus' };
const PROFILE: Subject = {
  kind: 'profile',
  type: 'Task',
  profile: 'http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-TaskForReferralManagement',
};
const BATCH: Subject = { kind: 'system-interaction', code: 'batch' };
const MODIFIED: Subject = { kind: 'modified-since', type: 'Task' };
const VERSIONS: Subject = { kind: 'versioned-update', type: 'Task' };
const REFERENCES: Subject = { kind: 'literal-references', type: 'Patient' };
const LISTED: Subject = { kind: 'resource', type: 'Task', interactions: ['read', 'update'] };

/** What goes wrong, which check must see it, and what that says. */
const BREAKS: readonly (readonly [string, Subject, Break, string])[] = [
  ['sends no ETag', read('Task'), { answered: without('etag') }, 'GET Task/[id] answered no ETag.'],
  [
    'finds what is searched for, and does not send it',
    { kind: 'interaction', type: 'Task', code: 'search-type' },
    entries((all) => all.slice(1)),
    'GET Task?_id does not find the resource.',
  ],
  [
    'does not hear a filter',
    STATUS,
    deafTo('status'),
    'GET Task?status finds a resource that does not have the value.',
  ],
  [
    'does not list a parameter',
    STATUS,
    described((resource) => {
      resource.searchParam = (resource.searchParam ?? []).filter(
        (each) => (each as { name: string }).name !== 'status',
      );
    }),
    'The metadata does not list the search parameter status of Task.',
  ],
  [
    'sends no includes',
    INCLUDE,
    entries((all) => all.filter(({ search }) => search?.mode !== 'include')),
    'GET Task?_include=Task:focus does not include what the resource refers to.',
  ],
  [
    'includes what nobody asked for',
    INCLUDE,
    {
      asked: (message) => {
        if (!message.path.includes('_include'))
          message.path += message.path.includes('Task?') ? '&_include=Task:focus' : '';
      },
    },
    'GET Task without _include includes what nobody asked for.',
  ],
  [
    'forgets a profile',
    PROFILE,
    {
      answered: changed<Task>('Task', ({ meta }) => {
        delete meta?.profile;
      }),
    },
    'A resource that claims the profile is read back without Task.meta.profile[0].',
  ],
  [
    'does not list a profile',
    PROFILE,
    described((resource) => {
      delete resource.supportedProfile;
    }),
    'A resource that claims the profile is taken and found, but the metadata does not list it for Task.',
  ],
  [
    'drops an entry of a batch',
    BATCH,
    {
      answered: changed<Bundle>('Bundle', (bundle) => {
        if (bundle.type === 'batch-response') bundle.entry?.pop();
      }),
    },
    'A batch of three is not answered by a batch-response of three.',
  ],
  [
    'does not hear If-Modified-Since',
    MODIFIED,
    { asked: without('if-modified-since') },
    'GET Task/[id] with If-Modified-Since after the change was answered 200, not 304.',
  ],
  [
    'does not hear If-Match',
    VERSIONS,
    { asked: without('if-match') },
    'PUT Task/[id] with an old ETag in If-Match was answered 200, not 412 or 409.',
  ],
  [
    'loses a reference',
    REFERENCES,
    {
      answered: changed<Patient>('Patient', (patient) => {
        delete patient.managingOrganization;
      }),
    },
    'The reference is not read back as it was sent: Patient.managingOrganization.reference.',
  ],
  [
    'does not list an interaction',
    LISTED,
    described((resource) => {
      resource.interaction = (resource.interaction ?? []).filter(
        (each) => (each as { code: string }).code !== 'update',
      );
    }),
    'The metadata lists Task without update.',
  ],
  [
    'answers JSON to who asks for XML',
    { kind: 'format', format: 'xml' },
    { asked: without('accept') },
    'POST Patient with Accept XML was not answered in XML.',
  ],
  [
    'answers with a number rather than with what is wrong',
    { kind: 'interaction', type: 'Task', code: 'create' },
    { answered: changed<OperationOutcome>('OperationOutcome', (outcome) => (outcome.issue = [])) },
    'POST Task with nonsense was refused without an OperationOutcome.',
  ],
  [
    'passes on what it does not ask for',
    { kind: 'sentence', list: 'sdohcc', key: 'refer-5' },
    {
      answered: changed<Bundle>('Bundle', ({ entry }) => {
        for (const { resource } of entry ?? [])
          if (resource?.resourceType === 'Task' && resource.partOf) resource.status = 'draft';
      }),
    },
    'The Task by which a referral was passed on was draft.',
  ],
  ['tells nothing', sentence('40'), withContent('empty'), 'An event does not have the resource as its focus.'],
  ['tells too much', sentence('35'), withContent('full-resource'), 'An id-only notification holds a resource.'],
  [
    'tells of nothing, where it is to say what has changed',
    sentence('42'),
    withContent('empty'),
    'An id-only notification has no entry beside its status.',
  ],
  [
    'tells of what is empty',
    sentence('38'),
    withContent('id-only'),
    'A notification with an empty payload refers to what it is about.',
  ],
  [
    'does not send the resource',
    sentence('44'),
    withContent('id-only'),
    'A full-resource notification does not hold the resource.',
  ],
  [
    'sends no headers',
    sentence('27'),
    subscribed(({ channel }) => {
      delete channel?.header;
    }),
    'A header of the subscription is not in the request of a notification.',
  ],
  [
    'does not hear a filter of a subscription',
    sentence('135'),
    subscribed((subscription) => {
      delete (subscription as { _criteria?: unknown })._criteria;
    }),
    'A Task that does not meet the filter is notified.',
  ],
  [
    'sends more events at once than asked for',
    sentence('98'),
    subscribed(({ channel }) => {
      const extension = channel?.extension?.find(({ url }) => url.endsWith('backport-max-count'));
      if (extension) extension.valuePositiveInt = 5;
    }),
    'A notification holds',
  ],
  [
    'answers the events of another time',
    sentence('118'),
    deafTo('eventsSinceNumber'),
    '$events with eventsSinceNumber=2 of two events answers 1,2.',
  ],
  [
    'tells of all subscriptions',
    sentence('110'),
    deafTo('status'),
    '$status tells of subscriptions that have none of the statuses asked for.',
  ],
  [
    'takes a topic there is not',
    sentence('8'),
    subscribed((subscription) => {
      subscription.criteria = 'http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task';
    }),
    'POST Subscription with a topic that is not offered was answered 201, not 400 or 422.',
  ],
];

published('a hub that does wrong', () => {
  let hub: TestHub;
  let proxy: BreakingProxy;
  beforeAll(async () => {
    hub = await startHub('embedded', { workers: true, settings: { RETRY_SCHEDULE_MS: '100,200,400' } });
    proxy = await startBreakingProxy(hub.fhir);
  });
  afterAll(async () => {
    await proxy?.close();
    await hub?.close();
  });

  async function verdictsOn(subjects: readonly Subject[], broken?: Break): Promise<readonly Row[]> {
    proxy.break(broken);
    const server = openServer({ base: proxy.base, token: async () => operatorToken(hub.url) ?? '' });
    const all = subjects.map(
      (subject, at): Requirement => ({ id: `${at}`, source: 'x', verb: 'SHALL', title: 'x', subject }),
    );
    const rows = await checkAll(server, all);
    await server.close();
    return rows;
  }

  test('passes all of this when it does right', async () => {
    const subjects = BREAKS.map(([, subject]) => subject).filter((each) => each !== PROFILE);
    const failed = (await verdictsOn(subjects)).filter(({ result }) => result !== 'pass');
    expect(failed).toEqual([]);
  }, 120_000);

  test.each(BREAKS)(
    'fails: it %s',
    async (_what, subject, broken, reason) => {
      const [row] = await verdictsOn([subject], broken);
      expect([row?.result, row?.reason]).toEqual(['fail', expect.stringContaining(reason)]);
    },
    60_000,
  );
});
