import { IANAZone } from 'luxon';
import { z } from 'zod';

/** Keys as `careloop secrets new-key` prints them. */
const KEYS = /^[\s,]*([\w-]{1,40}:[A-Za-z0-9+/]{43}=[\s,]*)+$/;

const count = z.coerce.number().int().min(0);
const milliseconds = z.coerce.number().int().positive();

/** Every setting, with its meaning and its default. Secrets have no default. */
export const configSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(8080).describe('TCP port of the page and the API'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on; on loopback, requests to another name or from another page are refused'),
  PUBLIC_URL: z
    .url()
    // What stands below it begins with one.
    .transform((address) => address.replace(/\/$/, ''))
    .optional()
    .describe(
      'The address partners reach this hub at; references sent to partners start with it, and the token endpoint is below it',
    ),
  TLS_CERT_FILE: z
    .string()
    .optional()
    .describe('Certificate (PEM, with its chain) by which the hub itself speaks https; unset: it speaks http'),
  TLS_KEY_FILE: z.string().optional().describe('The key of that certificate (PEM)'),
  TLS_CLIENT_CERTS: z
    .enum(['none', 'optional', 'required'])
    .default('none')
    .describe(
      'Whether programs are asked for a certificate when they connect; required: without one that TLS_CLIENT_CA_FILE vouches for there is no connection',
    ),
  TLS_CLIENT_CA_FILE: z.string().optional().describe('Authorities (PEM) that vouch for certificates of programs'),
  TLS_CLIENT_CERT_HEADER: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,60}$/, 'the name of a header')
    .optional()
    .describe(
      'Header in which a proxy of TRUSTED_PROXIES says what certificate a program has shown to it, e.g. Client-Cert; the proxy must take away what others write there',
    ),
  DATA_DIR: z.string().min(1).default('./data').describe('Folder of the embedded store (used without DATABASE_URL)'),
  DATABASE_URL: z.string().optional().describe('PostgreSQL 15+ server; without it the embedded store is used'),
  SECRETS_KEYS: z
    .string()
    .regex(KEYS, 'id:base64-of-32-bytes, separated by commas; `npx careloop secrets new-key` makes one')
    .optional()
    .describe(
      'Keys that seal secrets in the database, comma separated: the first seals, all open; unset: the embedded store makes one in its folder, a server store takes no secrets',
    ),
  STATEMENT_TIMEOUT_MS: count
    .default(30_000)
    .describe(
      'How long one statement of a request may take in a database server, in ms; a search that takes longer is refused; 0: as long as it likes',
    ),
  API_PROCESSES: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Processes that answer the API together, each on a core of its own; more than one needs DATABASE_URL'),
  SESSION_IDLE_MINUTES: z.coerce
    .number()
    .positive()
    .max(1_440)
    .default(30)
    .describe('After how long without a request somebody is signed out, in minutes'),
  SESSION_HOURS: z.coerce
    .number()
    .positive()
    .max(168)
    .default(12)
    .describe('After how long somebody has to sign in again in any case, in hours'),
  PASSWORD_COST: z.coerce
    .number()
    .int()
    .min(14)
    .max(20)
    .default(17)
    .describe(
      'Work of one hash of a password, as a power of two (scrypt N); raised, each is made anew when its owner signs in',
    ),
  DEMO_STORE: z
    .stringbool()
    .default(false)
    .describe('Whether the store that this start makes is for a demo, in which links sign people in'),
  TRUSTED_PROXIES: z
    .string()
    .optional()
    .describe(
      'Networks of reverse proxies whose X-Forwarded-For is believed, as 10.2.0.0/16,fd00::/8; without it who tries to sign in is known by the proxy that calls',
    ),
  REDIS_URL: z.string().optional().describe('Redis for BullMQ; without it workers claim the outbox themselves'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe log line written'),
  BODY_LIMIT_BYTES: z.coerce.number().int().positive().default(5_000_000).describe('Largest request body accepted'),
  BUNDLE_ENTRY_LIMIT: z.coerce.number().int().positive().default(1_000).describe('Most entries of one Bundle'),
  NESTING_LIMIT: z.coerce
    .number()
    .int()
    .min(20)
    .max(500)
    .default(64)
    .describe('How deep a body may be nested, in JSON and in XML; FHIR needs twenty at most'),
  RATE_LIMIT_ADDRESS: count
    .default(1_200)
    .describe(
      'Requests a minute of one address by who is not known: without a token, with one that is not good, or asking for one; 0: as many as it likes',
    ),
  RATE_LIMIT_PROGRAM: count.default(60_000).describe('Requests a minute of one program; 0: as many as it likes'),
  RATE_LIMIT_PERSON: count
    .default(3_000)
    .describe('Requests a minute of one person who is signed in; 0: as many as they like'),
  QUOTA_PROGRAM: count.default(2_000_000).describe('Requests a day (UTC) of one program; 0: as many as it likes'),
  QUOTA_PERSON: count.default(100_000).describe('Requests a day (UTC) of one person; 0: as many as they like'),
  CONNECTIONS_PER_ADDRESS: count
    .default(256)
    .describe('Connections of one address to one process that may be open at once; 0: as many as it likes'),
  HEADERS_TIMEOUT_MS: milliseconds.default(10_000).describe('How long the head of a request may take to arrive, in ms'),
  REQUEST_TIMEOUT_MS: milliseconds.default(60_000).describe('How long a whole request may take to arrive, in ms'),
  HEADER_BYTES: z.coerce.number().int().min(1_000).default(16_384).describe('Largest head of a request accepted'),
  DELIVERY_TIMEOUT_MS: milliseconds.default(15_000).describe('How long one attempt may wait for a partner, in ms'),
  DELIVERY_CONCURRENCY: z.coerce
    .number()
    .int()
    .positive()
    .default(16)
    .describe('Deliveries one worker process sends at once'),
  LANE_CONCURRENCY: z.coerce
    .number()
    .int()
    .positive()
    .default(8)
    .describe('Deliveries in flight to one endpoint, over all workers'),
  FETCH_INTERVAL_MS: milliseconds
    .default(300_000)
    .describe(
      'How often the FHIR server of a partner is asked what became of what was put there, in ms; only while something there is waited for',
    ),
  FETCH_LATE_DAYS: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(30)
    .describe(
      'For how many days after its end what a partner has on its FHIR server is asked for, once a day: an outcome may come late, or be corrected; 0: not at all',
    ),
  FETCH_CONCURRENCY: z.coerce
    .number()
    .int()
    .positive()
    .default(8)
    .describe('Servers of partners that one worker process asks at once'),
  SWEEP_INTERVAL_MS: milliseconds.default(1_000).describe('How often the safety net looks for what is due, in ms'),
  DEADLINE_INTERVAL_MS: milliseconds
    .default(1_000)
    .describe('How often it is looked for what is due because nothing has happened, in ms'),
  AUDIT_SEAL_INTERVAL_MS: milliseconds
    .default(10_000)
    .describe(
      'How often new entries of the audit are sealed, in ms; until then a changed one could not be told. As often, Provenances are made of them',
    ),
  AUDIT_READS_FLUSHED: z
    .stringbool()
    .default(true)
    .describe(
      'Whether who reads waits until the disk has it that they read; if not, a crash of the database may lose the last second of that',
    ),
  PROFILES_DIR: z
    .string()
    .optional()
    .describe('Folders of further profiles (JSON), comma separated; what claims them is checked against them'),
  CONSENT_POLICY: z
    .string()
    .optional()
    .describe('File of the consent policy (JSON), in place of profiles/policy/consent.json'),
  POLICIES_DIR: z
    .string()
    .optional()
    .describe(
      'Folders of further policies, comma separated: policy.json for all referrals, and <programme>/policy.json; what they say wins over profiles/',
    ),
  MEASURES_DIR: z
    .string()
    .optional()
    .describe('Folders of further windows that are measured (JSON), comma separated; see docs/measures.md'),
  HUB_TIME_ZONE: z
    .string()
    .default('UTC')
    .refine((zone) => IANAZone.isValidZone(zone), 'a time zone of the IANA database, e.g. America/New_York')
    .describe('Time zone of who has no calendar of its own: working days are Monday to Friday there'),
  RETRY_SCHEDULE_MS: z
    .string()
    .regex(/^\d+(,\d+)*$/, 'milliseconds separated by commas')
    .optional()
    .describe(
      'Waits between attempts in ms, comma separated; unset: 5 s, 1 min, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h',
    ),
  REFERENCES: z
    .enum(['known', 'any'])
    .default('any')
    .describe('Which other servers resources may refer to: any, or those that are known'),
  REFERENCE_BASES: z
    .string()
    .optional()
    .describe('Addresses of servers that may be referred to beside those of the Endpoints here, comma separated'),
  EXPORT_HOURS: z.coerce
    .number()
    .positive()
    .default(24)
    .describe('How long the files of a bulk export are kept, in hours'),
  EXPORT_CONCURRENCY: z.coerce
    .number()
    .int()
    .positive()
    .default(2)
    .describe('Bulk exports of one organization that may be under way at once'),
  SUBSCRIPTION_EVENT_DAYS: z.coerce
    .number()
    .int()
    .min(30)
    .default(45)
    .describe(
      'How long events of subscriptions can be asked for again, in days, 30 or more; undelivered ones are kept',
    ),
  OUTBOUND_HTTP: z
    .stringbool()
    .default(false)
    .describe(
      'Whether the hub calls http addresses anywhere; those of this machine it calls anyway where HOST is loopback',
    ),
  OUTBOUND_NETWORKS: z
    .string()
    .optional()
    .describe(
      'Networks the hub may call though they are not public, as 10.2.0.0/16,fd00::/8; unset: this machine where HOST is loopback, else none',
    ),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe('Mail server for subscriptions by e-mail, smtp:// or smtps://; without it they are refused'),
  MAILBOX_ANSWERS: z
    .stringbool()
    .default(true)
    .describe(
      'Whether an agency whose Endpoint is a mailbox (mailto:) opens and answers what it is asked by a link and a code sent there; if not, mails only say that something waits',
    ),
  MAIL_FROM: z.email().optional().describe('Address that mails come from; needed with SMTP_URL'),
  WORKERS: z
    .string()
    .default('relay,deliver')
    .describe('Which workers `npm run start:workers` starts, comma separated'),
});

export type Config = Readonly<z.infer<typeof configSchema>>;

/** The address at which this machine reaches the hub. @param called the host it was called by, where that can be believed */
export function ownAddress(
  { HOST, PORT, TLS_CERT_FILE }: Pick<Config, 'HOST' | 'PORT' | 'TLS_CERT_FILE'>,
  called: string = `${hostInUrl(HOST)}:${PORT}`,
): string {
  return `${TLS_CERT_FILE ? 'https' : 'http'}://${called}`;
}

/** A host as it stands in an address: one of IPv6 in brackets. @see https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2 */
export function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Reads the settings from an environment, by default this process's (the only place that does).
 * @throws Error naming every setting that is wrong, and why.
 */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = configSchema.safeParse(present);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The settings are not usable:\n${problems.join('\n')}`);
  }
  return Object.freeze(parsed.data);
}
