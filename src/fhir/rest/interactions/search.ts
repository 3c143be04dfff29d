import type { Bundle, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { type CompartmentAddress, withinCompartment } from '../../compartments/within.ts';
import { requirePlace, withoutUnreadable } from '../../scopes/held.ts';
import { limitSearch } from '../../scopes/limit-search.ts';
import { inTime } from '../../search/in-time.ts';
import type { Within } from '../../search/request/search-request.ts';
import { searchBundle } from '../../search/search.ts';
import type { Session } from '../interaction.ts';
import type { Params } from '../request/address.ts';
import { storedTerms } from '../request/stored-terms.ts';
import { read } from './read.ts';

/**
 * A search of a type, or (undefined) of the whole system.
 * @param within what belongs to one resource, where that is searched
 * @throws AppError (422) when it takes too long
 */
export async function search(
  session: Session,
  sql: Sql,
  type: string | undefined,
  params: Params,
  within?: Within,
): Promise<Bundle> {
  const { caller, base, strict, store } = session;
  const asking = { sql, caller, base, now: store.now() };
  const searching = { ...asking, ...store.search, ...(await storedTerms(asking, params)) };
  const limits = limitSearch(searching, caller, type, params, within);
  const options = { strict, ...(limits ? { within: limits } : {}) };
  return inTime(async () => {
    await requirePlace(searching, type, params, limits);
    return withoutUnreadable(sql, caller, await searchBundle(searching, type, params, options));
  });
}

/** What belongs to a resource that is there. @see https://hl7.org/fhir/R4/search.html#2.21.1.2 */
export async function searchCompartment(
  session: Session,
  sql: Sql,
  address: CompartmentAddress,
  params: Params,
): Promise<Resource> {
  const within = withinCompartment(address, session.base);
  await read(sql, session.caller, address.compartment, address.id);
  return search(session, sql, address.type, params, within);
}
