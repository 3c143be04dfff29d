import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Parameters } from '@medplum/fhirtypes';
import { findProfile } from '../../src/fhir/validate/profiles/known-profiles.ts';
import { validate } from '../../src/fhir/validate/validate.ts';
import { call, done } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import {
  manyHooks,
  statusOf,
  subscribe,
  subscriptionTo,
  type Told,
  typeOf,
  untilStatus,
} from '../support/subscriber.ts';
import { BACKPORT, isPublishedHere } from './published.ts';

const GUIDE = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
const NOTIFICATION = `${GUIDE}/backport-subscription-notification-r4`;
const STATUS = `${GUIDE}/backport-subscription-status-r4`;

(isPublishedHere ? describe : describe.skip)('by the profiles of the Subscriptions backport', () => {
  let hub: TestHub;
  let hospital: Partner;
  let foodBank: Partner;
  const hooks = manyHooks();
  const { open } = hooks;
  beforeAll(async () => {
    const settings = { RETRY_SCHEDULE_MS: '20,20', PROFILES_DIR: BACKPORT };
    hub = await startHub('embedded', { workers: true, settings });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    foodBank = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
  });
  afterAll(async () => {
    await hub?.close();
    await hooks.close();
  });

  /** @throws AppError that says what is not as the profile wants it */
  const conforms = (resource: Bundle | Parameters | undefined, profile: string): void => {
    expect(findProfile(profile)).toBeDefined();
    expect(resource?.meta?.profile ?? [profile]).toContain(profile);
    validate({ ...resource, meta: { ...resource?.meta, profile: [profile] } } as Bundle);
  };

  test.each(['empty', 'id-only', 'full-resource'])(
    'handshake, heartbeat and events are as they should be: %s',
    async (content) => {
      const hook = await open();
      const filters = [`Task?owner=Organization/${foodBank.id}`];
      const { id } = await subscribe(hub, foodBank, hook.url, { filters, content, heartbeat: 5 });
      await sendReferral(hub, hospital);
      const types = (): unknown[] => hook.seen.map(typeOf);
      await eventually(() => expect(types()).toContain('event-notification'));
      await eventually(() => expect(types()).toContain('heartbeat'), { timeoutMs: 20_000 });
      for (const { bundle } of hook.seen as readonly Told[]) {
        conforms(bundle, NOTIFICATION);
        conforms(statusOf(bundle), STATUS);
      }
      const asked = async (operation: string): Promise<Bundle> =>
        (await call<Bundle>('GET', `${hub.fhir}/Subscription/${id}/${operation}`, { token: foodBank.token })).body;
      conforms(await asked('$events'), NOTIFICATION);
      conforms(statusOf(await asked('$events')), STATUS);
      conforms(statusOf(await asked('$status')), STATUS);
    },
    60_000,
  );

  test('what a failed one says of itself, too', async () => {
    const hook = await open();
    hook.answers.push(404);
    const body = subscriptionTo(hook.url, { filters: [`Task?owner=Organization/${foodBank.id}`] });
    const { id } = await done(call('POST', `${hub.fhir}/Subscription`, { token: foodBank.token, body }));
    const failed = await untilStatus(hub, foodBank, id, 'error');
    const answer = await call<Bundle>('GET', `${hub.fhir}/Subscription/${id}/$status`, { token: foodBank.token });
    conforms(statusOf(answer.body), STATUS);
    expect(failed.error).toMatch(/^Notifications could not be delivered: /);
    validate({ ...failed, meta: { ...failed.meta, profile: [`${GUIDE}/backport-subscription`] } });
  });

  test('(which do refuse what is not)', async () => {
    const hook = await open();
    await subscribe(hub, foodBank, hook.url, { filters: [`Task?owner=Organization/${foodBank.id}`] });
    const bundle = hook.seen[0]?.bundle as Bundle;
    expect(() => conforms({ ...bundle, entry: bundle.entry?.slice(1) as [] }, NOTIFICATION)).toThrow();
    const parameters = statusOf(bundle);
    const rest = parameters.parameter?.filter(({ name }) => name !== 'type') ?? [];
    expect(() => conforms({ ...parameters, parameter: rest }, STATUS)).toThrow();
  });
});
