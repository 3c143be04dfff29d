import { AppError } from '../errors.ts';
import type { Caller } from '../fhir/caller.ts';

/** @throws AppError (403) unless the caller is a person at the hub */
export function requireOperator(caller: Caller): void {
  if (caller.kind === 'operator') return;
  throw new AppError('forbidden', 'access.operator-only', 'Only people at the hub may do this.');
}
