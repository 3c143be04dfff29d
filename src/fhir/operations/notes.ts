import type { OperationOutcome } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';

type Issue = OperationOutcome['issue'][number];

const MOST_NOTES = 200;

/** What an operation could not do as asked, and says beside its result. */
export interface Notes {
  readonly issues: Issue[];
}

/** Says one thing, and where (a FHIRPath); what is said already is not said again. */
export function note(
  notes: Notes,
  text: string,
  expression: string | undefined,
  { severity = 'warning', code = 'incomplete' }: Partial<Pick<Issue, 'severity' | 'code'>> = {},
): void {
  const isSaid = notes.issues.some((issue) => issue.details?.text === text && issue.expression?.[0] === expression);
  if (isSaid || notes.issues.length >= MOST_NOTES) return;
  notes.issues.push({ severity, code, details: { text }, ...(expression ? { expression: [expression] } : {}) });
}

/** Does what may be refused by itself: says why, and goes on with nothing. */
export function orNote<T>(notes: Notes, attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (thrown) {
    noteError(notes, thrown);
    return undefined;
  }
}

/** Likewise, for what takes time. */
export async function orNoteLater<T>(notes: Notes, attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (thrown) {
    noteError(notes, thrown);
    return undefined;
  }
}

/** Says why something failed. @throws what was thrown when it is a fault of ours */
export function noteError(notes: Notes, thrown: unknown): void {
  if (!(thrown instanceof AppError) || thrown.status >= 500) throw thrown;
  for (const issue of thrown.outcome.issue) {
    note(notes, issue.details?.text ?? thrown.message, issue.expression?.[0], {
      severity: 'error',
      code: 'processing',
    });
  }
}

/** What was said, as an OperationOutcome; undefined when there is nothing to say. */
export function outcomeOf({ issues }: Notes): OperationOutcome | undefined {
  return issues.length > 0 ? { resourceType: 'OperationOutcome', issue: issues } : undefined;
}
