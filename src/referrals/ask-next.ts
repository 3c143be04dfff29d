import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { activeOf, servicesFor } from '../directory/directory.ts';
import { rank } from '../directory/match.ts';
import { idOf } from '../fhir/references.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { lackingIn } from '../loops/next-step/lacking.ts';
import { kindOf } from '../loops/projection/records.ts';
import { offerOf } from '../loops/words.ts';
import { offerLeg } from './offer-leg.ts';
import type { ReferralDeps, StoredTask } from './task-changes.ts';

/**
 * Asks the best matching organization that was not asked before, where the policy lets the hub choose and it is known for
 * whom and what is asked.
 * @returns whether somebody was asked; otherwise a case manager must choose
 */
export async function askNext(
  unit: UnitOfWork,
  deps: ReferralDeps,
  root: StoredTask,
  request: Stored<ServiceRequest>,
): Promise<boolean> {
  const next = await nextToAsk(unit, deps, root, request);
  if (next) await offerLeg(unit, deps, root, request, next);
  return next !== undefined;
}

/** Whom the hub would ask next by itself: the id of an Organization; undefined: a case manager must choose. */
export async function nextToAsk(
  unit: UnitOfWork,
  deps: ReferralDeps,
  root: StoredTask,
  request: Stored<ServiceRequest>,
): Promise<string | undefined> {
  if (!deps.policies.of(kindOf({ root, request })).offersByItself || lackingIn(root, request).length > 0)
    return undefined;
  const asked = new Set((await legsOf(unit, root.id)).map(ownerId));
  const ranked = rank(request, await servicesFor(unit.tx, request), asked).map((each) => each.organizationId);
  const active = ranked.length > 0 ? await activeOf(unit.tx, ranked) : new Set();
  return ranked.find((id) => active.has(id));
}

/** The legs of a referral as this transaction sees them, oldest first. */
export async function legsOf(unit: UnitOfWork, rootId: string): Promise<StoredTask[]> {
  const rows = await unit.tx.query<{ id: string }>(LEGS_SQL, [[`Task.part-of=Task/${rootId}`]]);
  const staged = unit.changes.filter(
    ({ type, after }) => type === 'Task' && isLegOf(after as Task | undefined, rootId),
  );
  const ids = new Set([...rows.map(({ id }) => id), ...staged.map(({ id }) => id)]);
  const legs = await Promise.all([...ids].map((id) => unit.find<Task>('Task', id, BY_HUB)));
  return legs.filter((leg): leg is StoredTask => leg !== undefined).sort(byAuthoredOn);
}

export const LEGS_SQL = `SELECT id FROM resource WHERE type = 'Task' AND NOT deleted AND tokens @> $1::text[]`;

/** Those that are asked for the same as a part, by the same open offer, and may still have it. */
export async function sameOffer(unit: UnitOfWork, leg: StoredTask): Promise<StoredTask[]> {
  const offer = offerOf(leg);
  if (offer === undefined) return [];
  const legs = await legsOf(unit, idOf('Task', leg.partOf?.[0]) ?? '');
  return legs.filter((each) => each.id !== leg.id && offerOf(each) === offer && each.status === 'requested');
}

/** The organization id of a Task's owner. */
export function ownerId(task: Task): string {
  return task.owner?.reference?.replace(/^Organization\//, '') ?? '';
}

function isLegOf(task: Task | undefined, rootId: string): boolean {
  return task?.partOf?.[0]?.reference === `Task/${rootId}`;
}

function byAuthoredOn(a: StoredTask, b: StoredTask): number {
  return (a.authoredOn ?? '').localeCompare(b.authoredOn ?? '') || a.id.localeCompare(b.id);
}
