import type { Subscription } from '@medplum/fhirtypes';
import type { Issue } from '../../../errors.ts';
import { mailboxIn } from '../../../outbound/mailto.ts';
import type { OutboundPolicy } from '../../../outbound/policy.ts';
import type { Topics } from '../topics/load.ts';
import type { Topic } from '../topics/topic.ts';
import { whyNotReached } from './endpoint.ts';
import { contentIn, customChannelIn, EXTENSIONS, filtersIn, numberIn } from './extensions.ts';
import { type Header, readHeader } from './header.ts';
import { CONTENT_LEVELS, type ContentLevel, isContentLevel, type PayloadFormat, readPayload } from './payload.ts';
import { type Filter, readFilter } from './read-filter.ts';

/** What the hub can do for subscribers. */
export interface SubscriptionSettings {
  readonly topics: Topics;
  /** The address of this hub's FHIR server, as partners see it. */
  readonly hubBase: string;
  /** Where notifications may be sent. */
  readonly outbound: OutboundPolicy;
  /** Whether it can send e-mail. */
  readonly mails: boolean;
}

/** What a Subscription asks for, understood. */
export interface Terms {
  readonly topic: Topic;
  readonly filters: readonly Filter[];
  readonly channel: 'rest-hook' | 'email';
  /** An address, or for e-mail a mailbox. */
  readonly endpoint: string;
  readonly headers: readonly Header[];
  /** `channel.payload` as it was written. */
  readonly mediaType: string;
  readonly format: PayloadFormat;
  readonly content: ContentLevel;
  /** Most events of one notification. */
  readonly maxCount: number;
  readonly timeoutMs: number | undefined;
  readonly heartbeatSeconds: number | undefined;
  readonly endsAt: string | undefined;
}

/** Where a Subscription does not say how many events one notification may hold, and the most it may say. */
const DEFAULT_COUNT = 20;
const LARGEST_COUNT = 100;
const SHORTEST_HEARTBEAT_S = 5;
const MOST_FILTERS = 20;
const MOST_HEADERS = 20;

/**
 * Reads what a Subscription asks for. Pure.
 * @returns everything about it that the hub does not do, each with where it stands; or the terms
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html#accepting-subscription-requests
 */
export function readTerms(
  subscription: Subscription,
  settings: SubscriptionSettings,
): { readonly terms: Terms } | { readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const refuse = (expression: string, text: string | undefined): void => {
    if (text) issues.push({ text, expression, code: 'not-supported' });
  };
  const { channel, criteria } = subscription;
  const topic = settings.topics.get(criteria);
  if (!topic) refuse('Subscription.criteria', unknownTopic(settings.topics));
  const filters = topic ? readFilters(subscription, topic, settings, refuse) : [];
  refuse('Subscription.channel.type', channelProblem(subscription, settings));
  const endpoint = readEndpoint(subscription, settings, refuse);
  const headers = readHeaders(channel.header ?? [], channel.type, refuse);
  const format = readFormat(subscription, refuse);
  const content = contentIn(subscription);
  refuse('Subscription.channel.payload', contentProblem(content, channel.type));
  const numbers = readNumbers(subscription, refuse);
  if (issues.length > 0 || !topic || !isContentLevel(content)) return { issues };
  const mail = channel.type === 'email';
  const terms = { topic, filters, channel: mail ? 'email' : 'rest-hook', endpoint, headers, format, content } as const;
  return { terms: { ...terms, ...numbers, mediaType: channel.payload ?? '', endsAt: subscription.end } };
}

type Refuse = (expression: string, text: string | undefined) => void;

function unknownTopic(topics: Topics): string {
  return `Subscription.criteria names no topic of this hub. There are: ${[...topics.keys()].join(', ')}.`;
}

function readFilters(
  subscription: Subscription,
  topic: Topic,
  settings: SubscriptionSettings,
  refuse: Refuse,
): Filter[] {
  const texts = filtersIn(subscription);
  if (texts.length > MOST_FILTERS)
    refuse('Subscription.criteria', `A Subscription has at most ${MOST_FILTERS} filters.`);
  return texts.slice(0, MOST_FILTERS).flatMap((text, at) => {
    const read = readFilter(text, topic, settings.hubBase);
    if (!('problem' in read)) return read;
    refuse(`Subscription.criteria.extension[${at}]`, read.problem);
    return [];
  });
}

function channelProblem(subscription: Subscription, { mails }: SubscriptionSettings): string | undefined {
  const { type } = subscription.channel;
  const asked = customChannelIn(subscription) ?? type;
  if (asked === 'email' && type === 'email' && !mails) return 'This hub sends no e-mail. Use rest-hook.';
  if (asked === type && (asked === 'rest-hook' || asked === 'email')) return undefined;
  return 'The hub notifies by rest-hook or email. Use one of them, without a channel type of your own.';
}

function readEndpoint({ channel }: Subscription, { outbound }: SubscriptionSettings, refuse: Refuse): string {
  const { type, endpoint = '' } = channel;
  const mailbox = mailboxIn(endpoint);
  if (type !== 'email') refuse('Subscription.channel.endpoint', whyNotReached(endpoint, outbound));
  else if (!mailbox)
    refuse('Subscription.channel.endpoint', 'The endpoint of an email channel is one mailto: address.');
  return mailbox ?? endpoint;
}

function readHeaders(texts: readonly string[], type: string, refuse: Refuse): Header[] {
  if (type === 'email' && texts.length > 0)
    refuse('Subscription.channel.header', 'An email channel has no headers of yours. Leave them out.');
  if (texts.length > MOST_HEADERS)
    refuse('Subscription.channel.header', `There may be ${MOST_HEADERS} headers at most.`);
  return texts.slice(0, MOST_HEADERS).flatMap((text, at) => {
    const header = readHeader(text);
    if (header) return [header];
    refuse(`Subscription.channel.header[${at}]`, HEADER_PROBLEM);
    return [];
  });
}

const HEADER_PROBLEM =
  'This is no header that can be sent. Write "Name: value" in one line of ASCII; Host, Content-Type and the like are set by the hub.';

function readFormat({ channel }: Subscription, refuse: Refuse): PayloadFormat {
  const read = readPayload(channel.payload ?? '');
  if ('problem' in read) refuse('Subscription.channel.payload', read.problem);
  else if (read.format === 'text' && channel.type !== 'email')
    refuse('Subscription.channel.payload', 'Plain text is for email only. Use application/fhir+json.');
  return 'format' in read ? read.format : 'json';
}

function contentProblem(content: string | undefined, type: string): string | undefined {
  if (!isContentLevel(content))
    return `Say how much notifications hold by the extension backport-payload-content: ${CONTENT_LEVELS.join(', ')}.`;
  if (content === 'full-resource' && type === 'email')
    return 'E-mail may be read on the way, so resources are not sent by it. Use empty or id-only.';
  return undefined;
}

function readNumbers(
  subscription: Subscription,
  refuse: Refuse,
): Pick<Terms, 'maxCount' | 'timeoutMs' | 'heartbeatSeconds'> {
  const heartbeatSeconds = numberIn(subscription, EXTENSIONS.heartbeat);
  const timeout = numberIn(subscription, EXTENSIONS.timeout);
  const maxCount = numberIn(subscription, EXTENSIONS.maxCount) ?? DEFAULT_COUNT;
  if (heartbeatSeconds !== undefined && heartbeatSeconds < SHORTEST_HEARTBEAT_S)
    refuse('Subscription.channel.extension', `The shortest heartbeat period is ${SHORTEST_HEARTBEAT_S} seconds.`);
  if (timeout !== undefined && timeout < 1)
    refuse('Subscription.channel.extension', 'The shortest timeout is 1 second.');
  if (maxCount < 1) refuse('Subscription.channel.extension', 'A notification holds at least one event.');
  return {
    heartbeatSeconds,
    timeoutMs: timeout === undefined ? undefined : timeout * 1_000,
    maxCount: Math.min(maxCount, LARGEST_COUNT),
  };
}
