import { randomUUID } from 'node:crypto';
import type { Sql } from '../../db/database.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import type { Role } from '../../fhir/role.ts';
import { digestOf, newToken } from '../clients.ts';
import type { Person } from '../people/person.ts';
import { callerOf } from '../people/role-rights.ts';
import type { SessionCookie } from './cookie.ts';
import { csrfTokenOf } from './csrf.ts';

/** How long sessions last, and what they are kept by. */
export interface SessionSettings {
  readonly hubOrg: string;
  readonly cookie: SessionCookie;
  /** After so long without a request a session ends, in ms. */
  readonly idleMs: number;
  /** After so long it ends in any case, in ms. */
  readonly longestMs: number;
}

/** How somebody has signed in. */
export interface SignedIn {
  readonly personId: string;
  /** `password`, `set-up`, `invitation`, `link`, or `oidc:<provider>`. */
  readonly how: string;
  /** Whether a second factor was shown, here or to the provider. */
  readonly secondFactor: boolean;
  /** What the identity provider calls its session. */
  readonly providerSid?: string | undefined;
  /** The User-Agent header of the browser. */
  readonly userAgent?: string | undefined;
  readonly requestId?: string | undefined;
}

/** What is told of a session to whom it belongs. */
export interface SessionBody {
  readonly person: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly roles: readonly Role[];
    readonly organization: { readonly id: string; readonly name: string };
  };
  /** To be sent back in X-CSRF-Token by whatever changes something. */
  readonly csrfToken: string;
  /** Whether the account has a second factor. */
  readonly secondFactor: boolean;
  readonly idleUntil: string;
  readonly endsAt: string;
  /** What lets this person read everything for a time, and until when. */
  readonly brokenGlass?: { readonly id: string; readonly until: string };
  /** For supervisors: how many have broken the glass and nobody has seen it yet. */
  readonly breakGlassUnseen?: number;
}

/** A session that is going on. */
export interface Session {
  readonly id: string;
  readonly person: Omit<Person, 'credentials'>;
  readonly caller: Caller;
  readonly body: SessionBody;
}

/** A session that was just opened. */
export interface OpenedSession {
  /** The value of the cookie: told to the browser, and kept nowhere. */
  readonly cookie: string;
  readonly body: SessionBody;
}

/**
 * Opens a session for somebody who has just proved who they are, by whatever way, and records that in the audit. It is a
 * new one in any case: what a browser presented before says nothing.
 * @throws Error when there is no such person, or it is not active: who calls has made sure
 */
export async function openSession(
  tx: Sql,
  settings: SessionSettings,
  { personId, how, secondFactor, providerSid, userAgent, requestId }: SignedIn,
  now: Date,
): Promise<OpenedSession> {
  const cookie = newToken();
  await tx.query(
    `INSERT INTO session (id, digest, person_id, how, second_factor, user_agent, created_at, used_at, ends_at, provider_sid)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)`,
    [
      randomUUID(),
      Buffer.from(digestOf(cookie), 'base64'),
      personId,
      how,
      secondFactor,
      browserOf(userAgent),
      now,
      new Date(now.getTime() + settings.longestMs),
      providerSid ?? null,
    ],
  );
  const session = await readSession(tx, settings, cookie, now);
  if (!session) throw new Error('A session was opened for nobody.');
  const caller = { ...session.caller, ...(requestId === undefined ? {} : { requestId }) };
  await recordIn(tx, caller, now, [{ action: 'E', interaction: 'sign-in', about_person: personId }]);
  return { cookie, body: session.body };
}

interface SessionRow {
  readonly session_id: string;
  readonly used_at: Date;
  readonly ends_at: Date;
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly organization_id: string;
  readonly organization_name: string | null;
  readonly roles: Role[];
  readonly patient_id: string | null;
  readonly created_at: Date;
  readonly has_second_factor: boolean;
  readonly break_glass_id: string | null;
  readonly break_glass_ends: Date | null;
}

const READ = `SELECT s.id AS session_id, s.used_at, s.ends_at, p.id, p.name, p.email, p.organization_id, p.roles, p.patient_id, p.created_at,
    p.second_factor AS has_second_factor,
    (SELECT content ->> 'name' FROM resource WHERE type = 'Organization' AND id = p.organization_id) AS organization_name,
    glass.id AS break_glass_id, glass.ends_at AS break_glass_ends
  FROM session s JOIN person p ON p.id = s.person_id
    LEFT JOIN LATERAL (SELECT id, ends_at FROM break_glass WHERE person_id = p.id AND ended_at IS NULL AND ends_at > $2
      ORDER BY ends_at DESC LIMIT 1) glass ON true
  WHERE s.digest = $1 AND s.ended_at IS NULL AND s.ends_at > $2 AND s.used_at > $3 AND p.active`;

/** The session a cookie stands for; undefined when it is none, or has ended. @param cookie the value of the cookie */
export async function readSession(
  sql: Sql,
  settings: SessionSettings,
  cookie: string,
  now: Date,
): Promise<Session | undefined> {
  const idleSince = new Date(now.getTime() - settings.idleMs);
  const values = [Buffer.from(digestOf(cookie), 'base64'), now, idleSince];
  const [row] = await sql.query<SessionRow>(READ, values, { brief: true });
  return row && sessionOf(row, settings, cookie, now);
}

function sessionOf(row: SessionRow, settings: SessionSettings, cookie: string, now: Date): Session {
  const { id, name, email, roles } = row;
  const person = {
    id,
    name,
    email,
    roles,
    organizationId: row.organization_id,
    patientId: row.patient_id ?? undefined,
    active: true,
    createdAt: row.created_at,
  };
  const idleUntil = Math.min(now.getTime() + settings.idleMs, row.ends_at.getTime());
  return {
    id: row.session_id,
    person,
    caller: callerOf(person, settings.hubOrg, row.break_glass_id ?? undefined),
    body: {
      person: { id, name, email, roles, organization: { id: row.organization_id, name: row.organization_name ?? '' } },
      csrfToken: csrfTokenOf(cookie),
      secondFactor: row.has_second_factor,
      idleUntil: new Date(idleUntil).toISOString(),
      endsAt: row.ends_at.toISOString(),
      ...brokenGlassOf(row),
    },
  };
}

function brokenGlassOf({ break_glass_id: id, break_glass_ends: until }: SessionRow): Pick<SessionBody, 'brokenGlass'> {
  return id === null || until === null ? {} : { brokenGlass: { id, until: until.toISOString() } };
}

/** Use is kept to the minute: not every request is a write. */
const KEPT_TO_MS = 60_000;

/** Keeps that a session is used. */
export async function keepInUse(sql: Sql, { id }: Session, now: Date): Promise<void> {
  const before = new Date(now.getTime() - KEPT_TO_MS);
  await sql.query('UPDATE session SET used_at = $2 WHERE id = $1 AND used_at <= $3', [id, now, before], {
    brief: true,
  });
}

/** A browser and a system, as a person knows them again: not the whole header. Pure. */
export function browserOf(userAgent = ''): string {
  const named = (names: readonly (readonly [RegExp, string])[]): string | undefined =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1];
  return [named(BROWSERS) ?? 'another browser', named(SYSTEMS)].filter(Boolean).join(', ');
}

const BROWSERS = [
  [/\bEdg\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\bChrom(e|ium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const;
const SYSTEMS = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
] as const;
