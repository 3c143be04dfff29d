import type { Store } from '../../store/transact.ts';
import type { Operation } from '../operation.ts';
import { expandOperation } from './expand.ts';
import { lookupOperation } from './lookup.ts';
import { translateOperation } from './translate.ts';
import { validateCodeOperation } from './validate-code.ts';
import { validateInSystemOperation } from './validate-in-system.ts';

/**
 * The operations on value sets, code systems and maps: those that come with the server, and those stored here that the
 * caller may see.
 * @see https://hl7.org/fhir/R4/terminology-service.html
 */
export function terminologyOperations(store: Store): readonly Operation[] {
  return [
    expandOperation(store),
    validateCodeOperation(store),
    lookupOperation(store),
    validateInSystemOperation(store),
    translateOperation(store),
  ];
}
