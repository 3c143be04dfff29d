import type { Endpoint, Resource, Subscription } from '@medplum/fhirtypes';
import { withNumbersOf } from '../../db/written-numbers.ts';
import { masked } from './header-values.ts';

/** The headers that a resource says are to be sent, and to which address. */
export interface Headers {
  readonly headers: readonly string[];
  readonly address: string;
  readonly expression: string;
}

/** The types of resources that hold headers. */
export const HEADER_TYPES = ['Endpoint', 'Subscription'] as const;

/** The headers a resource holds; undefined when it is of a type that has none, or has none. Pure. */
export function headersIn(resource: Resource | undefined): Headers | undefined {
  if (resource?.resourceType === 'Endpoint') {
    const { header = [], address } = resource;
    return header.length === 0 ? undefined : { headers: header, address, expression: 'Endpoint.header' };
  }
  if (resource?.resourceType !== 'Subscription') return undefined;
  const { header = [], endpoint = '' } = resource.channel ?? {};
  return header.length === 0
    ? undefined
    : { headers: header, address: endpoint, expression: 'Subscription.channel.header' };
}

/** A resource with the values of its headers masked, those of what it carries too. Pure: what has none is given back. */
export function withoutHeaders<T extends Resource>(resource: T): T {
  const shown = maskOwn(resource);
  if (!ROOTS.some((name) => name in shown)) return shown;
  const copy = Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, carried(name, value)]));
  const isSame = Object.entries(copy).every(([name, value]) => shown[name as keyof T] === value);
  return isSame ? shown : withNumbersOf(shown, copy as unknown as T);
}

function maskOwn<T extends Resource>(resource: T): T {
  const { headers } = headersIn(resource) ?? {};
  // Who writes a header as it is shown changes nothing, whatever the blanks around it.
  if (!headers || headers.every((each) => each === masked(each))) return resource;
  return withNumbersOf(resource, withHeaders(resource as Endpoint | Subscription, headers.map(masked)) as T);
}

function withHeaders(resource: Endpoint | Subscription, header: string[]): Resource {
  if (resource.resourceType === 'Endpoint') return { ...resource, header };
  return { ...resource, channel: withNumbersOf(resource.channel, { ...resource.channel, header }) };
}

/** Where resources stand within others, whatever their depth: contained, in Bundles, in Parameters. */
const CARRIERS: ReadonlySet<string> = new Set(['contained', 'entry', 'resource', 'parameter', 'part', 'outcome']);

/** Those of them that a resource itself may have. */
const ROOTS = ['contained', 'entry', 'parameter'] as const;

function carried(name: string, value: unknown): unknown {
  if (!CARRIERS.has(name) || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return sameOr(
      value,
      value.map((each) => carried(name, each)),
    );
  if (typeof (value as Partial<Resource>).resourceType === 'string') return withoutHeaders(value as Resource);
  const copy = Object.fromEntries(Object.entries(value).map(([inner, each]) => [inner, carried(inner, each)]));
  const isSame = Object.entries(copy).every(([inner, each]) => (value as Record<string, unknown>)[inner] === each);
  return isSame ? value : withNumbersOf(value, copy);
}

function sameOr<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  return after.every((each, at) => each === before[at]) ? before : withNumbersOf(before, after);
}
