import type { Resource } from '@medplum/fhirtypes';
import { withNumbersOf } from '../../../db/written-numbers.ts';
import { AppError } from '../../../errors.ts';
import { requireScope } from '../../scopes/allowed.ts';
import { isWithin, requireWithin } from '../../scopes/held.ts';
import type { Action, ScopeParam } from '../../scopes/scope.ts';
import { requireSubscribable } from '../../scopes/subscribable.ts';
import { madeByPut } from '../../store/made-by-put.ts';
import { checkWrite, heard, lockForWrite } from '../../store/transact.ts';
import type { Stored } from '../../store/unit-of-work.ts';
import { validate } from '../../validate/validate.ts';
import { type Answer, notFound, type WriteSession } from '../interaction.ts';
import { patched, readPatch } from '../patch/patched.ts';
import { readVisible } from './read.ts';

/** Under which circumstances a resource may be written. @see https://hl7.org/fhir/R4/http.html#concurrency */
export interface Precondition {
  /** A version that must be the current one, or `*`: any. */
  readonly ifMatch?: string | undefined;
  /** A version that must not be the current one, or `*`: there must be none. */
  readonly ifNoneMatch?: string | undefined;
  /** A time after which it must not have changed, where no version is named. */
  readonly ifUnmodifiedSince?: string | undefined;
}

/** Stores a new resource under an id of this server's. @see https://hl7.org/fhir/R4/http.html#create */
export async function create(session: WriteSession, resource: Resource, id?: string): Promise<Answer> {
  const limits = requireScope(session.caller, 'c', resource.resourceType);
  validate(resource);
  const named: Stored = withNumbersOf(resource, { ...resource, id: id ?? session.store.newId() });
  const checked = await checkWrite(session.store, session.unit, undefined, named);
  await session.unit.create(checked);
  await keepWithin(session, 'c', checked, limits);
  return { status: 201, resource: checked, wrote: { type: checked.resourceType, id: checked.id } };
}

/**
 * Stores the next version of a resource. One that does not exist yet is made by people at the hub only: ids of partners'
 * choosing could be anybody's.
 * @see https://hl7.org/fhir/R4/http.html#update
 */
export async function update(session: WriteSession, said: Stored, condition: Precondition = {}): Promise<Answer> {
  const { resourceType: type, id } = said;
  const limits = requireScope(session.caller, 'u', type);
  const before = await lockForWrite(session.store, session.unit, type, id);
  if (before) await requireBegun(session, before, limits);
  requireMet(before, condition, type, id);
  if (!before && condition.ifMatch !== undefined) throw notFound(type, id);
  const mayCreate = before ? undefined : requireScope(session.caller, 'c', type);
  if (!before) refuseOwnIds(session, type, id);
  const resource = heard(session.store, session.unit, said);
  validate(resource);
  const checked = await checkWrite(session.store, session.unit, before, resource);
  const { meta } = await session.unit.put(checked);
  if (!before) session.unit.add(madeByPut, { type, id, version: Number(meta?.versionId) });
  await keepWithin(session, before ? 'u' : 'c', checked, before ? limits : mayCreate);
  return { status: before ? 200 : 201, resource: checked, wrote: { type, id } };
}

/** Changes a resource by a JSON Patch or a FHIRPath Patch. @see https://hl7.org/fhir/R4/http.html#patch */
export async function patch(
  session: WriteSession,
  { type, id }: { readonly type: string; readonly id: string },
  change: unknown,
  condition: Precondition = {},
): Promise<Answer> {
  const limits = requireScope(session.caller, 'u', type);
  const operations = readPatch(change);
  const before = await lockForWrite(session.store, session.unit, type, id);
  if (!before) {
    // Says whether it was deleted.
    await readVisible(session.unit.tx, session.caller, type, id);
    throw notFound(type, id);
  }
  await requireBegun(session, before, limits);
  requireMet(before, condition, type, id);
  const after = heard(session.store, session.unit, patched(before, operations));
  validate(after);
  await session.unit.put(await checkWrite(session.store, session.unit, before, after));
  await keepWithin(session, 'u', after, limits);
  return { status: 200, resource: after, wrote: { type, id } };
}

/** Deletes a resource; its versions stay. What is not there is deleted already. @see https://hl7.org/fhir/R4/http.html#delete */
export async function remove(
  session: WriteSession,
  { type, id }: { readonly type: string; readonly id: string },
  condition: Precondition = {},
): Promise<Answer> {
  const limits = requireScope(session.caller, 'd', type);
  const before = await lockForWrite(session.store, session.unit, type, id);
  if (before) await requireBegun(session, before, limits);
  if (!before && condition.ifMatch !== undefined) throw notFound(type, id);
  requireMet(before, condition, type, id);
  await session.unit.remove(type, id);
  return { status: 200 };
}

type Limits = readonly (readonly ScopeParam[])[] | undefined;

/** What lies outside of the condition of the caller's scope might as well not be there. @throws AppError (404) */
async function requireBegun({ unit, caller }: WriteSession, before: Stored, limits: Limits): Promise<void> {
  if (!limits) return;
  await unit.flush();
  const { resourceType: type, id } = before;
  if (!(await isWithin(unit.tx, caller, type, id, limits))) throw notFound(type, id);
}

/** What is written must not lead out of the condition of the caller's scope. @throws AppError (403) */
async function keepWithin(
  { unit, caller }: WriteSession,
  action: Action,
  after: Stored,
  limits: Limits,
): Promise<void> {
  requireSubscribable(caller, after);
  if (!limits) return;
  await unit.flush();
  await requireWithin(unit.tx, caller, action, after, limits);
}

function requireMet(
  current: Stored | undefined,
  { ifMatch, ifNoneMatch, ifUnmodifiedSince }: Precondition,
  type: string,
  id: string,
): void {
  const version = current?.meta?.versionId;
  if (current && ifMatch !== undefined && ifMatch !== '*' && version !== versionOf(ifMatch)) {
    const text = `You changed version ${versionOf(ifMatch)} of ${type}/${id}, which is now at version ${version}. Read it again and repeat your change.`;
    throw new AppError('stale', 'resource.stale', text, { subject: { type, id } });
  }
  if (current && ifMatch === undefined && ifUnmodifiedSince !== undefined && isAfter(current, ifUnmodifiedSince)) {
    const text = `${type}/${id} was changed after the time in If-Unmodified-Since. Read it again and repeat your change.`;
    throw new AppError('stale', 'resource.stale', text, { subject: { type, id } });
  }
  if (current && ifNoneMatch !== undefined && (ifNoneMatch === '*' || version === versionOf(ifNoneMatch))) {
    const text = `If-None-Match says that ${type}/${id} must not be there as it is. Leave the header out to change it.`;
    throw new AppError('stale', 'resource.exists', text, { subject: { type, id } });
  }
}

/**
 * Whether a resource has changed after a time, which has no fractions of a second. What is no time says nothing.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.if-unmodified-since
 */
function isAfter({ meta }: Stored, time: string): boolean {
  return Math.floor(Date.parse(meta?.lastUpdated ?? '') / 1_000) * 1_000 > Date.parse(time);
}

/** The version an ETag names: `3` of `W/"3"`. */
export function versionOf(etag: string): string {
  return etag.replace(/^W\//, '').replaceAll('"', '');
}

function refuseOwnIds({ caller }: WriteSession, type: string, id: string): void {
  if (caller.kind !== 'client') return;
  const text = `There is no ${type}/${id} here. Send new resources by POST to ${type}: their ids are this server's.`;
  throw new AppError('notAllowed', 'resource.own-id', text, { subject: { type, id } });
}
