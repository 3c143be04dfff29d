import { OperationOutcomeError, validateResource } from '@medplum/core';
import type { Resource } from '@medplum/fhirtypes';
import { AppError, type Issue } from '../errors.ts';
import { isKnownType } from './definitions.ts';

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
    throw new AppError('invalid', 'resource.not-valid', `This ${type} is not valid FHIR R4.`, {
      issues: thrown.outcome.issue.filter(({ severity }) => severity === 'error' || severity === 'fatal').map(toIssue),
      subject: resource.id ? { type, id: resource.id } : undefined,
    });
  }
}

function toIssue(issue: OperationOutcomeError['outcome']['issue'][number]): Issue {
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
