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
    return [...(operation.affectsState ? [] : READ), 'POST', ...(operation.takesDelete ? (['DELETE'] as const) : [])];
  }
  if (address.kind === 'system' || address.kind === 'search') return [...READ, 'POST'];
  const isAudit = 'type' in address && address.type === 'AuditEvent';
  if (isAudit || address.kind === 'version' || address.kind === 'history') return READ;
  return address.kind === 'type' ? [...READ, 'POST', 'PUT', 'PATCH', 'DELETE'] : [...READ, 'PUT', 'PATCH', 'DELETE'];
}
