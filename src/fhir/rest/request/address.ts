import { AppError } from '../../../errors.ts';
import { hasCompartment } from '../../compartments/compartment.ts';
import { isKnownType, isStoredType } from '../../definitions.ts';
import type { OperationLevel } from '../../operations/operation.ts';

/** What an address below the base of the FHIR API names. @see https://hl7.org/fhir/R4/http.html#summary */
export type Address =
  | { readonly kind: 'system' }
  /** What this server does. */
  | { readonly kind: 'metadata' }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'instance'; readonly type: string; readonly id: string }
  | { readonly kind: 'version'; readonly type: string; readonly id: string; readonly version: string }
  | { readonly kind: 'history'; readonly type: string | undefined; readonly id: string | undefined }
  /** A search whose parameters stand in the body. */
  | { readonly kind: 'search'; readonly type: string | undefined }
  /** What belongs to a resource: of a type, or (undefined) of any. `posted`: its parameters stand in the body. */
  | {
      readonly kind: 'compartment';
      readonly compartment: string;
      readonly id: string;
      readonly type: string | undefined;
      readonly posted: boolean;
    }
  | {
      readonly kind: 'operation';
      readonly level: OperationLevel;
      readonly type: string | undefined;
      readonly id: string | undefined;
      readonly name: string;
    };

/** Parameters of a query, in order; a name may come more than once. */
export type Params = readonly [name: string, value: string][];

/**
 * Reads an address below the base. Pure.
 * @param path e.g. `/Task/1/_history/2`, each segment still encoded
 * @throws AppError (404) when it names nothing that FHIR has
 */
export function parseAddress(path: string): Address {
  const [first, second, third, fourth, ...more] = segmentsOf(path);
  if (more.length > 0) throw nothingHere();
  if (first === undefined) return { kind: 'system' };
  if (first === 'metadata' && second === undefined) return { kind: 'metadata' };
  if (first.startsWith('$') || first.startsWith('_')) {
    if (second !== undefined) throw nothingHere();
    return system(first);
  }
  requireType(first);
  const address = ofOneType(first, second, third, fourth);
  if (address.kind !== 'operation') requireStored(first);
  return address;
}

function segmentsOf(path: string): readonly string[] {
  const segments = path.split('/').filter(Boolean);
  return path.includes('%') ? segments.map(decoded) : segments;
}

function ofOneType(type: string, second?: string, third?: string, fourth?: string): Address {
  if (second === undefined) return { kind: 'type', type };
  if (second.startsWith('$') || second.startsWith('_')) {
    if (third !== undefined) throw nothingHere();
    return ofType(type, second);
  }
  return ofInstance(type, second, third, fourth);
}

/** An address of this server as it stands below its base: some write it in full, or with a slash before it. Pure. */
export function belowBase(url: string, base: string): string {
  return (url.startsWith(`${base}/`) ? url.slice(base.length) : url).replace(/^\//, '');
}

/** Splits `Task?status=requested` or `Task/1` into its address and its query. Pure. */
export function parseUrl(url: string): { readonly address: Address; readonly params: Params } {
  const [path = '', query = ''] = split(url);
  return { address: parseAddress(path), params: parseParams(query) };
}

/** Reads a query, without its `?`. Pure. */
export function parseParams(query: string): Params {
  return [...new URLSearchParams(query)].map(([name, value]) => [name, value.replace(LOST_PLUS, '$1+$2')]);
}

/** The `+` of a time zone that its sender did not encode, and that a query reads as a space. Nothing else looks so. */
const LOST_PLUS = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) (\d{2}:\d{2})(?=$|[,$])/g;

function split(url: string): [string, string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

function system(word: string): Address {
  if (word === '_history') return { kind: 'history', type: undefined, id: undefined };
  if (word === '_search') return { kind: 'search', type: undefined };
  if (word.startsWith('$')) {
    return { kind: 'operation', level: 'system', type: undefined, id: undefined, name: word.slice(1) };
  }
  throw nothingHere();
}

function ofType(type: string, word: string): Address {
  if (word === '_history') return { kind: 'history', type, id: undefined };
  if (word === '_search') return { kind: 'search', type };
  if (word.startsWith('$')) return { kind: 'operation', level: 'type', type, id: undefined, name: word.slice(1) };
  throw nothingHere();
}

function ofInstance(type: string, id: string, word: string | undefined, version: string | undefined): Address {
  if (word === undefined) return { kind: 'instance', type, id };
  if (word === '_history') return version ? { kind: 'version', type, id, version } : { kind: 'history', type, id };
  if (word.startsWith('$') && version === undefined) {
    return { kind: 'operation', level: 'instance', type, id, name: word.slice(1) };
  }
  return ofCompartment(type, id, word, version);
}

/** `Patient/1/Condition`, `Patient/1/*`, and either with `_search`; of all types that may also be `Patient/1/_search`. */
function ofCompartment(compartment: string, id: string, word: string, last: string | undefined): Address {
  const isAll = word === '*' || (word === '_search' && last === undefined);
  const isSearch = last === undefined || (last === '_search' && word !== '_search');
  if (!hasCompartment(compartment) || !isSearch || !(isAll || isStoredType(word))) throw nothingHere();
  const posted = word === '_search' || last === '_search';
  return { kind: 'compartment', compartment, id, type: isAll ? undefined : word, posted };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    const text = 'The address is not well formed: a % in it is not followed by two hexadecimal digits of UTF-8.';
    throw new AppError('invalid', 'http.address', text);
  }
}

function requireType(type: string): void {
  if (isKnownType(type)) return;
  // A type's name may be shown; anything else could be somebody's data.
  const name = /^[A-Za-z]{1,40}$/.test(type) ? `"${type}"` : 'This';
  throw new AppError('notFound', 'address.unknown-type', `${name} is not an R4 resource type.`);
}

function requireStored(type: string): void {
  if (isStoredType(type)) return;
  const text = `${type} is said in bodies only: there are none at an address of their own.`;
  throw new AppError('notFound', 'address.not-stored', text);
}

function nothingHere(): AppError {
  const text =
    'There is nothing at this address of the FHIR API. Addresses are Type, Type/id, Type/id/_history/version.';
  return new AppError('notFound', 'address.unknown', text);
}
