import type { HumanName, Patient } from '@medplum/fhirtypes';
import type { Sql } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { type Caller, contentFor, visibleTo } from '../fhir/caller.ts';
import { unlessRestricted } from '../fhir/sharing/restricted.ts';
import type { LoopDetail, LoopQuery, LoopSummary } from './api.ts';
import { asSeenBy } from './as-seen-by.ts';
import { confirmationOf } from './confirmation/read.ts';
import { type Names, named, organizationNames } from './names.ts';
import type { LoopRow } from './project.ts';
import { organizationsIn, timelineRows, toEntry } from './timeline.ts';

interface ListedRow extends Omit<LoopRow, 'since' | 'due' | 'opened_at' | 'updated_at' | 'closed_at'> {
  since: Date | null;
  due: Date | null;
  opened_at: Date;
  updated_at: Date;
  closed_at: Date | null;
  client: Patient | null;
}

/** Who looks at loops: the hub's people at all of them, an organization at those that are a matter of its own. */
export interface Viewer {
  readonly caller: Caller;
  readonly hubOrg: string;
}

/** The organization that sees its own part only; undefined for who sees everything. */
function partyOf({ caller }: Viewer): string | undefined {
  return caller.kind === 'client' ? caller.organizationId : undefined;
}

/** The condition on the loops of an organization, where it is not everything. @param party SQL of its id */
function ownSql({ caller }: Viewer, party: string): string {
  if (caller.kind !== 'client') return '';
  const sent = caller.view ? ` AND sender_org = ${party}` : '';
  return `AND parties @> ARRAY[${party}::text]${sent}`;
}

function columns({ caller }: Viewer): string {
  return `loop.*, (SELECT ${contentFor(caller)} FROM resource WHERE type = 'Patient' AND id = split_part(loop.patient, '/', 2) AND ${visibleTo(caller)}) AS client`;
}

/** By what lists are narrowed. */
export type Narrowed = Readonly<Partial<Record<'waitingOn' | 'programme', boolean>>>;

/** What a client is asked, and says, is not told by what is awaited. */
const shownStep = `next_step NOT IN ('confirm-with-client', 'decide-after-answer')`;

/** Open loops, those due first before others: the page that is asked for most. $1, $2: behind which; $3: how many. */
export function openLoopsSql(
  viewer: Viewer,
  { waitingOn, programme }: Narrowed,
  escalation?: LoopQuery['escalation'],
): string {
  const [waiting = '', named = '', party = ''] = numbered(waitingOn, programme);
  const own = ownSql(viewer, party);
  const shown = unlessRestricted(viewer.caller, 'loop');
  // On whom others wait is not its business.
  const awaited = own && `AND (sender_org = ${party} OR waiting_on_org = ${party}) AND ${shownStep}`;
  return `SELECT ${columns(viewer)} FROM loop WHERE state = 'open' ${own} ${shown} ${waitingOn ? `AND waiting_on = ${waiting} ${awaited}` : ''}
    ${programme ? ofProgramme(viewer, named, party) : ''} ${escalation ? escalatedSql(viewer, escalation) : ''}
    AND (due, id) > ($1, $2) ORDER BY due, id LIMIT $3`;
}

/** What people here must look at is theirs: no organization is shown it. */
function escalatedSql({ caller }: Viewer, escalation: NonNullable<LoopQuery['escalation']>): string {
  if (caller.kind === 'client') return 'AND false';
  return escalation === 'supervisor' ? `AND escalation = 'supervisor'` : `AND escalation IN ('worklist', 'supervisor')`;
}

export function closedLoopsSql(viewer: Viewer, { programme }: Narrowed = {}): string {
  const [, named = '', party = ''] = numbered(false, programme);
  const own = ownSql(viewer, party);
  return `SELECT ${columns(viewer)} FROM loop WHERE state = 'closed' ${own} ${unlessRestricted(viewer.caller, 'loop')}
    ${programme ? ofProgramme(viewer, named, party) : ''} AND (closed_at, id) < ($1, $2)
    ORDER BY closed_at DESC, id DESC LIMIT $3`;
}

/** The places of the values that follow the first three: those that are given, then the organization that asks. */
function numbered(...given: readonly (boolean | undefined)[]): string[] {
  let last = 3;
  return [...given, true].map((each) => (each ? `$${++last}` : ''));
}

/** Of which programme it is, an organization is told of what it has sent, or is addressed to it. */
function ofProgramme({ caller }: Viewer, programme: string, party: string): string {
  const told =
    caller.kind === 'client'
      ? ` AND (sender_org = ${party} OR legs @> jsonb_build_array(jsonb_build_object('taskId', id)))`
      : '';
  return `AND programme = ${programme}${told}`;
}

const EARLIEST = new Date('0001-01-01T00:00:00Z');
const LATEST = new Date('9999-12-31T00:00:00Z');

interface Page {
  readonly rows: ListedRow[];
  readonly next: string | null;
}

/** One page of loops as lists show them. `all` shows open ones first, then closed ones. */
export async function listLoops(
  sql: Sql,
  viewer: Viewer,
  query: LoopQuery,
  now: Date,
): Promise<{ loops: LoopSummary[]; next: string | null }> {
  const page = await pageOf(sql, viewer, query);
  return { loops: await summaries(sql, page.rows.map(seenBy(viewer)), now), next: page.next };
}

function seenBy(viewer: Viewer): (row: ListedRow) => ListedRow {
  const party = partyOf(viewer);
  return (row) => (party === undefined ? row : asSeenBy(row, party, viewer.hubOrg));
}

async function pageOf(sql: Sql, viewer: Viewer, query: LoopQuery): Promise<Page> {
  const cursor = readCursor(query.cursor);
  const closedOnly = query.state === 'closed' || cursor?.state === 'closed';
  if (closedOnly) return closedPage(sql, viewer, query, cursor);
  const page = await openPage(sql, viewer, query, cursor);
  // What has ended waits for nobody.
  if (query.state === 'open' || query.escalation || page.next) return page;
  // The open ones fill this page to its end: the closed ones begin with the next.
  if (page.rows.length === query.limit) return { ...page, next: writeCursor({ state: 'closed', at: LATEST, id: '-' }) };
  const rest = await closedPage(sql, viewer, { ...query, limit: query.limit - page.rows.length }, undefined);
  return { rows: [...page.rows, ...rest.rows], next: rest.next };
}

async function openPage(sql: Sql, viewer: Viewer, query: LoopQuery, cursor: Cursor | undefined): Promise<Page> {
  const narrowed = { waitingOn: query.waitingOn !== undefined, programme: query.programme !== undefined };
  const given = [query.waitingOn, query.programme].filter((each) => each !== undefined);
  const values = [cursor?.at ?? EARLIEST, cursor?.id ?? '', query.limit + 1, ...given, ...ownOf(viewer)];
  const rows = await sql.query<ListedRow>(openLoopsSql(viewer, narrowed, query.escalation), values);
  return cut(rows, query.limit, ({ due, id }) => ({ state: 'open', at: due ?? LATEST, id }));
}

async function closedPage(sql: Sql, viewer: Viewer, query: LoopQuery, cursor: Cursor | undefined): Promise<Page> {
  const programme = query.programme === undefined ? [] : [query.programme];
  const values = [cursor?.at ?? LATEST, cursor?.id ?? '', query.limit + 1, ...programme, ...ownOf(viewer)];
  const rows = await sql.query<ListedRow>(closedLoopsSql(viewer, { programme: programme.length > 0 }), values);
  return cut(rows, query.limit, ({ closed_at, id }) => ({ state: 'closed', at: closed_at ?? LATEST, id }));
}

function ownOf(viewer: Viewer): string[] {
  const party = partyOf(viewer);
  return party === undefined ? [] : [party];
}

function cut(rows: ListedRow[], limit: number, cursorOf: (row: ListedRow) => Cursor): Page {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last ? writeCursor(cursorOf(last)) : null };
}

interface Cursor {
  readonly state: 'open' | 'closed';
  readonly at: Date;
  readonly id: string;
}

function writeCursor({ state, at, id }: Cursor): string {
  return Buffer.from(`${state} ${at.toISOString()} ${id}`).toString('base64url');
}

function readCursor(text: string | undefined): Cursor | undefined {
  if (!text) return undefined;
  const [state, at, id] = Buffer.from(text, 'base64url').toString().split(' ');
  const moment = new Date(at ?? '');
  if ((state !== 'open' && state !== 'closed') || !id || Number.isNaN(moment.getTime())) {
    throw new AppError('invalid', 'loops.cursor', 'This cursor is not one of ours. Start again without it.', {
      issues: [{ text: 'Not a cursor of this list.', expression: 'cursor' }],
    });
  }
  return { state, at: moment, id };
}

/** These loops as lists show them, in the order of their ids; without those that a viewer is not shown. */
export async function loopsOf(sql: Sql, viewer: Viewer, ids: readonly string[], now: Date): Promise<LoopSummary[]> {
  const shown = `${ownSql(viewer, '$2')}${unlessRestricted(viewer.caller, 'loop')}`;
  const rows = await sql.query<ListedRow>(
    `SELECT ${columns(viewer)} FROM loop WHERE id = ANY($1::text[]) ${shown} ORDER BY id`,
    [ids, ...ownOf(viewer)],
  );
  return summaries(sql, rows.map(seenBy(viewer)), now);
}

/** How many loops are open, late and closed. */
export async function countLoops(
  sql: Sql,
  viewer: Viewer,
  now: Date,
): Promise<{ open: number; late: number; closed: number }> {
  const isOwn = partyOf(viewer) !== undefined;
  const own = `${ownSql(viewer, '$2')}${unlessRestricted(viewer.caller, 'loop')}`;
  const awaited = isOwn ? 'AND (sender_org = $2 OR waiting_on_org = $2)' : '';
  const [row] = await sql.query<{ open: number; late: number; closed: number }>(
    `SELECT (SELECT count(*)::int FROM loop WHERE state = 'open' ${own}) AS open,
       (SELECT count(*)::int FROM loop WHERE state = 'open' AND due < $1 ${own} ${awaited}) AS late,
       (SELECT count(*)::int FROM loop WHERE state = 'closed' ${own}) AS closed`,
    [now, ...ownOf(viewer)],
  );
  return row ?? { open: 0, late: 0, closed: 0 };
}

/** One loop with its path and everything that happened, in one order. @throws AppError (404) */
export async function readLoop(sql: Sql, viewer: Viewer, id: string, now: Date): Promise<LoopDetail> {
  const party = partyOf(viewer);
  const [whole] = await sql.query<ListedRow>(
    `SELECT ${columns(viewer)} FROM loop WHERE id = $1 ${ownSql(viewer, '$2')}${unlessRestricted(viewer.caller, 'loop')}`,
    [id, ...ownOf(viewer)],
  );
  if (!whole) throw new AppError('notFound', 'loops.not-found', 'There is no such loop.');
  const row = seenBy(viewer)(whole);
  const [summary] = await summaries(sql, [row], now);
  const entries = await timelineRows(sql, whole, party);
  const names = await organizationNames(sql, [
    ...row.legs.map(({ organizationId }) => organizationId),
    ...entries.flatMap(organizationsIn),
  ]);
  const legs = row.legs.map(({ taskId, organizationId, ...leg }) => ({
    id: taskId,
    organization: named(organizationId, names),
    ...leg,
  }));
  const timeline = entries.map((entry) => toEntry(entry, row, names));
  const followers = await sql.query<{ id: string }>(
    `SELECT id FROM loop WHERE replaces = $1 ${ownSql(viewer, '$2')}${unlessRestricted(viewer.caller, 'loop')} ORDER BY opened_at, id`,
    [id, ...ownOf(viewer)],
  );
  // Of who is asked it is no business that somebody was asked before, or again.
  const isAsked = party !== undefined && party !== whole.sender_org;
  const links = { replaces: row.replaces, replacedBy: isAsked ? [] : followers.map((each) => each.id) };
  const confirmation = party === undefined ? await confirmationOf(sql, whole) : null;
  return { ...(summary as LoopSummary), ...links, confirmation, legs, timeline };
}

async function summaries(sql: Sql, rows: readonly ListedRow[], now: Date): Promise<LoopSummary[]> {
  const ids = rows
    .flatMap(({ sender_org, receiver_org, waiting_on_org }) => [sender_org, receiver_org, waiting_on_org])
    .filter((id) => id !== null);
  const names = await organizationNames(sql, ids);
  return rows.map((row) => toSummary(row, names, now));
}

function toSummary(row: ListedRow, names: Names, now: Date): LoopSummary {
  return {
    id: row.id,
    client: { reference: row.patient, name: displayName(row.client) },
    service: row.service,
    category: row.category,
    contactProhibited: row.contact_prohibited,
    programme: row.programme,
    priority: row.priority,
    sender: named(row.sender_org, names),
    receiver: row.receiver_org ? named(row.receiver_org, names) : null,
    state: row.state,
    status: row.status,
    progress: row.progress,
    nextStep: stepOf(row, names, now),
    outcome: row.outcome
      ? { code: row.outcome as NonNullable<LoopSummary['outcome']>['code'], text: row.outcome_text }
      : null,
    openedAt: row.opened_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
  };
}

function stepOf(row: ListedRow, names: Names, now: Date): LoopSummary['nextStep'] {
  if (!row.next_step || !row.waiting_on || !row.since) return null;
  return {
    step: row.next_step as NonNullable<LoopSummary['nextStep']>['step'],
    waitingOn: { kind: row.waiting_on, party: row.waiting_on_org ? named(row.waiting_on_org, names) : null },
    since: row.since.toISOString(),
    due: row.due?.toISOString() ?? null,
    late: row.due !== null && row.due < now,
    escalation: row.escalation,
  };
}

/** A client's name as it is said. */
function displayName(client: Patient | null): string {
  const name: HumanName | undefined = client?.name?.find(({ use }) => use === 'official') ?? client?.name?.[0];
  const parts = [...(name?.given ?? []), name?.family].filter(Boolean);
  return name?.text ?? (parts.join(' ') || 'Name not given');
}
