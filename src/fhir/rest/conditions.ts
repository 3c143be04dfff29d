import { formatSearchQuery, parseSearchRequest, type SearchRequest } from '@medplum/core';
import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import { lockNames } from '../../db/locks.ts';
import { AppError } from '../../errors.ts';
import { mapReferences } from '../references.ts';
import { searchSql, unknownParameters } from '../search/to-sql.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';

/** What an interaction depends on: create unless there is one, update the one there is … */
interface Condition {
  readonly at: number;
  readonly search: SearchRequest;
  readonly expression: string;
}

/**
 * Holds a condition until the transaction ends: whoever else depends on the same one waits, so that not two find
 * nothing and both create.
 * @throws AppError when the condition names nothing to search by
 * @see https://hl7.org/fhir/R4/http.html#ccreate
 */
export async function holdCondition(unit: UnitOfWork, search: SearchRequest): Promise<void> {
  requireUnderstood(search, undefined);
  await lockNames(unit.tx, [nameOf(search)]);
}

/** Refuses a Bundle with a condition this server does not understand. @throws AppError naming the entry */
export function checkConditions(bundle: Bundle): void {
  for (const { search, expression } of conditionsOf(bundle)) requireUnderstood(search, expression);
}

/**
 * The Bundle with every condition decided, in this transaction: what meets one is named by its address, and a condition
 * that nothing meets is gone.
 * @throws AppError (412) when several resources meet a condition
 */
export async function decideConditions(unit: UnitOfWork, bundle: Bundle): Promise<Bundle> {
  const conditions = conditionsOf(bundle);
  if (conditions.length === 0) return bundle;
  refuseTwice(conditions);
  await lockNames(
    unit.tx,
    conditions.map(({ search }) => nameOf(search)),
  );
  const entry = [...(bundle.entry ?? [])];
  const met = new Map<string, string>();
  for (const condition of conditions) {
    const before = entry[condition.at] as BundleEntry;
    const found = await theOne(unit, condition);
    entry[condition.at] = decided(before, found, condition, unit);
    if (found && before.fullUrl) met.set(before.fullUrl, addressOf(found));
  }
  return { ...bundle, entry: mapReferences(entry, (reference) => met.get(reference) ?? reference) };
}

function conditionsOf(bundle: Bundle): Condition[] {
  return (bundle.entry ?? []).flatMap(({ request }, at) => {
    const place = `Bundle.entry[${at}].request`;
    if (!request?.url) return [];
    const [type = ''] = request.url.split('?');
    if (request.method === 'POST' && request.ifNoneExist) {
      return [{ at, search: parseSearchRequest(`${type}?${request.ifNoneExist}`), expression: `${place}.ifNoneExist` }];
    }
    const conditional = ['PUT', 'PATCH', 'DELETE'].includes(request.method ?? '') && !type.includes('/');
    return conditional ? [{ at, search: parseSearchRequest(request.url), expression: `${place}.url` }] : [];
  });
}

function requireUnderstood(search: SearchRequest, expression: string | undefined): void {
  const filters = search.filters ?? [];
  if (filters.length > 0 && unknownParameters(search).length === 0) return;
  const text = `The condition names no search parameter this server knows for ${search.resourceType}, e.g. identifier. A condition that is not understood would be met by everything.`;
  throw new AppError('invalid', 'condition.not-understood', text, { issues: [{ text, expression }] });
}

/** @see https://hl7.org/fhir/R4/http.html#trules */
function refuseTwice(conditions: readonly Condition[]): void {
  const known = new Map<string, Condition>();
  for (const condition of conditions) {
    requireUnderstood(condition.search, condition.expression);
    const other = known.get(nameOf(condition.search));
    known.set(nameOf(condition.search), condition);
    if (!other) continue;
    const text = `Entry ${other.at} of this Bundle has the same condition. Say in one entry what both say.`;
    const issues = [{ text, expression: condition.expression }];
    throw new AppError('invalid', 'condition.twice', text, { issues });
  }
}

function nameOf({ resourceType, filters }: SearchRequest): string {
  return resourceType + formatSearchQuery({ resourceType, ...(filters ? { filters } : {}) });
}

async function theOne(unit: UnitOfWork, { search, expression }: Condition): Promise<Resource | undefined> {
  const { text, values } = searchSql(
    { resourceType: search.resourceType, filters: search.filters ?? [] },
    unit.caller,
    2,
  );
  const [first, second] = await unit.tx.query<{ content: Resource }>(text, values);
  if (!second) return first?.content;
  const several = 'Several resources meet this condition. Name one by something only it has, e.g. its identifier.';
  throw new AppError('multipleMatches', 'condition.several', several, { issues: [{ text: several, expression }] });
}

function decided(
  entry: BundleEntry,
  found: Resource | undefined,
  { search, expression }: Condition,
  unit: UnitOfWork,
): BundleEntry {
  const { ifNoneExist: _ifNoneExist, ...request } = entry.request as NonNullable<BundleEntry['request']>;
  const type = search.resourceType;
  if (request.method === 'POST') return found ? readOf(entry, found) : { ...entry, request };
  if (found) {
    const resource = request.method === 'PUT' ? { resource: { ...entry.resource, id: found.id } as Resource } : {};
    return { ...entry, ...resource, request: { ...request, url: addressOf(found) } };
  }
  // Deleting what is not there is done already.
  if (request.method === 'DELETE') return { ...entry, request: { ...request, url: `${type}/${unit.newId()}` } };
  if (request.method === 'PUT') return { ...entry, request: { method: 'POST', url: type } };
  const text = 'Nothing meets this condition, so there is nothing to change.';
  throw new AppError('notFound', 'condition.nothing', text, { issues: [{ text, expression }] });
}

function readOf({ fullUrl }: BundleEntry, found: Resource): BundleEntry {
  return { ...(fullUrl ? { fullUrl } : {}), request: { method: 'GET', url: addressOf(found) } };
}

function addressOf({ resourceType, id }: Resource): string {
  return `${resourceType}/${id}`;
}
