import type { QuestionnaireResponse } from '@medplum/fhirtypes';
import type { PathRunner } from '../../expressions/path-runner.ts';
import type { PathBudget } from '../../expressions/question.ts';
import type { Desk } from '../find-definition.ts';
import type { Notes } from '../notes.ts';

/** What one call works with. */
export interface Work {
  readonly desk: Desk;
  readonly paths: PathRunner;
  readonly budget: PathBudget;
  readonly notes: Notes;
  /** The response that is being made or read: `%resource`. */
  readonly response: QuestionnaireResponse;
  /** How many more searches the expressions may make. */
  queriesLeft: number;
}
