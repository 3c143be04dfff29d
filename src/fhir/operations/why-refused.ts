import type { OperationOutcomeIssue } from '@medplum/fhirtypes';
import { AppError, type ErrorKind } from '../../errors.ts';
import type { Method } from '../rest/interaction.ts';
import { rehearseWrite } from '../rest/perform.ts';
import { parseAddress } from '../rest/request/address.ts';
import type { Store } from '../store/transact.ts';
import type { OperationCall } from './operation.ts';

/**
 * What a write would be answered that is refused; nothing when it would be done. Nothing is written.
 * @param path where it would be sent, below the base
 * @throws what says nothing of the write, but of this server just now
 */
export async function whyRefused(
  store: Store,
  { caller, base }: OperationCall,
  method: Method,
  path: string,
  body?: unknown,
): Promise<OperationOutcomeIssue[]> {
  try {
    const address = parseAddress(path);
    await rehearseWrite({ store, caller, base, strict: false }, { method, address, params: [], body });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof AppError) || OF_THE_MOMENT.has(thrown.kind)) throw thrown;
    return TOLD.has(thrown.code) ? [] : thrown.outcome.issue;
  }
}

const OF_THE_MOMENT: ReadonlySet<ErrorKind> = new Set(['busy', 'unavailable', 'fault']);
/** What is wrong with the resource itself: `$validate` has found it by then. */
const TOLD: ReadonlySet<string> = new Set(['resource.not-valid', 'resource.not-text']);
