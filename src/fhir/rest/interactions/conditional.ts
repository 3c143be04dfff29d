import type { Resource } from '@medplum/fhirtypes';
import { lockNames } from '../../../db/locks.ts';
import { AppError } from '../../../errors.ts';
import { limitCondition } from '../../scopes/limit-condition.ts';
import { inTime } from '../../search/in-time.ts';
import { matching } from '../../search/matching.ts';
import { lockForWrite } from '../../store/transact.ts';
import type { Stored } from '../../store/unit-of-work.ts';
import type { Answer, WriteSession } from '../interaction.ts';
import type { Params } from '../request/address.ts';
import { storedTerms } from '../request/stored-terms.ts';
import { create, type Precondition, patch, remove, update } from './write.ts';

/** A condition that decides what an interaction is about: create unless there is one, update the one there is … */
export interface Condition {
  readonly type: string;
  readonly params: Params;
}

/** The name under which whoever depends on a condition waits for the others. Pure. */
export function nameOf({ type, params }: Condition): string {
  const sorted = params.map(([name, value]) => `${name}=${value}`).sort();
  return `condition ${type}?${sorted.join('&')}`;
}

/**
 * What meets a condition, in this transaction. Whoever else depends on the same condition waits until it ends, so that
 * not two find nothing and both create.
 * @throws AppError (400) when the condition cannot be understood, (412) when several resources meet it, (422) when
 * it takes too long to tell
 * @see https://hl7.org/fhir/R4/http.html#ccreate
 */
export async function theOne(session: WriteSession, condition: Condition): Promise<Stored | undefined> {
  await lockNames(session.unit.tx, [nameOf(condition)]);
  return foundOne(session, condition);
}

/** As `theOne`, when its name is held already. */
export async function foundOne(session: WriteSession, condition: Condition): Promise<Stored | undefined> {
  const { unit, caller, base, store } = session;
  await unit.flush();
  const { codesIn, codeSystem } = store.search;
  const asking = { sql: unit.tx, caller, base, now: unit.now };
  const searching = { ...asking, codesIn, codeSystem, ...(await storedTerms(asking, condition.params)) };
  const params = limitCondition(searching, caller, condition.type, condition.params);
  const [first, second] = await inTime(() => matching(searching, condition.type, params, 2));
  if (!second) return first;
  const text = 'Several resources meet this condition. Name one by something only it has, e.g. its identifier.';
  throw new AppError('multipleMatches', 'condition.several', text);
}

/** @see https://hl7.org/fhir/R4/http.html#ccreate */
export async function createUnless(session: WriteSession, condition: Condition, resource: Resource): Promise<Answer> {
  const found = await theOne(session, condition);
  return found ? { status: 200, resource: found } : create(session, resource);
}

/** @see https://hl7.org/fhir/R4/http.html#cond-update */
export async function updateTheOne(
  session: WriteSession,
  condition: Condition,
  resource: Resource,
  precondition: Precondition,
): Promise<Answer> {
  const found = await theOne(session, condition);
  if (found) return update(session, withId(resource, found), precondition);
  if (!resource.id) return create(session, resource);
  await refuseTaken(session, resource.resourceType, resource.id);
  return update(session, { ...resource, id: resource.id }, precondition);
}

/** What does not meet a condition is not replaced under it. @throws AppError (409) when the id of the body is its */
export async function refuseTaken({ store, unit }: WriteSession, type: string, id: string): Promise<void> {
  if (!(await lockForWrite(store, unit, type, id))) return;
  const text = `Nothing meets the condition, but there is a ${type} with the id of the body. Leave the id out, or update ${type}/${id} by its address.`;
  const details = { subject: { type, id }, issues: [{ text, expression: `${type}.id` }] };
  throw new AppError('conflict', 'condition.id-taken', text, details);
}

/** The resource under the id of what it is to replace. @throws AppError (400) when it has another */
export function withId(resource: Resource, { id }: Stored): Stored {
  if (resource.id === undefined || resource.id === id) return { ...resource, id };
  const { resourceType: type } = resource;
  const text = `What meets the condition is ${type}/${id}, but the body has another id. Leave the id out.`;
  throw new AppError('invalid', 'condition.other-id', text, { issues: [{ text, expression: `${type}.id` }] });
}

/** @see https://hl7.org/fhir/R4/http.html#patch */
export async function patchTheOne(
  session: WriteSession,
  condition: Condition,
  change: unknown,
  precondition: Precondition,
): Promise<Answer> {
  const found = await theOne(session, condition);
  if (found) return patch(session, { type: condition.type, id: found.id }, change, precondition);
  const text = 'Nothing meets this condition, so there is nothing to change.';
  throw new AppError('notFound', 'condition.nothing', text);
}

/** @see https://hl7.org/fhir/R4/http.html#cdelete */
export async function removeTheOne(
  session: WriteSession,
  condition: Condition,
  precondition: Precondition,
): Promise<Answer> {
  const found = await theOne(session, condition);
  return found ? remove(session, { type: condition.type, id: found.id }, precondition) : { status: 200 };
}
