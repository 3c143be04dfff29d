import { OperationOutcomeError, validateResource } from '@medplum/core';
import type { OperationOutcome, Resource } from '@medplum/fhirtypes';
import { AppError, type Issue } from '../errors.ts';
import { isKnownType } from './definitions.ts';
import { tryDateRange } from './search/date-range.ts';

/**
 * Checks a resource against the base R4 definitions: known elements, cardinality, types, invariants.
 * @throws AppError (400) with one issue per fault, each saying where by FHIRPath
 * @see https://hl7.org/fhir/R4/validation.html
 */
export function validate(resource: Resource): void {
  const type = (resource as { resourceType?: unknown }).resourceType;
  if (typeof type !== 'string' || !isKnownType(type)) {
    throw new AppError(
      'invalid',
      'resource.unknown-type',
      `"${String(type)}" is not an R4 resource type. Set resourceType to one, e.g. "Task".`,
      {
        issues: [{ text: `"${String(type)}" is not an R4 resource type.`, expression: 'resourceType' }],
      },
    );
  }
  const unstorable = findUnstorable(resource, type);
  if (unstorable.length > 0) {
    throw new AppError('invalid', 'resource.not-text', `This ${type} holds text that cannot be stored.`, {
      issues: unstorable.map((expression) => ({ text: NOT_TEXT, expression })),
      subject: resource.id ? { type, id: resource.id } : undefined,
    });
  }
  try {
    validateResource(resource);
  } catch (thrown) {
    if (!(thrown instanceof OperationOutcomeError)) throw thrown;
    const faults = thrown.outcome.issue
      .filter(({ severity }) => severity === 'error' || severity === 'fatal')
      .filter((issue) => !isMisjudged(issue, resource));
    if (faults.length === 0) return;
    throw new AppError('invalid', 'resource.not-valid', `This ${type} is not valid FHIR R4.`, {
      issues: faults.map(toIssue),
      subject: resource.id ? { type, id: resource.id } : undefined,
    });
  }
}

type Fault = OperationOutcome['issue'][number];

/**
 * Whether the engine finds a Task changed before it was authored only because it compares times as texts: to it,
 * `09:00:01Z` is before `10:00:00+01:00`.
 */
function isMisjudged({ details }: Fault, resource: Resource): boolean {
  if (resource.resourceType !== 'Task' || !details?.text?.startsWith('Constraint inv-1 ')) return false;
  const { authoredOn, lastModified } = resource;
  const [authored, modified] = [authoredOn, lastModified].map((text) => tryDateRange(text ?? ''));
  return authored !== undefined && modified !== undefined && modified.endsAt >= authored.startsAt;
}

function toIssue(issue: Fault): Issue {
  const text = issue.details?.text ?? issue.diagnostics ?? 'Not valid.';
  return { text, expression: issue.expression?.[0], code: issue.code };
}

const NOT_TEXT = 'This text holds a character that cannot be stored: NUL, or half of a pair.';

/** Where texts stand that no PostgreSQL can hold, though they are JSON. */
function findUnstorable(value: unknown, path: string): string[] {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((item, at) => findUnstorable(item, `${path}[${at}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => findUnstorable(inner, `${path}.${name}`));
}
