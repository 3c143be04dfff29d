import type { Role } from './role.ts';
import type { Scope } from './scopes/scope.ts';
import { EVERYBODY } from './sharing/readers.ts';
import { seesRestricted, unlessRestricted } from './sharing/restricted.ts';

/**
 * Who asks: a program of an organization, a person at the hub itself, or the hub acting on its own (roll-up, timers).
 * Every query and every write carries it.
 */
export interface Caller {
  readonly kind: 'client' | 'operator' | 'hub';
  /** The id of the caller's Organization. */
  readonly organizationId: string;
  readonly clientId?: string;
  readonly requestId?: string;
  /** Who is signed in. */
  readonly personId?: string;
  /** What this person is at its organization; absent for programs. */
  readonly roles?: readonly Role[];
  /** Under what it looks at what is not for its role. */
  readonly breakGlassId?: string;
  /** By what somebody on the machine of the hub had it act, or that the hub has fetched what is written; absent: over the API. */
  readonly door?: Door;
  /** What a person sees of what its organization sees; absent: all of it. */
  readonly view?: View;
  /** What it has asked the hub to do: kept in the audit by the transaction that does it. */
  readonly act?: Act;
  /** What its token was given for; undefined: whatever it may by what it is. */
  readonly scopes?: readonly Scope[];
}

/**
 * How what is not said over the API comes in: somebody who looks after the hub on its own machine has it act, by a command or
 * by what it is started with; or the hub has fetched it from the server of who wrote it.
 */
export type Door = OperatorDoor | 'fetched';
export type OperatorDoor = 'command-line' | 'settings';

/** What the hub is asked to do for somebody, as the audit keeps it. */
export interface Act {
  readonly resource_type?: string | undefined;
  readonly resource_id?: string | undefined;
  /** The address it was asked at, with `*` for ids. */
  readonly query: string;
}

/**
 * A part of what there is to see: what an organization wrote, and what the referrals it sent have shared with it; what was
 * shared with it for one Task, and is said about that; or one client's own record, as the keys of the search index that
 * what belongs to it has one of.
 */
export type View =
  | { readonly kind: 'sent' }
  | OneTask
  | { readonly kind: 'own-record'; readonly patientId: string; readonly keys: readonly string[] };

/** Of one Task of a loop: the id of its root is the loop's. */
interface OneTask {
  readonly kind: 'one-task';
  readonly taskId: string;
  readonly loopId: string;
}

/**
 * The clause that keeps a query within what a caller may see, over the columns of `resource`. Every statement that reads
 * resources for a caller includes it; the hub's own (projections, deliveries) do not. The hub and its people see
 * everything but what is restricted to a role; an organization sees what has it, or everybody, among its readers, as long
 * as consent lasts; some of its people a part of that.
 * @param own SQL of the id of the caller's Organization, where it is not to stand in the statement itself
 */
export function visibleTo(caller: Caller, alias = 'resource', own = `'${idForSql(caller.organizationId)}'`): string {
  return `${within(caller, alias, own)}${unlessRestricted(caller, alias)}`;
}

/**
 * What those are shown alike who have this in common: for them `visibleTo` and `contentFor` say the same, where the id of the
 * organization has its place among the values; undefined for who sees a part of what its organization does. Pure.
 */
export function sightOf(caller: Caller): string | undefined {
  return caller.view ? undefined : `${caller.kind}${seesRestricted(caller) ? '' : ' restricted'}`;
}

function within(caller: Caller, alias: string, own: string): string {
  if (caller.view?.kind === 'own-record') return ownRecord(caller.view, alias);
  if (caller.kind !== 'client') return 'true';
  const shared = sharedWith(alias, own);
  if (caller.view?.kind === 'one-task') return `${shared} AND ${forTask(caller.view, own, alias)}`;
  return caller.view ? `${shared} AND ${sentBy(own, alias)}` : shared;
}

/**
 * An author is always among the readers: asked first, because that is the least to look at. The period of the others may
 * be over and the worker that ends shares late: then they read it no more.
 */
function sharedWith(alias: string, own: string): string {
  const lasts = `(${alias}.readers_until IS NULL OR ${alias}.readers_until > now())`;
  return `(${alias}.author_org = ${own} OR ${alias}.readers && ARRAY['${EVERYBODY}', ${own}] AND ${lasts})`;
}

/** What is open to everybody, what the organization wrote, and what a loop that it began has shared with it. */
function sentBy(own: string, alias: string): string {
  return `(${alias}.readers && ARRAY['${EVERYBODY}'] OR ${alias}.author_org = ${own} OR EXISTS (
    SELECT 1 FROM share JOIN loop ON loop.id = share.loop_id
    WHERE share.type = ${alias}.type AND share.resource_id = ${alias}.id AND share.organization_id = ${own}
      AND share.ended_at IS NULL AND share.withheld IS NULL AND loop.sender_org = ${own}))`;
}

/** What is open to everybody, what a Task has shared with the organization, and what that says about it and attaches to it. */
function forTask({ taskId, loopId }: OneTask, own: string, alias: string): string {
  const [task, loop] = [`'${idForSql(taskId)}'`, `'${idForSql(loopId)}'`];
  return `(${alias}.readers && ARRAY['${EVERYBODY}'] OR ${alias}.type = 'Task' AND ${alias}.id = ${task} OR EXISTS (
    SELECT 1 FROM share WHERE share.type = ${alias}.type AND share.resource_id = ${alias}.id AND share.organization_id = ${own}
      AND share.task_id = ${task} AND share.ended_at IS NULL AND share.withheld IS NULL)
    OR ${alias}.type = 'Communication' AND EXISTS (
      SELECT 1 FROM message WHERE message.id = ${alias}.id AND message.loop_id = ${loop} AND message.task_id = ${task})
    OR ${alias}.type = 'Binary' AND ${alias}.author_org = ${own} AND EXISTS (
      SELECT 1 FROM message WHERE 'Communication/' || message.id = ${alias}.content -> 'securityContext' ->> 'reference'
        AND message.loop_id = ${loop} AND message.task_id = ${task}))`;
}

/** What is open to everybody, the client, and what is about the client and nobody else. What is deleted has no keys. */
function ownRecord({ patientId, keys }: View & { readonly kind: 'own-record' }, alias: string): string {
  return `(${alias}.readers && ARRAY['${EVERYBODY}'] OR ${alias}.tokens && ${textsSql(keys)} AND NOT ${namesOthers(keys, alias)}
    OR ${alias}.type = 'Patient' AND ${alias}.id = '${idForSql(patientId)}')`;
}

/**
 * What is about several clients (an appointment of a group, an account of a family) would tell one of them of the others. A
 * reference to a version stands in the index without it, too.
 */
function namesOthers(keys: readonly string[], alias: string): string {
  const beginnings = textsSql(keys.map((key) => key.slice(0, key.lastIndexOf('/') + 1)));
  return `EXISTS (SELECT 1 FROM unnest(${alias}.tokens) AS k(key), unnest(${beginnings}) AS b(beginning)
    WHERE starts_with(k.key, b.beginning) AND position('/_history/' IN k.key) = 0 AND k.key <> ALL (${textsSql(keys)}))`;
}

function textsSql(texts: readonly string[]): string {
  return `ARRAY[${texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')}]::text[]`;
}

/**
 * What a caller is given of a resource that it may see: what others than its author are shown, where that is not all of
 * it. Every statement that gives content to a caller says it so, beside `visibleTo`.
 * @param alias the row of `resource`: what holds for it holds for all its versions
 * @param own as in `visibleTo`
 * @param version the row whose content it is
 */
export function contentFor(
  caller: Caller,
  alias = 'resource',
  own = `'${idForSql(caller.organizationId)}'`,
  version = alias,
): string {
  const what = `${version}.content`;
  if (caller.kind !== 'client') return what;
  if (caller.view?.kind === 'own-record') {
    const isOwn = `${alias}.type = 'Patient' AND ${alias}.id = '${idForSql(caller.view.patientId)}'`;
    return `(CASE WHEN ${alias}.shown IS NULL OR ${isOwn} THEN ${what} ELSE subsetted(${what}, ${alias}.shown) END)`;
  }
  const isAll = `${alias}.shown IS NULL AND ${alias}.trimmed IS NULL OR ${alias}.author_org = ${own}`;
  const shown = `shown_to(${alias}.shown, ${alias}.trimmed, ${own})`;
  return `(CASE WHEN ${isAll} OR ${shown} IS NULL THEN ${what} ELSE subsetted(${what}, ${shown}) END)`;
}

/**
 * The id of the Organization for whom searches must look whether what they ask is shown to it; undefined: for whoever may see
 * a resource, they look at what everybody is shown of it. Pure.
 */
export function trimmedFor(caller: Caller): string | undefined {
  return caller.kind === 'client' && caller.view?.kind !== 'own-record' ? idForSql(caller.organizationId) : undefined;
}

/** Whether a caller is given all of a resource that it may see, whoever else is not. Pure. @param author the id of an Organization */
export function seesAllOf(caller: Caller, { type, id, author }: SeenResource): boolean {
  if (caller.kind !== 'client') return true;
  if (caller.view?.kind === 'own-record') return type === 'Patient' && id === caller.view.patientId;
  return author === caller.organizationId;
}

interface SeenResource {
  readonly type: string;
  readonly id: string;
  readonly author: string;
}

/** The id of a caller's Organization, as SQL. */
export function ownId({ organizationId }: Caller): string {
  return `'${idForSql(organizationId)}'`;
}

/** The value for `own` where that is a place among the values of a statement: none where the clause asks for none. */
export function ownValue(caller: Caller): string[] {
  return caller.kind === 'client' && caller.view?.kind !== 'own-record' ? [caller.organizationId] : [];
}

/** An id may stand in a statement; what is none is nobody's. */
function idForSql(id: string): string {
  return /^[A-Za-z0-9\-.]{1,64}$/.test(id) ? id : '';
}
