import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';

/**
 * Refuses an If-Match that is not an ETag: taken for none, it would let a change overwrite what it was to protect.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.if-match
 */
export function checkIfMatch(ifMatch: string | undefined, expression?: string): void {
  if (ifMatch === undefined || ifMatch === '*' || /^(W\/)?"[^"]+"$/.test(ifMatch)) return;
  const text = 'If-Match must name a version as its ETag does, e.g. W/"3".';
  throw new AppError('invalid', 'http.if-match', text, { issues: [{ text, expression }] });
}

/**
 * Refuses a resource sent to another address than its own.
 * @param path below the base, e.g. `Patient` or `Patient/1`
 */
export function checkAddress(method: string, path: string, body: unknown): void {
  const [type = '', id, more] = path.split('/').filter(Boolean);
  if (type === '') return;
  const creates = method === 'POST' && id === undefined && !type.startsWith('$');
  const updates = method === 'PUT' && more === undefined;
  if (!creates && !updates) return;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refused('resource.expected', `Send a ${type} as JSON in the body.`, type);
  }
  const resource = body as Partial<Resource>;
  if (resource.resourceType !== type) {
    const sent =
      resource.resourceType === undefined
        ? 'The body has no resourceType'
        : `The body is a ${shown(resource.resourceType)}`;
    throw refused('resource.wrong-type', `${sent}, but is sent to ${type}.`, 'resourceType');
  }
  if (updates && id !== undefined && resource.id !== id) {
    throw refused('resource.wrong-id', `The ${type} must have the id it is sent to: ${id}.`, `${type}.id`);
  }
}

/** A type's name may be shown; anything else could be somebody's data. */
function shown(type: unknown): string {
  return typeof type === 'string' && /^[A-Za-z]{1,40}$/.test(type) ? type : 'resource of no known type';
}

function refused(code: string, text: string, expression: string): AppError {
  return new AppError('invalid', code, text, { issues: [{ text, expression }] });
}
