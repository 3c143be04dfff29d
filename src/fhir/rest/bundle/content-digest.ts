import { createHash } from 'node:crypto';
import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import { mapReferences } from '../../references.ts';
import { withLinks } from './links.ts';

/**
 * A digest of what a Bundle says, the same however its entries are named (`urn:uuid` made anew for a retry) and
 * however its properties are ordered. Pure.
 */
export function contentDigest(bundle: Bundle): string {
  const places = new Map((bundle.entry ?? []).map(({ fullUrl }, at) => [fullUrl ?? '', `entry:${at}`]));
  const named = mapReferences(bundle.entry ?? [], (reference) => places.get(reference) ?? reference);
  const linked = named.map((entry) =>
    entry.resource ? { ...entry, resource: withLinks(entry.resource, places) } : entry,
  );
  const said = linked.map(({ resource, request }) => ({ resource: withoutMeta(resource), request }));
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
