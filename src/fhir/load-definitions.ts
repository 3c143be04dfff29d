import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { type Caller, visibleTo } from './caller.ts';
import { readDefinitions } from './definitions.ts';
import { type Store, transact } from './store/transact.ts';
import type { Stored, UnitOfWork } from './store/unit-of-work.ts';
import { readFolder } from './terminology/published.ts';

const R4_FILES = [
  'profiles-types.json',
  'profiles-resources.json',
  'search-parameters.json',
  'valuesets.json',
  'v3-codesystems.json',
  'v2-tables.json',
  'conceptmaps.json',
];

const TYPES: ReadonlySet<string> = new Set([
  'StructureDefinition',
  'ValueSet',
  'CodeSystem',
  'ConceptMap',
  'SearchParameter',
  'OperationDefinition',
  'CompartmentDefinition',
]);

const OURS = fileURLToPath(new URL('../../profiles/', import.meta.url));
const AT_ONCE = 100;

export interface Loaded {
  readonly written: number;
  readonly unchanged: number;
}

/**
 * Writes the definitions this server works by (R4's and its own) into the store, so that they are read and searched
 * like any resource. What stands there already is left as it is; a run that was broken off is simply repeated.
 */
export async function loadDefinitionResources(store: Store, caller: Caller): Promise<Loaded> {
  let loaded: Loaded = { written: 0, unchanged: 0 };
  for (const resources of inBatches(definitions())) {
    const written = await transact(store, caller, async (unit) => {
      const standing = await standingOf(unit, resources);
      const changed = resources.filter((resource) => !isSame(standing.get(keyOf(resource))?.content, resource));
      for (const resource of changed) {
        await (standing.has(keyOf(resource)) ? unit.put(resource, BY_HUB) : unit.create(resource, BY_HUB));
      }
      return changed.length;
    });
    loaded = { written: loaded.written + written, unchanged: loaded.unchanged + resources.length - written };
  }
  return loaded;
}

/** Each definition once, without its narrative, which says the same in many more words. */
function* definitions(): Generator<Stored> {
  const seen = new Set<string>();
  for (const resource of published()) {
    const { text: _text, ...kept } = resource as Stored & { text?: unknown };
    const key = keyOf(kept as Stored);
    if (!kept.id || !TYPES.has(kept.resourceType) || seen.has(key)) continue;
    seen.add(key);
    yield kept as Stored;
  }
}

function* published(): Generator<Resource> {
  for (const type of TYPES) yield* readFolder(`${OURS}${type}`);
  for (const file of R4_FILES) {
    yield* (readDefinitions<Bundle>(file).entry ?? []).flatMap(({ resource }) => resource ?? []);
  }
}

function* inBatches(resources: Iterable<Stored>): Generator<Stored[]> {
  let batch: Stored[] = [];
  for (const resource of resources) {
    batch.push(resource);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const BY_HUB = { byHub: true };

interface Row {
  readonly type: string;
  readonly id: string;
  readonly content: Stored | null;
}

/** What stands in the store under the ids of these, deleted or not. */
async function standingOf(unit: UnitOfWork, resources: readonly Stored[]): Promise<ReadonlyMap<string, Row>> {
  const rows = await unit.tx.query<Row>(
    `SELECT type, id, content FROM resource JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id)
     WHERE ${visibleTo(unit.caller)}`,
    [resources.map(({ resourceType }) => resourceType), resources.map(({ id }) => id)],
  );
  return new Map(rows.map((row) => [`${row.type}/${row.id}`, row]));
}

function keyOf({ resourceType, id }: Stored): string {
  return `${resourceType}/${id}`;
}

/** The store adds a version and a time to what it is given. */
function isSame(stored: Stored | null | undefined, resource: Stored): boolean {
  return stored !== null && stored !== undefined && isDeepStrictEqual(withoutVersion(stored), withoutVersion(resource));
}

function withoutVersion({ meta, ...resource }: Stored): object {
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = meta ?? {};
  return { ...resource, meta: kept };
}
