import type { Task, TaskOutput } from '@medplum/fhirtypes';
import { type LocalReference, parseLocal } from '../../fhir/references.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { lockLoop } from '../../loops/projection/store.ts';
import { isReferralTask } from '../../loops/words.ts';
import { loopOf } from '../sharing/sides.ts';
import type { StoredTask } from '../task-changes.ts';

/**
 * Who may read a Task need not know what its outcomes are about: of what is labelled it lists the reference, and not the
 * name, whoever wrote it there, and whichever of the two was there first.
 */
export const unnamedOutcomes: FinishRule = async (unit) => {
  for (const { before, after } of [...unit.changes])
    if (after && after !== before && isLabelledAnew(before, after)) await takeListing(unit, after);
  const tasks = unit.changes.flatMap(({ before, after }) =>
    after?.resourceType === 'Task' && after !== before && isReferralTask(after) ? [after as StoredTask] : [],
  );
  const labelled = await labelledAmong(unit, tasks.flatMap(namedBy));
  for (const task of tasks) {
    const output = task.output?.map((each) => (isNamed(each, labelled) ? unnamed(each) : each));
    if (output?.some((each, at) => each !== task.output?.[at])) await unit.put<Task>({ ...task, output }, BY_HUB);
  }
};

function isLabelledAnew(before: Stored | undefined, after: Stored): boolean {
  return before !== undefined && isMarked(after) && !isMarked(before);
}

function isMarked({ meta }: Pick<Stored, 'meta'>): boolean {
  return (meta?.security?.length ?? 0) > 0;
}

/** Takes the Tasks that list an outcome: the part that is done, and the referral it is a part of. */
async function takeListing(unit: UnitOfWork, { resourceType, id: outcome }: Stored): Promise<void> {
  for (const { id } of await unit.tx.query<{ id: string }>(LISTING_SQL, [[`Task.output=${resourceType}/${outcome}`]])) {
    const listing = await unit.find<Task>('Task', id, BY_HUB);
    if (!listing || !isReferralTask(listing)) continue;
    await lockLoop(unit, loopOf(listing));
    const task = await unit.lock<Task>('Task', id, BY_HUB);
    if (task) await unit.put<Task>({ ...task }, BY_HUB);
  }
}

export const LISTING_SQL = `SELECT id FROM resource WHERE type = 'Task' AND NOT deleted AND tokens && $1::text[] ORDER BY id`;

function namedBy({ output }: Task): LocalReference[] {
  return (output ?? []).flatMap(({ valueReference }) =>
    valueReference?.display === undefined ? [] : (parseLocal(valueReference.reference) ?? []),
  );
}

/** What of this is labelled (`Type/id`), as the transaction leaves it. */
async function labelledAmong(unit: UnitOfWork, named: readonly LocalReference[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const stored: LocalReference[] = [];
  for (const each of named) {
    const staged = unit.staged(each.type, each.id);
    if (!staged) stored.push(each);
    else if (isMarked(staged)) found.add(nameOf(each));
  }
  if (stored.length === 0) return found;
  const rows = await unit.tx.query<LocalReference>(LABELLED_SQL, [
    stored.map(({ type }) => type),
    stored.map(({ id }) => id),
  ]);
  for (const row of rows) found.add(nameOf(row));
  return found;
}

const LABELLED_SQL = `
  SELECT type, id FROM resource JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id)
  WHERE NOT deleted AND content -> 'meta' -> 'security' IS NOT NULL`;

function isNamed({ valueReference }: TaskOutput, labelled: ReadonlySet<string>): boolean {
  const local = valueReference?.display === undefined ? null : parseLocal(valueReference.reference);
  return local ? labelled.has(nameOf(local)) : false;
}

function unnamed({ valueReference, ...output }: TaskOutput): TaskOutput {
  const { display: _display, ...reference } = valueReference ?? {};
  return { ...output, valueReference: reference };
}

function nameOf({ type, id }: LocalReference): string {
  return `${type}/${id}`;
}
