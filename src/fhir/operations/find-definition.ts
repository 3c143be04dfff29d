import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { parseLocal } from '../references.ts';
import { read } from '../rest/interactions/read.ts';
import { requireWholeScope } from '../scopes/allowed.ts';
import { matching } from '../search/matching.ts';
import type { Searching } from '../search/search.ts';
import type { Store } from '../store/transact.ts';
import type { Stored } from '../store/unit-of-work.ts';
import type { OperationCall } from './operation.ts';

/** Where an operation looks things up, and for whom. */
export type Desk = Searching;

export function deskOf(store: Store, { caller, base }: Pick<OperationCall, 'caller' | 'base'>): Desk {
  return { sql: store.db, caller, base, now: store.now(), ...store.search };
}

type Definition = Resource & { readonly url?: string; readonly version?: string; readonly status?: string };

const MOST_VERSIONS = 100;

/**
 * The definition a canonical address names, of those the caller may see: `url|version`, `url` (then the newest active
 * version), or the address of the resource here. Undefined when there is none.
 * @see https://hl7.org/fhir/R4/references.html#canonical
 */
export async function findDefinition<T extends Resource>(
  desk: Desk,
  type: T['resourceType'],
  canonical: string,
): Promise<Stored<T> | undefined> {
  const [url = '', version] = canonical.split('|');
  const named = url.startsWith(`${desk.base}/`) ? url.slice(desk.base.length + 1) : url;
  const local = parseLocal(named);
  if (local) return local.type === type ? readOrNothing<T>(desk, type, local.id) : undefined;
  requireWholeScope(desk.caller, 'r', type);
  const found = await matching(desk, type, [['url', escapeValue(url)]], MOST_VERSIONS);
  const fitting = (found as Stored<Definition>[]).filter(
    (each) => each.url === url && (version === undefined || each.version === version),
  );
  return fitting.sort(newestFirst)[0] as Stored<T> | undefined;
}

/** Reads a resource the caller may see; undefined when there is none (any more). */
export async function readOrNothing<T extends Resource>(
  desk: Desk,
  type: string,
  id: string,
): Promise<Stored<T> | undefined> {
  try {
    return (await read(desk.sql, desk.caller, type, id)) as Stored<T>;
  } catch (thrown) {
    if (thrown instanceof AppError && (thrown.kind === 'notFound' || thrown.kind === 'gone')) return undefined;
    throw thrown;
  }
}

/** The resource a literal reference names, here. */
export async function readReference(desk: Desk, reference: string): Promise<Stored | undefined> {
  const named = reference.startsWith(`${desk.base}/`) ? reference.slice(desk.base.length + 1) : reference;
  const local = parseLocal(named);
  return local && readOrNothing(desk, local.type, local.id);
}

/** A value as it is written in a search. @see https://hl7.org/fhir/R4/search.html#escaping */
export function escapeValue(value: string): string {
  return value.replace(/[\\,$|]/g, '\\$&');
}

function newestFirst(a: Stored<Definition>, b: Stored<Definition>): number {
  const active = Number(b.status === 'active') - Number(a.status === 'active');
  const version = (b.version ?? '').localeCompare(a.version ?? '', 'en', { numeric: true });
  return active || version || (b.meta?.lastUpdated ?? '').localeCompare(a.meta?.lastUpdated ?? '');
}
