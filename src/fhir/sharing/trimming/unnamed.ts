import { withNumbersOf } from '../../../db/written-numbers.ts';

/**
 * In a list of what is shown: every element. Of who is a client, references to them then say only what the rest of the list
 * names: `name` their display, `identifier` (or `identifier|<system>`) what identifies them.
 */
export const ALL = '*';

const CLIENT = /(?:^|\/)(?:Patient|RelatedPerson|Person)\//;
const CLIENTS: readonly unknown[] = ['Patient', 'RelatedPerson', 'Person'];
/** Where a reference that says nothing of its type is to a client. */
const PLACES: readonly string[] = ['subject', 'patient', 'for', 'beneficiary'];

interface Said {
  readonly resourceType?: unknown;
  readonly id?: unknown;
  readonly reference?: unknown;
  readonly type?: unknown;
  readonly identifier?: { readonly system?: unknown };
}

/**
 * A value without what it says of clients beside their records: their names and identifiers in references to them, what is
 * contained of them, and the narrative of a resource, which says all of it again. What nothing is taken from is the same
 * object; undefined: nothing is left. Pure. Statements that read say the same by the function `without_names`.
 * @param element the name of the element that it is the value of
 */
export function withoutNames(value: unknown, shown: readonly string[], element = ''): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return listWithout(value, shown, element);
  const { resourceType, id } = value as Said;
  if (CLIENTS.includes(resourceType)) return { resourceType, id };
  const kept = Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (isTold(value, key, element, shown)) return [];
    const part = withoutNames(inner, shown, key);
    return part === undefined ? [] : [[key, part] as const];
  });
  if (kept.length === 0) return undefined;
  const isSame = kept.length === Object.keys(value).length && kept.every(([key, part]) => own(value, key) === part);
  return isSame ? value : withNumbersOf(value, Object.fromEntries(kept));
}

function listWithout(list: readonly unknown[], shown: readonly string[], element: string): unknown {
  const kept = list.map((each) => withoutNames(each, shown, element)).filter((each) => each !== undefined);
  if (kept.length === 0) return list.length === 0 ? list : undefined;
  return kept.length === list.length && kept.every((each, at) => each === list[at]) ? list : kept;
}

const own = (value: object, key: string): unknown => (value as Readonly<Record<string, unknown>>)[key];

/** Whether an element tells of a client what is not shown. */
function isTold(value: object, key: string, element: string, shown: readonly string[]): boolean {
  const said = value as Said;
  const bare = key.replace(/^_/, '');
  if (bare === 'display') return !shown.includes('name') && isToClient(said, element);
  if (bare === 'identifier') return !showsIdentifier(said, shown) && isToClient(said, element);
  return key === 'text' && said.resourceType !== undefined && typeof own(value, key) === 'object';
}

function isToClient({ reference, type }: Said, element: string): boolean {
  if (CLIENTS.includes(type)) return true;
  if (typeof reference === 'string' && !reference.startsWith('#')) return CLIENT.test(reference);
  return type === undefined && PLACES.includes(element);
}

function showsIdentifier({ identifier }: Said, shown: readonly string[]): boolean {
  return shown.includes('identifier') || shown.includes(`identifier|${String(identifier?.system)}`);
}

/**
 * What is shown of what tells of a client beside its record, where of that some words are shown; undefined: all of it. Pure.
 */
export function besideClients(shown: readonly string[]): readonly string[] | undefined {
  const named = shown.filter((word) => word === 'name' || word === 'identifier' || word.startsWith('identifier|'));
  return named.includes('name') && named.includes('identifier') ? undefined : [ALL, ...named];
}
