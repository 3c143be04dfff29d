import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import type { Operation, OperationAnswer, OperationCall } from '../operations/operation.ts';
import { requireForOperation } from '../scopes/operation-scopes.ts';
import type { Interaction, Session } from './interaction.ts';
import type { Address } from './request/address.ts';

export type OperationAddress = Extract<Address, { kind: 'operation' }>;

/**
 * Calls the operation an interaction names.
 * @throws AppError (404) when there is none of this name there, (405) when it may not be called so
 * @see https://hl7.org/fhir/R4/operations.html#executing
 * @see https://hl7.org/fhir/R4/http.html under "Support for HEAD": where it is not supported, 405
 */
export function callOperation(
  operations: readonly Operation[],
  session: Session,
  asked: Interaction & { readonly address: OperationAddress },
  headers: OperationCall['headers'],
): Promise<OperationAnswer> {
  const { address, method, body, params } = asked;
  const operation = operations.find((each) => isAt(each, address));
  if (!operation) throw unknown(address, operations);
  if (method === 'PUT' || method === 'PATCH' || (method === 'DELETE' && !operation.takesDelete))
    throw notSo(operation, method);
  if (method === 'HEAD' && operation.begins) throw notSo(operation, method);
  requireForOperation(session.caller, operation, address);
  const asGet = method === 'GET' || method === 'HEAD';
  if (asGet && operation.affectsState) throw notSo(operation, method);
  return operation.run({
    caller: session.caller,
    level: address.level,
    type: address.type,
    id: address.id,
    method: asGet ? 'GET' : method,
    query: params,
    body: asGet ? undefined : resourceOf(body),
    base: session.base,
    headers,
  });
}

/** Whether an operation is called at this address. Pure. */
export function isAt({ name, levels, types }: Operation, address: OperationAddress): boolean {
  if (name !== address.name || !levels.includes(address.level)) return false;
  return address.type === undefined || types === '*' || types.includes(address.type);
}

function resourceOf(body: unknown): Resource | undefined {
  if (body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0)) {
    return undefined;
  }
  const resource = body as Resource;
  if (typeof body === 'object' && typeof resource.resourceType === 'string') return resource;
  throw new AppError('invalid', 'operation.body', 'Send Parameters, or the resource that is the input, in the body.');
}

function unknown({ level, type }: OperationAddress, operations: readonly Operation[]): AppError {
  const here = operations
    .filter((each) => each.levels.includes(level) && (!type || each.types === '*' || each.types.includes(type)))
    .map(({ name }) => `$${name}`)
    .sort();
  const known = here.length > 0 ? `There are: ${here.join(', ')}.` : 'There are none.';
  return new AppError('notFound', 'operation.unknown', `There is no such operation here. ${known}`);
}

function notSo({ name, affectsState }: Operation, method: string): AppError {
  const text = `$${name} is not called by ${method}. Call it by POST${affectsState ? '' : ' or GET'}.`;
  return new AppError('notAllowed', 'operation.method', text);
}
