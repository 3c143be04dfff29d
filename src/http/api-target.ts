import type { NewEntry } from '../fhir/audit/record/new-entry.ts';

/** What the JSON API tells of, and changes: what the first part of an address is made of. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['loops', 'Task'],
  ['plans', 'CarePlan'],
  ['patients', 'Patient'],
  ['consents', 'Consent'],
]);

/** A resource that an address names, and the address as the audit keeps it: without ids. */
export type Target = Pick<NewEntry, 'resource_type' | 'resource_id' | 'query'>;

/** What an address of the JSON API is about; nothing where it names no resource. Pure. @param path below /api, as `/loops/x` */
export function targetAt(path: string): Target {
  const [, what = '', id] = path.split('/');
  const type = TYPES.get(what);
  if (type === undefined || id === undefined || !/^[A-Za-z0-9\-.]{1,64}$/.test(id)) return {};
  return { resource_type: type, resource_id: id, query: `${what}/*` };
}
