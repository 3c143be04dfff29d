import type { CodeSystem } from '@medplum/fhirtypes';
import { AppError } from '../../../../errors.ts';
import { read } from '../../../rest/interactions/read.ts';
import { indexCodeSystem, type KnownCodeSystem } from '../../../terminology/code-system.ts';
import { urlOf } from '../../../terminology/known.ts';
import type { OperationCall } from '../../operation.ts';
import { type Asking, knownWith } from './stored.ts';

/**
 * A code system that comes with the server or is stored here.
 * @throws AppError (404) when it is not known here
 */
export async function codeSystemNamed(asking: Asking, url: string, version?: string): Promise<KnownCodeSystem> {
  const canonical = version === undefined ? url : `${urlOf(url)}|${version}`;
  const known = await knownWith(asking, [['CodeSystem', canonical]]);
  const found = known.codeSystem(canonical);
  if (found) return found;
  const text =
    'No code system of this address is known here. Check the address and its version, or store the CodeSystem first.';
  throw new AppError('notFound', 'terminology.unknown-code-system', text);
}

/** The code system an operation is called on. @throws AppError (404), (410) when there is none */
export async function codeSystemOf({ sql, caller }: Asking, call: OperationCall): Promise<KnownCodeSystem> {
  return indexCodeSystem((await read(sql, caller, 'CodeSystem', call.id ?? '')) as CodeSystem);
}
