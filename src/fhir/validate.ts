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
