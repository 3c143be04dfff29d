import type { Coding, Resource } from '@medplum/fhirtypes';
import { withNumbersOf } from '../../db/written-numbers.ts';
import { ALL, withoutNames } from './trimming/unnamed.ts';

/**
 * What others than the author of a resource are shown of it: names of elements as they stand in JSON, parts of elements
 * (`birthDate|year`, `address|area`, `identifier|<system>`), and the URLs of extensions of the resource itself. What is not
 * named is not shown: who comes to have an address in an element nobody thought of is protected all the same. With `*`
 * (`ALL`) every element is, without what it says of clients beside their records.
 */
export type Shown = readonly string[];

/** Says of a resource what of it others are shown; undefined: all of it. */
export type ShownOf = (resource: Resource) => Shown | undefined;

/** The mark of a transaction for what others are shown more of, or less, though its labels are the same: `Type/id`. */
export const SHOWN_ANEW = 'shown-anew';

/** Marks what is not all there is. @see https://hl7.org/fhir/R4/valueset-security-labels.html */
export const SUBSETTED: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
};

/**
 * A resource as others are shown it: with these elements, without what extensions say within them, without what is
 * contained in it and what refers to that; marked as incomplete. Pure. Statements that read say the same by the function
 * `subsetted` of the database.
 */
export function subsetted<T extends Resource>(resource: T, shown: Shown): T {
  if (shown.includes(ALL)) return unnamed(resource, shown);
  const kept = Object.entries(resource).flatMap(([key, value]: [string, unknown]) => {
    const part = withoutNames(partOf(key, value, shown), shown, key);
    return part === undefined || JSON.stringify(part).includes('"reference":"#') ? [] : [[key, part] as const];
  });
  return withNumbersOf(resource, Object.fromEntries(kept) as unknown as T);
}

/** Marked where something was taken from it, and the same object where nothing was. */
function unnamed<T extends Resource>(resource: T, shown: Shown): T {
  const left = withoutNames(resource, shown) as T;
  return left === resource ? resource : withNumbersOf(left, { ...left, meta: markedSubset(left.meta) });
}

function markedSubset(meta: { readonly tag?: readonly Coding[] } = {}): object {
  return { ...meta, tag: [...(meta.tag ?? []), SUBSETTED] };
}

/** The same of what may have been cut already, for this or for another reason: it is marked once. Pure. */
export function subsettedAnew<T extends Resource>(resource: T, shown: Shown): T {
  const tag = (resource.meta?.tag ?? []).filter(({ code }) => code !== SUBSETTED.code);
  const bare = withNumbersOf(resource, { ...resource, meta: { ...resource.meta, tag } });
  const cut = subsetted(bare, shown);
  // Nothing is left to be taken from what was cut so before: it stays marked.
  return cut === bare ? resource : cut;
}

function partOf(key: string, value: unknown, shown: Shown): unknown {
  if (key === 'extension') {
    const known = (value as readonly { url: string }[]).filter(({ url }) => shown.includes(url));
    return known.length > 0 ? known : undefined;
  }
  const bare = withoutExtensions(shown.includes(key) ? value : partShown(key, value, shown));
  if (key !== 'meta' || !shown.includes(key)) return bare;
  return markedSubset(bare as { readonly tag?: readonly Coding[] } | undefined);
}

/** What of an address says about where, but not where. */
const OF_AREA: readonly string[] = ['use', 'city', 'district', 'state', 'postalCode', 'country'];

/** Of an element that is shown in part, that part; of others nothing. */
function partShown(key: string, value: unknown, shown: Shown): unknown {
  if (key === 'birthDate' && shown.includes('birthDate|year')) return String(value).slice(0, 4);
  if (key === 'address' && shown.includes('address|area'))
    return (value as readonly object[]).map((each) =>
      Object.fromEntries(Object.entries(each).filter(([name]) => OF_AREA.includes(name))),
    );
  if (key === 'identifier')
    return (value as readonly { system?: string }[]).filter(({ system }) => shown.includes(`identifier|${system}`));
  return undefined;
}

/** Undefined when nothing is left. */
function withoutExtensions(value: unknown): unknown {
  if (Array.isArray(value)) {
    const parts = value.map(withoutExtensions).filter((part) => part !== undefined);
    return parts.length > 0 ? parts : undefined;
  }
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const parts = Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const part = key === 'extension' || key.startsWith('_') ? undefined : withoutExtensions(inner);
    return part === undefined ? [] : [[key, part] as const];
  });
  return parts.length > 0 ? Object.fromEntries(parts) : undefined;
}
