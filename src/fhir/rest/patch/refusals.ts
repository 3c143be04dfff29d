import { AppError } from '../../../errors.ts';

/** An operation of a patch is not one. @param at its place, from 0 */
export function notAnOperation(at: number, why: string, expression?: string): AppError {
  const text = `Operation ${at + 1} of the patch is not one: ${why}.`;
  return new AppError('invalid', 'patch.not-valid', text, { issues: [{ text, expression }] });
}

/** An operation of a patch is one, but not for this resource. @param at its place, from 0 */
export function doesNotFit(at: number, cause: unknown, expression?: string): AppError {
  const text = `Operation ${at + 1} of the patch does not fit the resource as it stands. Read it again and make the patch for its current version.`;
  return new AppError('unprocessable', 'patch.not-applicable', text, { cause, issues: [{ text, expression }] });
}

/** What a patch tests for is not so. @param at the place of the test, from 0 */
export function testFailed(at: number): AppError {
  const text = `Operation ${at + 1} of the patch tests for a value that is not there. Read the resource again and make the patch for its current version.`;
  return new AppError('unprocessable', 'patch.test-failed', text);
}
