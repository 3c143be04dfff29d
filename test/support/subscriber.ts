import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle, Parameters, Subscription } from '@medplum/fhirtypes';
import { call, done } from './api.ts';
import { eventually } from './eventually.ts';
import type { Partner } from './network.ts';

/** A notification as a subscriber's endpoint has read it. */
export interface Told {
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** Undefined when it is not JSON. */
  readonly bundle: Bundle | undefined;
  /** What it answered. */
  readonly status: number;
}

export interface Hook {
  readonly url: string;
  /** Everything that came, in order, whatever was answered. */
  readonly seen: readonly Told[];
  /** Answers to the next notifications: a status, or `hang` and `reset`. Afterwards it answers 200. */
  readonly answers: (number | 'hang' | 'reset')[];
  close(): Promise<void>;
}

/** A subscriber's endpoint on loopback that keeps a ledger. */
export async function openHook(port = 0): Promise<Hook> {
  const seen: Told[] = [];
  const answers: Hook['answers'] = [];
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    const answer = answers.shift() ?? 200;
    seen.push({
      headers: request.headers,
      text,
      bundle: bundleOf(text),
      status: answer === 200 ? 200 : Number(answer),
    });
    reply(response, answer);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    seen,
    answers,
    close: async () => {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The endpoints of one test file, closed together. */
export function manyHooks(): { open(port?: number): Promise<Hook>; close(): Promise<void> } {
  const hooks: Hook[] = [];
  return {
    open: async (port) => {
      const hook = await openHook(port);
      hooks.push(hook);
      return hook;
    },
    close: async () => {
      for (const hook of hooks) await hook.close();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function bundleOf(text: string): Bundle | undefined {
  return text.startsWith('{') ? (JSON.parse(text) as Bundle) : undefined;
}

function reply(response: ServerResponse, answer: number | 'hang' | 'reset'): void {
  if (answer === 'hang') return;
  if (answer === 'reset') response.socket?.destroy();
  else response.writeHead(answer).end();
}

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
export const TASK_TOPIC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task';

export interface Wish {
  readonly topic?: string;
  readonly filters?: readonly string[];
  readonly content?: string;
  readonly heartbeat?: number;
  readonly timeout?: number;
  readonly maxCount?: number;
  readonly header?: string[];
  readonly payload?: string;
  readonly end?: string;
}

/** A Subscription by rest-hook as partners write it. */
export function subscriptionTo(endpoint: string, wish: Wish = {}): Subscription {
  const {
    topic = TASK_TOPIC,
    filters = [],
    content = 'id-only',
    payload = 'application/fhir+json',
    header,
    end,
  } = wish;
  const numbers = [
    [wish.heartbeat, 'backport-heartbeat-period', 'valueUnsignedInt'],
    [wish.timeout, 'backport-timeout', 'valueUnsignedInt'],
    [wish.maxCount, 'backport-max-count', 'valuePositiveInt'],
  ] as const;
  const extension = numbers.flatMap(([value, name, type]) =>
    value === undefined ? [] : [{ url: `${BACKPORT}/${name}`, [type]: value }],
  );
  const asked = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'To be told',
    criteria: topic,
    ...(filters.length > 0
      ? {
          _criteria: {
            extension: filters.map((valueString) => ({ url: `${BACKPORT}/backport-filter-criteria`, valueString })),
          },
        }
      : {}),
    ...(end ? { end } : {}),
    channel: {
      ...(extension.length > 0 ? { extension } : {}),
      type: endpoint.startsWith('mailto:') ? 'email' : 'rest-hook',
      endpoint,
      payload,
      _payload: { extension: [{ url: `${BACKPORT}/backport-payload-content`, valueCode: content }] },
      ...(header ? { header } : {}),
    },
  };
  return asked as unknown as Subscription;
}

type StoredSubscription = Subscription & { id: string };

/** Subscribes, and waits until the endpoint has been asked and the subscription is active. */
export async function subscribe(
  hub: { fhir: string },
  partner: Partner,
  endpoint: string,
  wish: Wish = {},
): Promise<StoredSubscription> {
  const body = subscriptionTo(endpoint, wish);
  const { id } = await done<Subscription>(call('POST', `${hub.fhir}/Subscription`, { token: partner.token, body }));
  return untilStatus(hub, partner, id, 'active');
}

/** Waits until a subscription has a status. @returns the subscription */
export function untilStatus(
  hub: { fhir: string },
  partner: Partner,
  id: string,
  status: string,
): Promise<StoredSubscription> {
  return eventually(async () => {
    const stored = await done<Subscription>(call('GET', `${hub.fhir}/Subscription/${id}`, { token: partner.token }));
    if (stored.status !== status) throw new Error(`it is ${stored.status}: ${stored.error}`);
    return stored;
  });
}

/** The first entry of a notification. */
export function statusOf(bundle: Bundle | undefined): Parameters {
  return bundle?.entry?.[0]?.resource as Parameters;
}

/** A parameter's value, whatever its type. */
export function parameterOf(parameters: Parameters, name: string): unknown {
  const found = parameters.parameter?.find((each) => each.name === name);
  return found && Object.entries(found).find(([key]) => key.startsWith('value'))?.[1];
}

/** The numbers of the events of a notification, and what each is about. */
export function eventsOf(bundle: Bundle | undefined): { number: number; focus: string | undefined }[] {
  const events = (statusOf(bundle)?.parameter ?? []).filter(({ name }) => name === 'notification-event');
  return events.map(({ part = [] }) => ({
    number: Number(part.find(({ name }) => name === 'event-number')?.valueString),
    focus: part.find(({ name }) => name === 'focus')?.valueReference?.reference,
  }));
}

/** What a notification is: handshake, heartbeat, event-notification. */
export function typeOf(told: Told | undefined): unknown {
  return parameterOf(statusOf(told?.bundle), 'type');
}

/** The numbers of all events that an endpoint took, in the order in which they came. */
export function numbersTaken({ seen }: Pick<Hook, 'seen'>): number[] {
  return seen
    .filter(({ status }) => status === 200)
    .flatMap(({ bundle }) => eventsOf(bundle).map(({ number }) => number));
}

/** The numbers an endpoint was sent for the first time, in that order. */
export function firstSights({ seen }: Pick<Hook, 'seen'>): number[] {
  return [...new Set(seen.flatMap(({ bundle }) => eventsOf(bundle).map(({ number }) => number)))];
}
