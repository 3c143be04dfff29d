import type { Bundle } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { isKnownType } from '../../definitions.ts';
import type { Params } from '../../rest/request/address.ts';
import { storedTerms } from '../../rest/request/stored-terms.ts';
import { requirePlace, withoutUnreadable } from '../../scopes/held.ts';
import { limitSearch } from '../../scopes/limit-search.ts';
import { searchBundle } from '../../search/search.ts';
import { type Desk, escapeValue, readOrNothing } from '../find-definition.ts';
import { note } from '../notes.ts';
import type { PlacedExpression } from './sdc.ts';
import type { Work } from './work.ts';

/** Evaluates an expression where the search stands. */
export type Evaluate = (formula: PlacedExpression) => Promise<unknown[]>;

/**
 * Runs a search written as `Observation?patient={{%patient.id}}&code=…`, as the caller: its value is the Bundle, or the
 * resource when it names one (`Patient/{{%patient.id}}`). A search of which a part has no value is not made: it would
 * find too much.
 * @param evaluate the values of a part that is FHIRPath
 * @throws AppError (422) when it is no search of this server's
 * @see http://hl7.org/fhir/uv/sdc/expressions.html#x-fhir-query-enhancements
 */
export async function runFhirQuery(work: Work, query: PlacedExpression, evaluate: Evaluate): Promise<unknown[]> {
  const { place } = query;
  const filled = await fillIn(query, evaluate);
  if (filled === undefined) {
    note(work.notes, 'This search was not made: a part of it has no value.', place, { severity: 'information' });
    return [];
  }
  if (work.queriesLeft <= 0) throw refused('There are too many searches for one call.', place);
  work.queriesLeft -= 1;
  const [address = '', params = ''] = filled.split(/\?(.*)/s);
  const [type = '', id, ...rest] = address.replace(/^\//, '').split('/');
  if (!isKnownType(type) || rest.length > 0) {
    throw refused('Write a search of this server, e.g. Observation?patient={{%patient.id}}.', place);
  }
  if (id !== undefined) return [await readOrNothing(work.desk, type, id)].filter((found) => found !== undefined);
  return [await searchAsCaller(work.desk, type, [...new URLSearchParams(params)])];
}

async function searchAsCaller(desk: Desk, type: string, params: Params): Promise<Bundle> {
  const searching = { ...desk, ...(await storedTerms(desk, params)) };
  const within = limitSearch(searching, desk.caller, type, params);
  await requirePlace(searching, type, params, within);
  const found = await searchBundle(searching, type, params, { strict: true, ...(within ? { within } : {}) });
  return withoutUnreadable(desk.sql, desk.caller, found);
}

const PART = /\{\{([^{}]{1,1000})\}\}/g;

/** Puts values where `{{expression}}` stands; undefined when one of them has none. */
async function fillIn({ expression: text, place }: PlacedExpression, evaluate: Evaluate): Promise<string | undefined> {
  let filled = '';
  let from = 0;
  for (const { 0: part, 1: expression = '', index } of text.matchAll(PART)) {
    const values = await evaluate({ name: undefined, language: 'text/fhirpath', expression, place });
    const texts = values.filter((value) => ['string', 'number', 'boolean'].includes(typeof value)).map(String);
    if (texts.length === 0) return undefined;
    filled += text.slice(from, index) + texts.map((each) => encodeURIComponent(escapeValue(each))).join(',');
    from = index + part.length;
  }
  return filled + text.slice(from);
}

function refused(why: string, place: string): AppError {
  const text = `This search (x-fhir-query) was not made. ${why}`;
  return new AppError('unprocessable', 'expression.query', text, { issues: [{ text, expression: place }] });
}
