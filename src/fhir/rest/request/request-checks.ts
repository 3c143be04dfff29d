import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import type { Interaction } from '../interaction.ts';

/**
 * Refuses a condition that is not an ETag: taken for none, it would let a change overwrite what it was to protect.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.if-match
 */
export function checkETag(header: 'If-Match' | 'If-None-Match', value: string | undefined, expression?: string): void {
  if (value === undefined || value === '*' || /^(W\/)?"[^"]+"$/.test(value)) return;
  const text = `${header} must name a version as its ETag does, e.g. W/"3".`;
  throw new AppError('invalid', `http.${header.toLowerCase()}`, text, { issues: [{ text, expression }] });
}

/** Refuses a resource that is none, or is sent to another address than its own. */
export function checkBody({ method, address, body }: Interaction): void {
  if (address.kind !== 'type' && address.kind !== 'instance') return;
  if (method !== 'PUT' && !(method === 'POST' && address.kind === 'type')) return;
  const { type } = address;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refused('resource.expected', `Send a ${type} as JSON in the body.`, type);
  }
  const resource = body as Partial<Resource>;
  if (resource.resourceType !== type) {
    const sent =
      resource.resourceType === undefined
        ? 'The body has no resourceType'
        : `The body is of type ${shown(resource.resourceType)}`;
    throw refused('resource.wrong-type', `${sent}, but is sent to ${type}.`, 'resourceType');
  }
  if (address.kind === 'instance' && resource.id !== address.id) {
    throw refused('resource.wrong-id', `The ${type} must have the id it is sent to: ${address.id}.`, `${type}.id`);
  }
  if (method === 'PUT') checkOwnId(resource, type);
}

/** Refuses an id that is no text, before it is used as one. @param place where the resource stands */
export function checkOwnId({ id }: { readonly id?: unknown }, place: string): void {
  if (id === undefined || typeof id === 'string') return;
  throw refused('resource.wrong-id', 'An id is a text: 1 to 64 letters, digits, dots and hyphens.', `${place}.id`);
}

/**
 * Refuses a search whose parameters stand in a body we do not read: without them it would find everything.
 * @see https://hl7.org/fhir/R4/http.html#search
 */
export function checkSearchBody({ method, address, body }: Interaction): void {
  const isPosted = address.kind === 'search' || (address.kind === 'compartment' && address.posted);
  if (method !== 'POST' || !isPosted || typeof body !== 'object' || body === null || isEmpty(body)) return;
  const text =
    'A search by POST has its parameters in a form (Content-Type application/x-www-form-urlencoded) or in the address.';
  throw new AppError('unsupportedMedia', 'search.body', text);
}

function isEmpty(body: object): boolean {
  return Object.keys(body).length === 0;
}

/** A type's name may be shown; anything else could be somebody's data. */
export function shown(type: unknown): string {
  return typeof type === 'string' && /^[A-Za-z]{1,40}$/.test(type) ? type : 'nothing known';
}

function refused(code: string, text: string, expression: string): AppError {
  return new AppError('invalid', code, text, { issues: [{ text, expression }] });
}
