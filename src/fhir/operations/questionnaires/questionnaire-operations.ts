import type { PathRunner } from '../../expressions/path-runner.ts';
import type { Store } from '../../store/transact.ts';
import type { Operation } from '../operation.ts';
import { extractOperation } from './extract/extract.ts';
import { populateOperation } from './populate/populate.ts';

/** What is done with questionnaires: filling them in from what is known, and what their answers become. */
export function questionnaireOperations(store: Store, paths: PathRunner): Operation[] {
  return [populateOperation(store, paths), extractOperation(store, paths)];
}
