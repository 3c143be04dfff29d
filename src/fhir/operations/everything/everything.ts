import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { seesHubsProvenance } from '../../audit/provenance/asks-for-provenance.ts';
import { bringProvenanceUpToDate } from '../../audit/provenance/make-provenance.ts';
import { read } from '../../rest/interactions/read.ts';
import { readableTypes } from '../../scopes/readable-types.ts';
import { inTime } from '../../search/in-time.ts';
import { marked } from '../../sharing/confidentiality.ts';
import { someEntries } from '../../some-entries.ts';
import type { Store } from '../../store/transact.ts';
import { readInputs } from '../inputs.ts';
import type { Operation, OperationAnswer, OperationCall } from '../operation.ts';
import { type Asked, type Cursor, readAsked, writeCursor } from './asked.ts';
import { isWithin } from './care-dates.ts';
import { nextPatient, PARTS, readPart, type Wanted } from './read-part.ts';

/**
 * `Patient/$everything`: the patient, all that is about the patient, and what this refers to (people, organizations,
 * places, medications), in pages. Called on the type, it is that of each patient in turn.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 */
export function everythingOperation(store: Store): Operation {
  return {
    name: 'everything',
    definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
    levels: ['type', 'instance'],
    types: ['Patient'],
    affectsState: false,
    run: async (call) => {
      const asked = readAsked(readInputs(call), call.id);
      const types = readableTypes(call.caller, asked.types);
      const wanted = { caller: call.caller, types, since: asked.since };
      return inTime(() => everything(store, call, asked, wanted), tooCostly);
    },
  };
}

const TOO_COSTLY =
  'This $everything takes longer than this server allows, and was ended. Ask for less: one patient, some types (_type), what changed since a time (_since), or a smaller _count, and follow the links to the next pages. For whole records ask for a $export, which may take its time.';

function tooCostly(cause: unknown): AppError {
  return new AppError('tooCostly', 'everything.too-costly', TOO_COSTLY, { cause });
}

async function everything(store: Store, call: OperationCall, asked: Asked, wanted: Wanted): Promise<OperationAnswer> {
  if (call.id !== undefined) await read(store.db, call.caller, 'Patient', call.id);
  const mayHoldProvenance = asked.types.length === 0 || asked.types.includes('Provenance');
  if (mayHoldProvenance && seesHubsProvenance(call.caller)) await bringProvenanceUpToDate(store);
  const found = await readPage(store, call, asked, wanted);
  const page = found.slice(0, asked.count);
  const last = found.length > asked.count ? page.at(-1) : undefined;
  const resource: Bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    link: linksOf(call, asked, last?.at),
    ...someEntries(page.map((each) => entryOf(call, each))),
  };
  return { status: 200, resource: marked(resource) };
}

interface Found {
  readonly resource: Resource;
  readonly at: Cursor;
}

/** The resources of a page, and one more where there is one. */
async function readPage(store: Store, call: OperationCall, asked: Asked, wanted: Wanted): Promise<Found[]> {
  const found: Found[] = [];
  // What two patients share stands once on a page.
  const known = new Set<string>();
  let at = await firstPlace(store, call, asked);
  while (at && found.length <= asked.count) {
    const limit = asked.count + 1 - found.length;
    const part = PARTS[at.part] ?? 'patient';
    const rows: Resource[] = await readPart(store.db, wanted, at.patientId, part, at, limit);
    for (const resource of rows) {
      const { resourceType: type, id = '' } = resource;
      at = { ...at, type, id };
      if (known.has(`${type}/${id}`) || !isWithin(resource, asked.dates)) continue;
      known.add(`${type}/${id}`);
      found.push({ resource, at });
    }
    if (rows.length < limit) at = await nextPlace(store, call, at);
  }
  return found;
}

async function firstPlace(store: Store, call: OperationCall, { cursor }: Asked): Promise<Cursor | undefined> {
  if (cursor) return cursor;
  const patientId = call.id ?? (await nextPatient(store.db, call.caller, ''));
  return patientId === undefined ? undefined : { patientId, part: 0, type: '', id: '' };
}

async function nextPlace(store: Store, call: OperationCall, { patientId, part }: Cursor): Promise<Cursor | undefined> {
  if (part + 1 < PARTS.length) return { patientId, part: part + 1, type: '', id: '' };
  const next = call.id === undefined ? await nextPatient(store.db, call.caller, patientId) : undefined;
  return next === undefined ? undefined : { patientId: next, part: 0, type: '', id: '' };
}

function entryOf({ base }: OperationCall, { resource, at }: Found): BundleEntry {
  return {
    fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode: PARTS[at.part] === 'referred' ? 'include' : 'match' },
  };
}

function linksOf(
  { base, id }: OperationCall,
  { params, cursor }: Asked,
  last: Cursor | undefined,
): NonNullable<Bundle['link']> {
  const url = (at: Cursor | undefined): string => {
    const place = at ? [['_cursor', writeCursor(at)] as const] : [];
    const query = new URLSearchParams([...params, ...place].map(([name, value]): [string, string] => [name, value]));
    return `${base}/Patient/${id === undefined ? '' : `${id}/`}$everything${query.size > 0 ? `?${query}` : ''}`;
  };
  return [{ relation: 'self', url: url(cursor) }, ...(last ? [{ relation: 'next', url: url(last) }] : [])];
}
