import type { Resource } from '@medplum/fhirtypes';
import { type Database, isRetriable } from '../../db/database.ts';
import { patientOf } from '../audit/patient-of.ts';
import { entries, entryRow } from '../audit/record/new-entry.ts';
import type { Caller } from '../caller.ts';
import type { CodeSystemOf, CodesIn } from '../search/conditions/context.ts';
import type { ReadStatistics } from '../search/statistics.ts';
import type { ShownOf } from '../sharing/subsetted.ts';
import { Outdated, overtaken } from './outdated.ts';
import { isMissing } from './required.ts';
import { BY_HUB, type Change, type Stored, UnitOfWork } from './unit-of-work.ts';

/**
 * What must hold when resources of a type are written, whichever door they come through. Rules run inside the
 * write's transaction: they may refuse (throw an AppError), derive, and add to it.
 */
export interface WriteRule {
  readonly types: readonly string[];
  /** Before an existing resource is taken for a change: what must be taken first, so that changes do not cross. */
  readonly beforeLock?: (id: string, unit: UnitOfWork) => Promise<void>;
  /** Before it is checked whether it is FHIR: what is said that could not be kept as it is said. */
  readonly hear?: (resource: Stored, unit: UnitOfWork) => Stored;
  /** As the write is made: returns the resource to store. It may not look at other resources of the same Bundle. */
  readonly check?: (change: Change & { after: Stored }, unit: UnitOfWork) => Promise<Stored>;
  /** When all writes of the transaction are made: consequences, and checks that need the others. */
  readonly settle?: (change: Change, unit: UnitOfWork) => Promise<void>;
}

/** What runs once at the end of each transaction that changed something, e.g. bringing projections up to date. */
export type FinishRule = (unit: UnitOfWork) => Promise<void>;

/** The store of FHIR resources: a database, the clock, and the rules of the house. */
export interface Store {
  readonly db: Database;
  readonly now: () => Date;
  readonly newId: () => string;
  /** The reference of this hub's own Organization, e.g. `Organization/careloop`. */
  readonly self: string;
  readonly writeRules: readonly WriteRule[];
  readonly finishRules: readonly FinishRule[];
  /** What of a resource others than its author are shown, where that is not all of it. */
  readonly shownOf?: ShownOf | undefined;
  /** What searches lean on. */
  readonly search: {
    readonly statistics: ReadStatistics;
    readonly codesIn?: CodesIn | undefined;
    readonly codeSystem?: CodeSystemOf | undefined;
  };
}

/** The id of this hub's own Organization. */
export function hubOf({ self }: Pick<Store, 'self'>): string {
  return self.slice('Organization/'.length);
}

const MOST_TRIES = 4;

/**
 * The one transaction function: everything a change means (resources, history, search index, transitions, loop rows,
 * audit, outbox) is written together or not at all. Repeated when the database undid it only because of others.
 */
export function transact<T>(store: Store, caller: Caller, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
  return repeated(store, caller, async (unit) => {
    const result = await work(unit);
    await settle(store, unit);
    await keepAct(unit);
    await unit.finish();
    return result;
  });
}

/**
 * Goes the way of a transaction to its last statement, and undoes it: nothing was written, nobody is told.
 * @throws what the transaction would throw
 */
export async function rehearse(
  store: Store,
  caller: Caller,
  work: (unit: UnitOfWork) => Promise<unknown>,
): Promise<void> {
  const rehearsed = new Error('It would have been written.');
  try {
    await repeated(store, caller, async (unit) => {
      await work(unit);
      await settle(store, unit);
      await unit.flush();
      throw rehearsed;
    });
  } catch (thrown) {
    if (thrown !== rehearsed) throw thrown;
  }
}

async function repeated<T>(store: Store, caller: Caller, attempt: (unit: UnitOfWork) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    let unit: UnitOfWork | undefined;
    try {
      return await store.db.transaction((tx) => {
        unit = new UnitOfWork(tx, caller, {
          now: store.now(),
          newId: store.newId,
          hubOrg: hubOf(store),
          shownOf: store.shownOf,
        });
        return attempt(unit);
      });
    } catch (thrown) {
      // What was missing a moment ago may be there now: then it is tried again.
      if (isMissing(thrown)) await unit?.refuseMissing(store.db);
      const mayPass = isRetriable(thrown) || isMissing(thrown) || thrown instanceof Outdated;
      if (tries < MOST_TRIES && mayPass) continue;
      throw isRetriable(thrown) || thrown instanceof Outdated ? overtaken(thrown) : thrown;
    }
  }
}

/** Takes an existing resource for a change, and what its rules want taken before. */
export async function lockForWrite(
  store: Store,
  unit: UnitOfWork,
  type: string,
  id: string,
): Promise<Stored | undefined> {
  for (const { beforeLock } of rulesFor(store, type)) await beforeLock?.(id, unit);
  return unit.lock(type, id);
}

/** Runs the `check` of every rule for a resource about to be written. */
export async function checkWrite<T extends Resource>(
  store: Store,
  unit: UnitOfWork,
  before: Stored | undefined,
  resource: Stored<T>,
): Promise<Stored<T>> {
  let after: Stored = resource;
  for (const { check } of rulesFor(store, resource.resourceType)) {
    if (check) after = await check({ type: after.resourceType, id: after.id, before, after, byHub: false }, unit);
  }
  return after as Stored<T>;
}

/** What is to be written, as the rules of its type take it. */
export function heard<T extends Resource>(store: Store, unit: UnitOfWork, said: Stored<T>): Stored<T> {
  let resource: Stored = said;
  for (const { hear } of rulesFor(store, said.resourceType)) if (hear) resource = hear(resource, unit);
  return resource as Stored<T>;
}

async function settle(store: Store, unit: UnitOfWork): Promise<void> {
  const settled = new Set<Change>();
  // A rule may write further resources by the same doors; go on until none is left.
  for (let next = unsettled(unit, settled); next.length > 0; next = unsettled(unit, settled)) {
    for (const change of next) {
      settled.add(change);
      for (const { settle: follow } of rulesFor(store, change.type)) if (follow) await follow(change, unit);
    }
  }
  for (const finish of store.finishRules) await finish(unit);
}

/** What the hub does because somebody has asked for it is told of both; what they write themselves is told of them anyway. */
async function keepAct(unit: UnitOfWork): Promise<void> {
  const { act, ...caller } = unit.caller;
  if (!act || unit.changes.some(({ byHub, before, after }) => !byHub && before !== after)) return;
  const { resource_type: type, resource_id: id } = act;
  const about = type && id ? await unit.find(type, id, BY_HUB) : undefined;
  const said = { action: 'E', interaction: 'operation', ...act, patient: about && patientOf(about) } as const;
  unit.add(entries, { ...entryRow(caller, said), recorded_at: unit.now.toISOString() });
}

function unsettled(unit: UnitOfWork, settled: ReadonlySet<Change>): readonly Change[] {
  return unit.changes.filter((change) => !change.byHub && !settled.has(change) && change.before !== change.after);
}

const ofTypes = new WeakMap<readonly WriteRule[], Map<string, readonly WriteRule[]>>();

/** The rules for resources of a type, in their order; looked for once. */
function rulesFor({ writeRules }: Store, type: string): readonly WriteRule[] {
  const byType = ofTypes.get(writeRules) ?? new Map<string, readonly WriteRule[]>();
  if (byType.size === 0) ofTypes.set(writeRules, byType);
  const known = byType.get(type) ?? writeRules.filter(({ types }) => types.includes(type) || types.includes('*'));
  byType.set(type, known);
  return known;
}
