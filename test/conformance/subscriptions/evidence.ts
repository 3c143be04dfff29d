import { randomUUID } from 'node:crypto';
import type { Bundle, BundleEntry, Subscription, Task } from '@medplum/fhirtypes';
import { eventually } from '../../support/eventually.ts';
import type { Kept } from '../server/answer.ts';
import type { Behaviour, Notification } from '../server/listener.ts';
import type { Server } from '../server/server.ts';
import { require, Unmet } from '../verdict.ts';
import { readStatus, type Status } from './notification.ts';
import { topicSubscription, type Wish } from './topic-subscription.ts';

/** A subscription of Tasks of one organization, and the endpoint it notifies. */
export interface Live {
  /** As the server answered its creation. */
  readonly subscription: Kept<Subscription>;
  readonly received: () => readonly Notification[];
  /** What each notification says, handshake and heartbeats too. */
  readonly statuses: () => Status[];
  /** Has something happen that it is told of. */
  readonly happen: (status?: Task['status']) => Promise<Kept<Task>>;
  readonly owner: string;
  readonly waits: () => readonly number[];
}

export const PATIENCE = { timeoutMs: 15_000, intervalMs: 50 };

export interface Settings extends Partial<Wish> {
  readonly behaviour?: Behaviour;
}

/** Subscribes to the Tasks of an organization of its own. @throws Unmet when the server refuses */
export async function subscribe(server: Server, { behaviour, ...wish }: Settings = {}): Promise<Live> {
  const listener = await server.listener();
  const name = randomUUID();
  if (behaviour) listener.behave(name, behaviour);
  const { id: organization } = await server.create({ resourceType: 'Organization', name: 'Conformance' });
  const owner = `Organization/${organization}`;
  const filters = [`Task?owner=${owner}`, ...(wish.filters ?? [])];
  const asked = topicSubscription({ endpoint: listener.endpoint(name), ...wish, filters });
  const subscription = await server.create(asked);
  return {
    subscription,
    owner,
    received: () => listener.received(name),
    statuses: () => listener.received(name).flatMap(({ bundle }) => readStatus(bundle) ?? []),
    happen: (status = 'requested') => server.create(taskOf(owner, status)),
    waits: () => listener.waits(name),
  };
}

/** A Task that somebody is asked to do, and is no referral: nothing else follows from it. */
export function taskOf(owner: string, status: Task['status']): Task {
  return {
    resourceType: 'Task',
    status,
    intent: 'order',
    code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'approve' }] },
    authoredOn: '2021-03-04T05:06:07Z',
    owner: { reference: owner },
  };
}

/** Waits until a condition holds. @throws Unmet with the sentence when it does not in time */
export async function until(holds: () => boolean | Promise<boolean>, sentence: string): Promise<void> {
  try {
    await eventually(async () => require(await holds(), sentence), PATIENCE);
  } catch (thrown) {
    throw thrown instanceof Unmet ? thrown : new Unmet(sentence);
  }
}

export async function untilStatus(server: Server, { subscription }: Live, status: string): Promise<void> {
  const holds = async (): Promise<boolean> => {
    const { json } = await server.call('GET', `Subscription/${subscription.id}`);
    return (json as Partial<Subscription> | undefined)?.status === status;
  };
  await until(holds, `The subscription does not become ${status} within ${PATIENCE.timeoutMs / 1_000} seconds.`);
}

/** The events a subscription was told of, by their numbers. */
export function eventsOf(live: Live): number[] {
  return live.statuses().flatMap(({ events }) => events.map(({ number }) => number));
}

/** What a subscription of one content saw: a handshake, and two events. */
export interface Evidence {
  readonly live: Live;
  readonly handshake: Notification;
  /** The notifications of the events; in each the first entry is the status. */
  readonly notifications: readonly Notification[];
  readonly tasks: readonly Kept<Task>[];
}

export const HEADER = 'x-conformance: carried along';

/** Subscribes, waits for the handshake, lets two things happen, and waits to be told. Done once for each content. */
export function evidenceOf(server: Server, content: string): Promise<Evidence> {
  return server.once(`subscription ${content}`, async (shared) => {
    const live = await subscribe(shared, { content, headers: [HEADER] });
    await untilStatus(shared, live, 'active');
    const tasks = [await live.happen(), await live.happen()];
    const told = (): boolean => new Set(eventsOf(live)).size >= tasks.length;
    await until(told, `Of two events with content ${content}, not both were notified.`);
    const [handshake, ...later] = live.received();
    require(handshake, 'No handshake was sent.');
    const notifications = later.filter(({ bundle }) => readStatus(bundle)?.type === 'event-notification');
    return { live, handshake, notifications, tasks };
  });
}

/** The entries of a notification behind its status. */
export function entriesOf({ bundle }: { readonly bundle: Bundle | undefined }): BundleEntry[] {
  return bundle?.entry?.slice(1) ?? [];
}
