import { AppError } from '../../../errors.ts';

/** An operation of a JSON Patch by what it does, and where if the path is made of names: others may be somebody's data. */
export function named(op: string, path: string): string {
  return /^(\/(\w{1,40}|-)){1,12}$/.test(path) ? `${op} at ${path}` : op;
}

/** An operation of a patch is not one. @param at its place, from 0 */
export function notAnOperation(at: number, why: string, expression?: string): AppError {
  const text = `Operation ${at + 1} of the patch is not one: ${why}.`;
  return new AppError('invalid', 'patch.not-valid', text, { issues: [{ text, expression }] });
}

/** An operation of a JSON Patch is one, but not for this resource. @param at its place, from 0 @param what see `named` */
export function doesNotFit(at: number, what: string, cause: unknown): AppError {
  const text = `Operation ${at + 1} of the patch (${what}) does not fit the resource as it stands. Read it again and make the patch for its current version.`;
  return new AppError('unprocessable', 'patch.not-applicable', text, { cause });
}

/** What a patch tests for is not so. @param at the place of the test, from 0 @param what see `named` */
export function testFailed(at: number, what: string): AppError {
  const text = `Operation ${at + 1} of the patch (${what}) tests for a value that is not there. Read the resource again and make the patch for its current version.`;
  return new AppError('unprocessable', 'patch.test-failed', text);
}

/** An operation of a JSON Patch makes more of a resource than is taken. @param at its place, from 0 @param what see `named` */
export function growsTooMuch(at: number, what: string): AppError {
  const text = `Operation ${at + 1} of the patch (${what}) makes the resource larger, or nests it deeper, than is accepted. Copy less of it.`;
  return new AppError('tooLarge', 'patch.too-large', text);
}

/** An operation of a FHIRPath Patch is one, but not for this resource. @param what its type, and where */
export function cannotBeDone(at: number, what: string, why: Error, expression: string): AppError {
  const text = `Operation ${at + 1} of the patch (${what}) does not fit the resource. ${why.message}`;
  return new AppError('unprocessable', 'patch.not-applicable', text, { cause: why, issues: [{ text, expression }] });
}
