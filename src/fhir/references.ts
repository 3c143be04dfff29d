import type { Resource } from '@medplum/fhirtypes';
import { withNumbersOf } from '../db/written-numbers.ts';

/** A reference found in a resource, and where it stands. */
export interface FoundReference {
  readonly reference: string;
  readonly expression: string;
}

/** A reference to a resource of this server: its type and id. @see https://hl7.org/fhir/R4/references.html#literal */
export interface LocalReference {
  readonly type: string;
  readonly id: string;
}

/** Reads `Type/id` (or `Type/id/_history/v`); undefined for any other form. */
export function parseLocal(reference: string | undefined): LocalReference | undefined {
  const match = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/.exec(reference ?? '');
  return match?.[1] && match[2] ? { type: match[1], id: match[2] } : undefined;
}

/** The version a reference `Type/id/_history/v` names; undefined when it names none. */
export function versionIn(reference: string): string | undefined {
  // Hardly any does.
  if (!reference.includes('/_history/')) return undefined;
  return parseLocal(reference) && /\/_history\/(.+)$/.exec(reference)?.[1];
}

/** The id a reference to a resource of `type` points to; undefined when it points elsewhere. */
export function idOf(type: string, reference: { reference?: string | undefined } | undefined): string | undefined {
  const local = parseLocal(reference?.reference);
  return local?.type === type ? local.id : undefined;
}

/** Every literal reference in a resource. Pure. */
export function findReferences(resource: Resource): FoundReference[] {
  const found: FoundReference[] = [];
  walk(resource, [resource.resourceType], found);
  return found;
}

/** @param path the steps to `value`, put together only where a reference is found: most elements are none */
function walk(value: object, path: (string | number)[], found: FoundReference[]): void {
  if (Array.isArray(value)) for (const [at, inner] of value.entries()) step(at, inner, path, found);
  else for (const name in value) step(name, (value as Readonly<Record<string, unknown>>)[name], path, found);
}

function step(to: string | number, inner: unknown, path: (string | number)[], found: FoundReference[]): void {
  if (to === 'reference' && typeof inner === 'string') {
    found.push({ reference: inner, expression: `${expressionOf(path)}.reference` });
  } else if (typeof inner === 'object' && inner !== null) {
    path.push(to);
    walk(inner, path, found);
    path.pop();
  }
}

function expressionOf(path: readonly (string | number)[]): string {
  const [type, ...steps] = path;
  return steps.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step}`), `${type}`);
}

/** Rewrites every literal reference of a resource. Pure: returns a copy. */
export function mapReferences<T>(value: T, rewrite: (reference: string) => string): T {
  return withNumbersOf(value, mapped(value, rewrite));
}

function mapped<T>(value: T, rewrite: (reference: string) => string): T {
  if (Array.isArray(value)) return value.map((item) => mapped(item, rewrite)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    name === 'reference' && typeof inner === 'string' ? rewrite(inner) : mapped(inner, rewrite),
  ]);
  return Object.fromEntries(entries) as T;
}
