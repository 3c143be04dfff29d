import { createHash } from 'node:crypto';
import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { mapReferences } from '../references.ts';
import { checkIfMatch } from './request-checks.ts';

/**
 * Checks the shape of a batch or transaction Bundle before any entry is looked at.
 * @throws AppError naming the entry and what is missing
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export function checkBundle(body: unknown, entryLimit: number): Bundle {
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
  return bundle;
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
  const { method, url, ifMatch } = entry.request;
  checkIfMatch(ifMatch, `${place}.request.ifMatch`);
  if ((method === 'POST' || method === 'PUT') && !entry.resource) {
    throw fault('bundle.entry-without-resource', `A ${method} entry needs a resource.`, `${place}.resource`);
  }
  const type = url.split(/[/?]/)[0];
  if (method === 'POST' && entry.resource && entry.resource.resourceType !== type) {
    throw fault(
      'bundle.wrong-type',
      `The resource is a ${String(entry.resource.resourceType)}, but is sent to ${url}.`,
      `${place}.resource.resourceType`,
    );
  }
}

function fault(code: string, text: string, expression: string): AppError {
  return new AppError('invalid', code, text, { issues: [{ text, expression }] });
}

/**
 * The Bundle with every reference to an entry in the one form the engine resolves (`urn:uuid`). Senders may name
 * entries by their own addresses and refer to them relatively. Pure.
 * @see https://hl7.org/fhir/R4/bundle.html#references
 */
export function withUrnReferences(bundle: Bundle): Bundle {
  const urns = new Map<string, string>();
  const entry = (bundle.entry ?? []).map((each, at) => {
    if (!each.fullUrl || ENGINE_URN.test(each.fullUrl) || !getsItsIdHere(each)) return each;
    const urn = `urn:uuid:${uuidOf(`${at} ${each.fullUrl}`)}`;
    urns.set(each.fullUrl, urn);
    const tail = each.fullUrl.split('/').slice(-2).join('/');
    if (!urns.has(tail)) urns.set(tail, urn);
    return { ...each, fullUrl: urn };
  });
  if (urns.size === 0) return bundle;
  return { ...bundle, entry: mapReferences(entry, (reference) => urns.get(reference) ?? reference) };
}

/** The engine looks for urns of exactly this form; `urn:uuid:patient-1` and urns in capitals are seen too. */
const ENGINE_URN = /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether an entry has another address afterwards than its sender knows: a new resource, or one found by a condition. */
function getsItsIdHere({ request }: BundleEntry): boolean {
  return request?.method === 'POST' || (request?.method === 'PUT' && request.url.includes('?'));
}

function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * A digest of what a Bundle says, the same however its entries are named (`urn:uuid` made anew for a retry) and
 * however its properties are ordered. Pure.
 */
export function contentDigest(bundle: Bundle): string {
  const places = new Map((bundle.entry ?? []).map(({ fullUrl }, at) => [fullUrl ?? '', `entry:${at}`]));
  const named = mapReferences(bundle.entry ?? [], (reference) => places.get(reference) ?? reference);
  const said = named.map(({ resource, request }) => ({ resource: withoutMeta(resource), request }));
  return createHash('sha256').update(canonicalJson(said)).digest('hex');
}

function withoutMeta(resource: BundleEntry['resource']): unknown {
  if (!resource) return null;
  const { meta, ...rest } = resource;
  const { lastUpdated: _lastUpdated, versionId: _versionId, ...kept } = meta ?? {};
  return { ...rest, meta: kept };
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}
