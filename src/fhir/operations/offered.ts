import type { Recorder } from '../audit/record/new-entry.ts';
import type { PathRunner } from '../expressions/path-runner.ts';
import type { Store } from '../store/transact.ts';
import { everythingOperation } from './everything/everything.ts';
import { exportOperations } from './export/export.ts';
import { matchOperation } from './match/match.ts';
import type { Operation } from './operation.ts';
import { applyOperations } from './plan-definition/apply-operations.ts';
import { processMessageOperation } from './process-message.ts';
import { questionnaireOperations } from './questionnaires/questionnaire-operations.ts';
import { terminologyOperations } from './terminology/operations.ts';
import { validateOperation } from './validate.ts';

export interface Offer {
  /** Bulk exports of one organization that may be under way at once. */
  readonly exportsAtOnce: number;
  readonly paths: PathRunner;
  readonly record: Recorder;
}

/** The operations of this server. The metadata lists these, and no others. @see https://hl7.org/fhir/R4/operations.html */
export function offeredOperations(store: Store, { exportsAtOnce, paths, record }: Offer): Operation[] {
  return [
    validateOperation(store),
    ...terminologyOperations(store),
    ...questionnaireOperations(store, paths),
    ...applyOperations(store, paths),
    everythingOperation(store),
    matchOperation(store.db),
    ...exportOperations({ store, atOnce: exportsAtOnce, record }),
    processMessageOperation([]),
  ];
}
