import type { Resource } from '@medplum/fhirtypes';
import { AppError, type Issue } from '../errors.ts';
import { isKnownType } from './definitions.ts';
import type { WriteRule } from './store/transact.ts';

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
  const steps = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [step, inner] of steps) {
    if (step === 'reference' && typeof inner === 'string') {
      found.push({ reference: inner, expression: `${expressionOf(path)}.reference` });
    } else if (typeof inner === 'object' && inner !== null) {
      path.push(step);
      walk(inner, path, found);
      path.pop();
    }
  }
}

function expressionOf(path: readonly (string | number)[]): string {
  const [type, ...steps] = path;
  return steps.reduce<string>((text, step) => text + (typeof step === 'number' ? `[${step}]` : `.${step}`), `${type}`);
}

/** Rewrites every literal reference of a resource. Pure: returns a copy. */
export function mapReferences<T>(value: T, rewrite: (reference: string) => string): T {
  if (Array.isArray(value)) return value.map((item) => mapReferences(item, rewrite)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    name === 'reference' && typeof inner === 'string' ? rewrite(inner) : mapReferences(inner, rewrite),
  ]);
  return Object.fromEntries(entries) as T;
}

/** A reference of a written resource must lead somewhere: to a resource here, a contained one, or another server. */
export const referencesResolve: WriteRule = {
  types: ['*'],
  settle: async (change, unit) => {
    const { before, after } = change;
    if (!after) return;
    const known = new Set(before ? findReferences(before).map(({ reference }) => reference) : []);
    const added = findReferences(after).filter(({ reference }) => !known.has(reference));
    const refuse = (missing: ReadonlySet<string>): void => {
      const issues = unresolved(added, after, missing);
      if (issues.length === 0) return;
      throw new AppError('unprocessable', 'reference.not-found', 'References of this resource lead nowhere.', {
        issues,
        subject: change,
      });
    };
    const local = added.flatMap(({ reference }) => parseLocal(reference) ?? []);
    // Who is refused anyway is told everything at once.
    if (unresolved(added, after, new Set()).length > 0) refuse(await unit.missing(local));
    unit.require(local, refuse);
  },
};

function unresolved(found: readonly FoundReference[], resource: Resource, missing: ReadonlySet<string>): Issue[] {
  return found.flatMap(({ reference, expression }): Issue[] => {
    const text = whyUnresolved(reference, resource, missing);
    return text ? [{ text, expression, code: 'not-found' }] : [];
  });
}

function whyUnresolved(reference: string, resource: Resource, missing: ReadonlySet<string>): string | undefined {
  if (/^https?:\/\//.test(reference)) return undefined;
  if (reference.startsWith('#')) return unresolvedContained(reference, resource);
  const local = parseLocal(reference);
  if (!local || !isKnownType(local.type)) {
    return `"${reference}" points to nothing this hub knows. Put the resource into the same Bundle, or refer to it as Type/id or by its full http address.`;
  }
  if (!missing.has(`${local.type}/${local.id}`)) return undefined;
  return `There is no ${reference} on this hub. Send it in the same Bundle, or create it first.`;
}

function unresolvedContained(reference: string, resource: Resource): string | undefined {
  const contained = 'contained' in resource ? (resource.contained ?? []) : [];
  const found = reference === '#' || contained.some(({ id }) => `#${id}` === reference);
  return found ? undefined : `There is no contained resource with the id "${reference.slice(1)}".`;
}
