import type { Operation } from '../../operations/operation.ts';
import type { Method } from '../interaction.ts';
import { isAt } from '../operation-call.ts';
import type { Address } from './address.ts';

const READ: readonly Method[] = ['GET', 'HEAD'];

/** What may be done at an address, for the Allow header. Pure. @see https://www.rfc-editor.org/rfc/rfc9110#field.allow */
export function methodsAt(address: Address, operations: readonly Operation[]): readonly Method[] {
  if (address.kind === 'operation') {
    const operation = operations.find((each) => isAt(each, address));
    if (!operation) return [];
    return [...readingOf(operation), 'POST', ...(operation.takesDelete ? (['DELETE'] as const) : [])];
  }
  if ('type' in address && address.type === 'AuditEvent') return READ;
  switch (address.kind) {
    case 'system':
    case 'search':
      return [...READ, 'POST'];
    case 'type':
      return [...READ, 'POST', 'PUT', 'PATCH', 'DELETE'];
    case 'instance':
      return [...READ, 'PUT', 'PATCH', 'DELETE'];
    default:
      return READ;
  }
}

/** HEAD asks what GET would say, and begins nothing. @see https://hl7.org/fhir/R4/http.html under "Support for HEAD" */
function readingOf({ affectsState, begins }: Operation): readonly Method[] {
  if (affectsState) return [];
  return begins ? ['GET'] : READ;
}
