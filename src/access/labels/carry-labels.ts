import type { Task } from '@medplum/fhirtypes';
import type { LocalReference } from '../../fhir/references.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type Change, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import type { ConsentPolicy } from '../consent/policy.ts';
import { noteCarried } from './carried.ts';
import { contentsOf, keysOfDerived, sourcesOf } from './derived.ts';
import { labelled, labelsIn, sensitiveIn } from './label.ts';
import { awaitLabels, holdLabels } from './label-locks.ts';
import { isLabelled } from './label-rule.ts';
import { LabelledSources } from './labelled-sources.ts';

/**
 * What is made from labelled data, or is about it, has at least its labels: legs, orders, messages, outcomes, the contents
 * of documents, Provenance. It follows in the same transaction, whichever of the two was there first.
 */
export function carryLabels(policy: ConsentPolicy): FinishRule {
  const known = new LabelledSources();
  return async (unit) => {
    const labels = await labelsOutside(unit, policy, known);
    const lookedAt = new Set<string>();
    do while (await carryOnce(unit, labels, policy));
    while (await takeDerived(unit, policy, lookedAt));
    await sayNotices(unit, policy);
  };
}

/** The labels of what something in this transaction newly comes from, and that is not in it itself. */
type Labels = ReadonlyMap<string, readonly string[]>;

async function labelsOutside(
  unit: UnitOfWork,
  policy: ConsentPolicy,
  labelledSources: LabelledSources,
): Promise<Labels> {
  const wanted = new Map<string, LocalReference>();
  for (const { before, after } of changed(unit)) {
    const known = new Set((before ? sourcesOf(before) : []).map(nameOf));
    for (const source of sourcesOf(after))
      if (!known.has(nameOf(source)) && !unit.staged(source.type, source.id)) wanted.set(nameOf(source), source);
  }
  if (wanted.size === 0 || labelledSources.leanOnNone(unit, wanted)) return new Map();
  const sources = [...wanted.values()];
  await awaitLabels(unit, sources);
  const rows = await unit.tx.query<LocalReference & { meta: Stored['meta'] | null }>(LABELS_SQL, [
    sources.map(({ type }) => type),
    sources.map(({ id }) => id),
  ]);
  for (const row of rows) if (!row.meta?.security?.length) labelledSources.forget(nameOf(row));
  return new Map(rows.map((row) => [nameOf(row), sensitiveIn(row.meta ? { meta: row.meta } : undefined, policy)]));
}

const LABELS_SQL = `
  SELECT type, id, content -> 'meta' AS meta FROM resource
  JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id) WHERE NOT deleted`;

/** @returns whether anything was given a label */
async function carryOnce(unit: UnitOfWork, labels: Labels, policy: ConsentPolicy): Promise<boolean> {
  let carried = false;
  for (const { after } of changed(unit)) {
    const sources = sourcesOf(after).map((source) => {
      const staged = unit.staged(source.type, source.id);
      return staged ? sensitiveIn(staged, policy) : (labels.get(nameOf(source)) ?? []);
    });
    if (await relabel(unit, after, sources.flat(), policy)) carried = true;
    const own = sensitiveIn(after, policy);
    for (const { type, id } of own.length > 0 ? contentsOf(after) : []) {
      const content = await unit.lock(type, id, BY_HUB);
      if (content && (await relabel(unit, content, own, policy))) carried = true;
    }
  }
  return carried;
}

async function relabel(
  unit: UnitOfWork,
  resource: Stored,
  labels: readonly string[],
  policy: ConsentPolicy,
): Promise<boolean> {
  const after = labels.length === 0 ? resource : labelled(resource, labels, policy);
  if (after === resource) return false;
  const had = new Set(labelsIn(resource));
  await unit.put(after, BY_HUB);
  const carried = labels.filter((label) => !had.has(label));
  noteCarried(unit, { type: resource.resourceType, id: resource.id }, carried);
  return true;
}

/**
 * Takes what comes from something that has more labels than before this transaction.
 * @param lookedAt what was looked at for that already
 * @returns whether there is any
 */
async function takeDerived(unit: UnitOfWork, policy: ConsentPolicy, lookedAt: Set<string>): Promise<boolean> {
  const grown = changed(unit).filter(({ before, after, ...at }) => {
    const had = new Set(labelsIn(before));
    return before && !lookedAt.has(nameOf(at)) && sensitiveIn(after, policy).some((label) => !had.has(label));
  });
  if (grown.length === 0) return false;
  for (const each of grown) lookedAt.add(nameOf(each));
  await holdLabels(unit, grown);
  for (const { type, id } of await unit.tx.query<LocalReference>(DERIVED_SQL, [grown.flatMap(keysOfDerived)])) {
    const derived = await unit.lock(type, id, BY_HUB);
    if (derived && !isNotice(unit, derived))
      await relabel(unit, derived, labelsOfSources(unit, derived, policy), policy);
  }
  return true;
}

/**
 * What the hub says of a withdrawal is about a Task, and nothing else of it: its labels would tell the recipient of what it
 * may not know any more.
 */
function isNotice(unit: UnitOfWork, { resourceType, id, ...said }: Stored): boolean {
  if (resourceType !== 'Communication' || unit.authorOf(resourceType, id) !== unit.hubOrg) return false;
  // What people write has an identifier.
  const isMadeFrom = 'basedOn' in said || 'partOf' in said || 'inResponseTo' in said || 'identifier' in said;
  return 'about' in said && !isMadeFrom;
}

/** Always in one order, so that such transactions wait for each other and do not cross. */
export const DERIVED_SQL = `SELECT type, id FROM resource WHERE tokens && $1::text[] AND NOT deleted ORDER BY type, id`;

function labelsOfSources(unit: UnitOfWork, derived: Stored, policy: ConsentPolicy): string[] {
  return sourcesOf(derived).flatMap(({ type, id }) => sensitiveIn(unit.staged(type, id), policy));
}

/** What must be said with each disclosure is said in the Task itself, so that it goes wherever the Task goes. */
async function sayNotices(unit: UnitOfWork, { notices }: ConsentPolicy): Promise<void> {
  for (const { after } of changed(unit)) {
    if (after.resourceType !== 'Task') continue;
    const task: Stored<Task> = after;
    const due = labelsIn(task).flatMap((label) => notices[label] ?? []);
    const missing = due.filter((text) => !task.note?.some((note) => note.text === text));
    if (missing.length > 0)
      await unit.put<Task>({ ...task, note: [...(task.note ?? []), ...missing.map((text) => ({ text }))] }, BY_HUB);
  }
}

type Changed = Change & { readonly after: Stored };

function changed(unit: UnitOfWork): Changed[] {
  return unit.changes.filter(
    (change): change is Changed =>
      change.after !== undefined && change.before !== change.after && isLabelled(change.after),
  );
}

function nameOf({ type, id }: LocalReference): string {
  return `${type}/${id}`;
}
