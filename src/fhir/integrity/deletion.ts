import { writersHaveEnded } from '../../db/writers.ts';
import { AppError } from '../../errors.ts';
import { visibleTo } from '../caller.ts';
import { searchParametersOf, storedTypes } from '../definitions.ts';
import { findReferences, parseLocal } from '../references.ts';
import { indexKeys } from '../search/parameters/index-keys.ts';
import { Outdated } from '../store/outdated.ts';
import type { WriteRule } from '../store/transact.ts';
import type { Change, UnitOfWork } from '../store/unit-of-work.ts';

/** What is said about a resource, rather than built on it, does not keep it. */
const MERELY_ABOUT: ReadonlySet<string> = new Set(['Provenance', 'AuditEvent']);
/** More than so many are not counted. */
const MOST_COUNTED = 100;

/**
 * What others refer to is not deleted before them: a Task would be for nobody, a plan about nothing. What refers is found
 * by the search index, so that only references that searches know of count. A transaction may delete both.
 * @see https://hl7.org/fhir/R4/http.html#delete
 */
export const deletionKeepsReferences: WriteRule = {
  types: ['*'],
  settle: async (change, unit) => {
    if (change.after || !change.before) return;
    const { type, id } = change;
    await whoWriteHaveEnded(unit, change);
    const others = await referrers(unit, type, id);
    if (others.all === 0) return;
    const text = `${type}/${id} is not deleted, because ${said(others)}. Change or delete what refers to it first, or in the same transaction.`;
    throw new AppError('conflict', 'reference.in-use', text, { subject: change });
  },
};

/** As long as the database lets transactions wait for each other before it looks whether they would for ever. */
const PATIENCE = { polls: 500, everyMs: 2 };
/** Deletions since which others were waited for. */
const awaited = new WeakSet<Change>();

/**
 * Waits for who wrote already when a deletion was staged: then all can be seen that refers to what is deleted.
 * @throws Outdated when one takes too long, or waits for this transaction: it goes first
 */
async function whoWriteHaveEnded({ tx, changes }: UnitOfWork, deletion: Change): Promise<void> {
  if (awaited.has(deletion)) return;
  for (const change of changes) if (!change.after) awaited.add(change);
  if (await writersHaveEnded(tx, 'resource', PATIENCE)) return;
  throw new Outdated(new Error('Others who were writing have not ended.'));
}

interface Referrers {
  readonly all: number;
  /** Those the caller may see, by type. */
  readonly seen: ReadonlyMap<string, number>;
  readonly isHidden: boolean;
}

async function referrers(unit: UnitOfWork, type: string, id: string): Promise<Referrers> {
  const keys = keysTo(type, id);
  const held = unit.changes.map((each) => `${each.type}/${each.id}`);
  // Of those hidden from the caller no more is said than that there are some: not how many, and not what.
  const rows = await unit.tx.query<{ type: string; seen: boolean }>(
    `SELECT type, (${visibleTo(unit.caller)}) AS seen FROM resource
     WHERE tokens && $1::text[] AND NOT deleted AND type || '/' || id <> ALL ($2::text[]) LIMIT ${MOST_COUNTED}`,
    [keys, [...held, `${type}/${id}`]],
  );
  const inside = unit.changes.filter(
    (each) => each.after && refersTo(each.after, type, id) && !MERELY_ABOUT.has(each.type),
  );
  const seen = [...rows.filter((row) => row.seen), ...inside].map((row) => row.type);
  return { all: rows.length + inside.length, seen: counted(seen), isHidden: rows.some((row) => !row.seen) };
}

function refersTo(resource: Parameters<typeof findReferences>[0], type: string, id: string): boolean {
  return findReferences(resource).some(({ reference }) => {
    const local = parseLocal(reference);
    return local?.type === type && local.id === id;
  });
}

function counted(types: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

function said({ all, seen, isHidden }: Referrers): string {
  const many = isHidden
    ? 'others refer'
    : all >= MOST_COUNTED
      ? `${MOST_COUNTED} resources or more refer`
      : all === 1
        ? '1 resource refers'
        : `${all} resources refer`;
  const named = [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, count]) => `${type}: ${count}`);
  return `${many} to it${named.length > 0 ? ` (${named.join(', ')})` : ''}`;
}

/** The keys under which the search index holds what refers to a resource. */
function keysTo(type: string, id: string): string[] {
  return [...new Set(parametersTo(type).flatMap(([owner, code]) => indexKeys(owner, code, `${type}/${id}`)))];
}

const known = new Map<string, readonly (readonly [type: string, code: string])[]>();

function parametersTo(type: string): readonly (readonly [type: string, code: string])[] {
  const found = known.get(type) ?? findParametersTo(type);
  known.set(type, found);
  return found;
}

function findParametersTo(type: string): [string, string][] {
  return storedTypes()
    .filter((owner) => !MERELY_ABOUT.has(owner))
    .flatMap((owner) => {
      const reaching = searchParametersOf(owner).filter(
        (param) => param.type === 'reference' && (param.target ?? []).some((each) => each === type),
      );
      return reaching.map(({ code }): [string, string] => [owner, code]);
    });
}
