import type { PeopleDeps } from './access/people/deps.ts';
import { sessionCookie } from './access/sessions/cookie.ts';
import { passwordHasher } from './access/sign-in/password-hash.ts';
import { type Config, ownAddress } from './config.ts';
import type { DeliverDeps } from './deliveries/deliver-deps.ts';
import { DEFAULT_SCHEDULE_MS } from './deliveries/delivery.ts';
import { HUB_ORGANIZATION } from './directory/hub-organization.ts';
import type { SubscriptionSettings } from './fhir/subscriptions/terms/terms.ts';
import { loadTopics } from './fhir/subscriptions/topics/load.ts';
import { type OutboundPolicy, readNetworks } from './outbound/policy.ts';
import { keysInFolder } from './secrets/key-file.ts';
import { readKeys, type SecretKeys } from './secrets/keys.ts';

// What the configuration means to each part of the house. Pure, but for the keys of an embedded store.

/** What may be subscribed to, and how it is told. */
export function subscriptionSettings(config: Config, outbound: OutboundPolicy): SubscriptionSettings {
  return {
    topics: loadTopics(),
    hubBase: addressOf(config),
    outbound,
    mails: mailSettings(config) !== undefined,
  };
}

/** The keys that secrets are sealed with: those that are set, or those of the embedded store's own folder. */
export function secretKeysOf({ SECRETS_KEYS, DATABASE_URL, DATA_DIR }: Config): SecretKeys {
  if (SECRETS_KEYS !== undefined) return readKeys(SECRETS_KEYS);
  return DATABASE_URL === undefined ? keysInFolder(DATA_DIR) : [];
}

/** A hub that only this machine reaches is tried out with partners on it. */
export function outboundPolicyOf({ HOST, OUTBOUND_HTTP, OUTBOUND_NETWORKS }: Config): OutboundPolicy {
  const isTrial = isLoopback(HOST);
  return {
    http: OUTBOUND_HTTP ? 'always' : isTrial ? 'loopback' : 'never',
    networks: readNetworks(OUTBOUND_NETWORKS ?? (isTrial ? '127.0.0.0/8,::1/128' : '')),
  };
}

const MINUTE_MS = 60_000;

/** Where this hub is for people. */
export interface Addresses {
  /** The hosts of this hub's own addresses, beside that of a request. */
  readonly ownHosts: readonly string[];
  /** The address people reach this hub at; where only its own machine does, as it was called. */
  readonly hubAddress: (request: { get(name: string): string | undefined }) => string;
}

/** Who may answer without an account. */
export interface Mailboxes {
  /** Whether agencies may by their mailbox. */
  readonly mailboxAnswers: boolean;
}

/** How people sign in, and where. */
export function peopleSettings(
  config: Config,
): Pick<PeopleDeps, 'sessions' | 'passwords' | 'mails'> & Addresses & Mailboxes {
  const address = config.PUBLIC_URL;
  const isTrial = isLoopback(config.HOST);
  return {
    sessions: {
      hubOrg: HUB_ORGANIZATION,
      cookie: sessionCookie(isTrial && !address?.startsWith('https:')),
      idleMs: config.SESSION_IDLE_MINUTES * MINUTE_MS,
      longestMs: config.SESSION_HOURS * 60 * MINUTE_MS,
    },
    passwords: passwordHasher(config.PASSWORD_COST),
    mails: mailSettings(config) !== undefined,
    mailboxAnswers: answersByMailbox(config),
    ownHosts: address === undefined ? [] : [new URL(address).host],
    hubAddress: (request) => address ?? ownAddress(config, isTrial ? request.get('host') : undefined),
  };
}

/** Who could be sent no code is not asked for one. */
function answersByMailbox(config: Config): boolean {
  return config.MAILBOX_ANSWERS && mailSettings(config) !== undefined;
}

function mailSettings({ SMTP_URL: server, MAIL_FROM: from }: Config): DeliverDeps['mail'] {
  if (!server) return undefined;
  if (!from) throw new Error('SMTP_URL needs MAIL_FROM: the address that mails come from.');
  return { server, from };
}

/** How deliveries are made. */
export function deliverySettings(
  config: Config,
): Pick<
  DeliverDeps,
  'mail' | 'pages' | 'mailboxAnswers' | 'timeoutMs' | 'laneLimit' | 'schedule' | 'fetchIntervalMs' | 'fetchLateMs'
> {
  return {
    // Nobody has called: the address is as it is set.
    pages: peopleSettings(config).hubAddress({ get: () => undefined }),
    mailboxAnswers: answersByMailbox(config),
    mail: mailSettings(config),
    timeoutMs: config.DELIVERY_TIMEOUT_MS,
    laneLimit: config.LANE_CONCURRENCY,
    fetchIntervalMs: config.FETCH_INTERVAL_MS,
    fetchLateMs: config.FETCH_LATE_DAYS * 24 * 3_600_000,
    schedule: config.RETRY_SCHEDULE_MS?.split(',').map(Number) ?? DEFAULT_SCHEDULE_MS,
  };
}

/** The address of this hub's FHIR API. */
export function addressOf(config: Config): string {
  return `${config.PUBLIC_URL ?? ownAddress(config)}/fhir/R4`;
}

/** Whether only this machine reaches what listens on a host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
