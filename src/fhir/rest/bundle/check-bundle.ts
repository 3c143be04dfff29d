import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { belowBase } from '../request/address.ts';
import { checkETag, shown } from '../request/request-checks.ts';

/**
 * Checks the shape of a batch or transaction Bundle before any entry is looked at.
 * @param base the address of this server, which entries may write before their own
 * @throws AppError naming the entry and what is missing
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export function checkBundle(body: unknown, entryLimit: number, base: string): Bundle {
  const bundle = body as Bundle;
  if (typeof body !== 'object' || body === null || bundle.resourceType !== 'Bundle') {
    throw fault(
      'bundle.expected',
      'Send a Bundle to the base address; single resources go to their type, e.g. POST Task.',
      'resourceType',
    );
  }
  if (bundle.type !== 'transaction' && bundle.type !== 'batch') {
    throw fault(
      'bundle.type',
      'Bundle.type must be "transaction" (all or nothing) or "batch" (each entry by itself).',
      'Bundle.type',
    );
  }
  const entries = bundle.entry ?? [];
  if (!Array.isArray(entries) || entries.length === 0)
    throw fault('bundle.empty', 'The Bundle has no entries.', 'Bundle.entry');
  if (entries.length > entryLimit) {
    throw new AppError(
      'tooLarge',
      'bundle.too-many-entries',
      `The Bundle has ${entries.length} entries; at most ${entryLimit} are accepted. Split it.`,
      {
        issues: [
          {
            text: `The Bundle has ${entries.length} entries; at most ${entryLimit} are accepted. Split it.`,
            expression: 'Bundle.entry',
          },
        ],
      },
    );
  }
  for (const [at, entry] of entries.entries()) checkEntry(entry, at);
  if (bundle.type === 'transaction') checkTogether(entries, base);
  return bundle;
}

/** What refuses a whole transaction; in a batch it is told of each entry as that is carried out. */
function checkTogether(entries: readonly BundleEntry[], base: string): void {
  const known = new Map<string, number>();
  for (const [at, entry] of entries.entries()) {
    checkOfTransaction(entry, at, base);
    const { fullUrl, resource } = entry;
    if (!fullUrl || !resource) continue;
    const other = known.get(fullUrl);
    known.set(fullUrl, at);
    if (other === undefined) continue;
    const text = `Entry ${other} of this Bundle has the same fullUrl: what refers to it could mean either. Give each its own.`;
    throw fault('bundle.same-full-url', text, `Bundle.entry[${at}].fullUrl`);
  }
}

function checkEntry(entry: BundleEntry, at: number): void {
  const place = `Bundle.entry[${at}]`;
  if (!entry?.request?.method || typeof entry.request.url !== 'string' || !entry.request.url) {
    throw fault(
      'bundle.entry-without-request',
      'Every entry needs request.method and request.url.',
      `${place}.request`,
    );
  }
  checkForms(entry, place);
}

function checkOfTransaction(entry: BundleEntry, at: number, base: string): void {
  const place = `Bundle.entry[${at}]`;
  const { method, url = '', ifMatch } = entry.request ?? {};
  checkETag('If-Match', ifMatch, `${place}.request.ifMatch`);
  if ((method === 'POST' || method === 'PUT') && !entry.resource) {
    throw fault('bundle.entry-without-resource', `A ${method} entry needs a resource.`, `${place}.resource`);
  }
  const type = belowBase(url, base).split(/[/?]/)[0];
  if (method === 'POST' && entry.resource && entry.resource.resourceType !== type) {
    throw fault(
      'bundle.wrong-type',
      `The resource is of type ${shown(entry.resource.resourceType)}, but is sent to ${shown(type)}.`,
      `${place}.resource.resourceType`,
    );
  }
}

const METHODS: ReadonlySet<unknown> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** A Bundle is not validated before its entries are: what decides about them must be of the right form. */
function checkForms({ fullUrl, request, resource }: BundleEntry, place: string): void {
  if (!METHODS.has(request?.method)) {
    const text = 'request.method must be GET, HEAD, POST, PUT, PATCH or DELETE.';
    throw fault('bundle.method', text, `${place}.request.method`);
  }
  const { ifMatch, ifNoneMatch, ifNoneExist, ifModifiedSince } = request ?? {};
  const texts = {
    fullUrl,
    'request.ifMatch': ifMatch,
    'request.ifNoneMatch': ifNoneMatch,
    'request.ifNoneExist': ifNoneExist,
    'request.ifModifiedSince': ifModifiedSince,
  };
  for (const [name, value] of Object.entries(texts)) {
    if (value === undefined || typeof value === 'string') continue;
    throw fault('bundle.entry-not-valid', `${name} must be a text.`, `${place}.${name}`);
  }
  if (resource !== undefined && (typeof resource !== 'object' || resource === null || Array.isArray(resource))) {
    throw fault('bundle.entry-not-valid', 'The resource of an entry must be an object.', `${place}.resource`);
  }
}

function fault(code: string, text: string, expression: string): AppError {
  return new AppError('invalid', code, text, { issues: [{ text, expression }] });
}
