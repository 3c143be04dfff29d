import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../errors.ts';
import { findReferences, mapReferences, parseLocal } from '../fhir/references.ts';

/** How what a partner's server refers to is referred to here. */
export interface Places {
  /** The address of its FHIR API. */
  readonly base: string;
  /** The address of this hub's FHIR API. */
  readonly hubBase: string;
  /** What it has that is known here, as `Type/id`, by its address there. */
  readonly known: ReadonlyMap<string, string>;
}

/** The address of what a resource on a partner's server refers to; undefined: something here, within itself, or nowhere. Pure. */
export function addressThere(
  reference: string | undefined,
  { base, hubBase }: Omit<Places, 'known'>,
): string | undefined {
  if (typeof reference !== 'string' || reference.startsWith(`${hubBase}/`)) return undefined;
  const whole = reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference;
  const local = parseLocal(whole);
  return local && `${base}/${local.type}/${local.id}`;
}

/** A reference of a partner's server as it leads from here: to what is here, else to that server. Pure. */
export function relinked(reference: string, places: Places): string {
  if (reference.startsWith(`${places.hubBase}/`)) return reference.slice(places.hubBase.length + 1);
  const there = addressThere(reference, places);
  return there === undefined ? reference : (places.known.get(there) ?? there);
}

/**
 * A resource of a partner's server as it is written here: it says where it comes from, and leads to what is here. Pure.
 * @param there its address
 */
export function asHere<T extends Resource>(resource: T, there: string, places: Places): T {
  const { id: _id, meta, ...said } = mapReferences(resource, (each) => relinked(each, places));
  const { versionId: _version, lastUpdated: _updated, ...kept } = meta ?? {};
  return { ...said, meta: { ...kept, source: there } } as unknown as T;
}

/** What a partner's server says of another client is no outcome of this referral. @throws AppError (422) */
export function refuseOtherClient(resource: Resource, client: string | undefined): void {
  const [other] = findReferences(resource).filter(({ reference }) => isOther(reference, client));
  if (!other) return;
  const text = 'This is about somebody else than the referral. Refer to the client as the Task does, by Task.for.';
  throw new AppError('unprocessable', 'fetch.other-client', text, {
    issues: [{ text, expression: other.expression }],
  });
}

function isOther(reference: string, client: string | undefined): boolean {
  return /(^|\/)Patient\/[^/]+$/.test(reference) && reference !== client;
}
