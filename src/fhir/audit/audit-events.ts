import type { AuditEvent, Bundle, BundleEntry, OperationOutcome } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { type Caller, ownId, visibleTo } from '../caller.ts';
import { NOT_THERE, notFound, type Session } from '../rest/interaction.ts';
import type { Params } from '../rest/request/address.ts';
import { MAILBOX } from '../role.ts';
import { seesRestricted } from '../sharing/restricted.ts';
import { someEntries } from '../some-entries.ts';
import { type AuditEntry, toAuditEvent } from './audit-event.ts';
import {
  beside,
  linksOf,
  orderOf,
  orderSql,
  type Page,
  type Placed,
  pageFrom,
  readCursor,
  selfLink,
} from './audit-pages.ts';
import { auditClause } from './audit-params.ts';
import { RESULT_PARAMETERS } from './record/recorded.ts';

const PAGE = 20;
const LARGEST_PAGE = 1_000;

const FROM = 'audit a LEFT JOIN resource ON resource.type = a.resource_type AND resource.id = a.resource_id';
/** What an entry says. Of what was not there, or not for who asked, its name is told to whom may see it, as it is now. */
function columnsFor(caller: Caller): string {
  const told = `(a.refusal IS DISTINCT FROM '${NOT_THERE}' OR (resource.id IS NOT NULL AND ${visibleTo(caller)}))`;
  return `a.id::text AS id, a.recorded_at AS "recordedAt", a.action, a.organization_id AS "organizationId",
  a.client_id AS "clientId", a.request_id AS "requestId", a.resource_type AS type,
  CASE WHEN ${told} THEN a.resource_id END AS "resourceId", a.version, CASE WHEN ${told} THEN a.patient END AS patient,
  a.interaction, a.query, a.refusal, a.recipient, a.purpose, a.basis, a.person_id AS "personId", a.person_roles AS "personRoles",
  ${visitorFor(caller)} AS visitor,
  a.about_person AS "aboutPerson", a.about_client AS "aboutClient", a.times, a.break_glass AS "breakGlass", a.door, a.recorded_at::text AS at`;
}

/** The name of who came by a mailbox: it is said by themselves, and stands nowhere else. For their organization, and the hub's people. */
function visitorFor(caller: Caller): string {
  const own = caller.kind === 'client' ? ` AND v.organization_id = ${ownId(caller)}` : '';
  return `(SELECT v.name FROM mailbox_visit v WHERE v.id = CASE WHEN a.person_roles = '${MAILBOX}' THEN a.person_id::uuid END${own})`;
}

type Row = AuditEntry & Placed;

/** One entry of the audit, as an AuditEvent. @throws AppError (404) */
export async function readAuditEvent(sql: Sql, { caller, store }: Session, id: string): Promise<AuditEvent> {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const where = `a.id = ${add(id)} AND ${entryVisibleTo(caller, add)}`;
  const [row] = /^[1-9]\d{0,17}$/.test(id)
    ? await sql.query<Row>(`SELECT ${columnsFor(caller)} FROM ${FROM} WHERE ${where}`, values)
    : [];
  if (!row) throw notFound('AuditEvent', id);
  return toAuditEvent(row, store.self);
}

/**
 * Searches the audit; newest first unless sorted otherwise, a page at a time.
 * @throws AppError (400) when a parameter cannot be used so, or is not known and the caller is strict
 * @see https://hl7.org/fhir/R4/auditevent.html#search
 */
export async function searchAuditEvents(sql: Sql, session: Session, params: Params): Promise<Bundle> {
  const values: unknown[] = [];
  const { clauses, unknown } = clausesOf(params, session, (value) => `$${values.push(value)}`);
  if (session.strict && unknown.length > 0) throw refusedUnknown(unknown);
  const asked = new Map(params);
  const isCount = asked.get('_summary') === 'count' || asked.get('_count') === '0';
  const isCounted = isTotalAsked(asked.get('_total')) || isCount;
  const total = isCounted ? await count(sql, clauses, values) : undefined;
  const page = isCount ? undefined : await pageOf(sql, { columns: columnsFor(session.caller), clauses, values }, asked);
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(total === undefined ? {} : { total }),
    link: page ? linksOf(session.base, params, page) : [selfLink(session.base, params)],
    ...someEntries([...(page?.rows ?? []).map((row) => entryOf(row, session)), ...outcomeOf(unknown)]),
  };
}

function isTotalAsked(total: string | undefined): boolean {
  if (total === undefined || total === '' || total === 'none') return false;
  // An estimate would take as long to be made as the number itself.
  if (total === 'accurate' || total === 'estimate') return true;
  throw new AppError('invalid', 'search.parameter', '"_total" must be none, estimate, accurate.');
}

/**
 * Which entries a caller may see. Of what it may see, what it changed itself, and of what is its own, what others
 * changed: not what others did to what they share with it. Who read something, or was refused, is for people at the hub,
 * and for whom it was itself.
 */
function entryVisibleTo(caller: Caller, add: (value: unknown) => string): string {
  // That something is not there is told whatever is there: otherwise what is hidden would be found out by it.
  const shown = seesRestricted(caller) ? 'TRUE' : `(${UNRESTRICTED} OR a.refusal IS NOT DISTINCT FROM '${NOT_THERE}')`;
  if (caller.kind !== 'client') return shown;
  const own = add(caller.organizationId);
  const isInvolved = `${own} IN (a.organization_id, resource.author_org)`;
  return `CASE WHEN a.interaction IS NULL THEN ${visibleTo(caller)} AND ${isInvolved} ELSE a.organization_id = ${own} AND ${shown} END`;
}

/** Neither what it is of nor whose record is part of a mandated report. */
const UNRESTRICTED = `resource.restricted IS NOT TRUE
  AND NOT EXISTS (SELECT 1 FROM resource p WHERE p.type = 'Patient' AND p.id = a.patient AND p.restricted)`;

function clausesOf(
  params: Params,
  { caller, store, base }: Session,
  add: (value: unknown) => string,
): { readonly clauses: readonly string[]; readonly unknown: readonly string[] } {
  const unknown: string[] = [];
  const clauses = [entryVisibleTo(caller, add)];
  for (const [name, value] of params) {
    if (RESULT_PARAMETERS.has(name)) continue;
    const clause = auditClause(name, value, add, { observer: store.self, base });
    if (clause === undefined) unknown.push(name);
    else clauses.push(clause);
  }
  return { clauses, unknown };
}

async function count(sql: Sql, clauses: readonly string[], values: readonly unknown[]): Promise<number> {
  const text = `SELECT count(*)::int AS total FROM ${FROM} WHERE ${clauses.join(' AND ')}`;
  const [row] = await sql.query<{ total: number }>(text, values);
  return row?.total ?? 0;
}

interface Select {
  readonly columns: string;
  readonly clauses: readonly string[];
  readonly values: readonly unknown[];
}

/** The page that is asked for: just behind a place, or just before it, or the first one. */
async function pageOf(
  sql: Sql,
  { columns, clauses, values }: Select,
  asked: ReadonlyMap<string, string>,
): Promise<Page<Row>> {
  const size = pageSize(asked.get('_count'));
  const order = orderOf(asked.get('_sort'));
  const said = asked.get('_cursor');
  const cursor = said === undefined ? undefined : readCursor(said);
  const all = [...values];
  const add = (value: unknown): string => `$${all.push(value)}`;
  const where = cursor ? [...clauses, beside(cursor, order, add)] : clauses;
  const sorted = `ORDER BY ${orderSql(order, cursor)} LIMIT ${add(size + 1)}`;
  const text = `SELECT ${columns} FROM ${FROM} WHERE ${where.join(' AND ')} ${sorted}`;
  return pageFrom(await sql.query<Row>(text, all), size, cursor);
}

function pageSize(asked: string | undefined): number {
  if (asked === undefined) return PAGE;
  if (/^\d{1,9}$/.test(asked)) return Math.min(Number(asked), LARGEST_PAGE);
  throw new AppError('invalid', 'search.count', '_count must be a whole number, 0 or more.');
}

function entryOf(row: Row, { base, store }: Session): BundleEntry {
  return {
    fullUrl: `${base}/AuditEvent/${row.id}`,
    resource: toAuditEvent(row, store.self),
    search: { mode: 'match' },
  };
}

function refusedUnknown(unknown: readonly string[]): AppError {
  const issues = unknown.map((name) => ({ text: `The search parameter "${name}" is not known for AuditEvent.` }));
  return new AppError('invalid', 'search.parameter-unknown', issues[0]?.text ?? '', { issues });
}

/** @see https://hl7.org/fhir/R4/search.html#errors */
function outcomeOf(unknown: readonly string[]): BundleEntry[] {
  if (unknown.length === 0) return [];
  const resource: OperationOutcome = {
    resourceType: 'OperationOutcome',
    issue: unknown.map((name) => ({
      severity: 'warning',
      code: 'not-supported',
      details: { text: `The search parameter "${name}" is not known and was left out.` },
    })),
  };
  return [{ search: { mode: 'outcome' }, resource }];
}
