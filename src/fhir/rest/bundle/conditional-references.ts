import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { findReferences, mapReferences } from '../../references.ts';
import type { WriteSession } from '../interaction.ts';
import { type Condition, foundOne } from '../interactions/conditional.ts';
import { parseUrl } from '../request/address.ts';
import { isMeant, type Made } from './made.ts';

const SEARCH = /^[A-Z][A-Za-z]+\?./;

/**
 * A resource whose references by search (`Patient?identifier=…`) lead to what the search finds: here, or else among what
 * the Bundle itself makes.
 * @param at the entry of the Bundle, for what an error says
 * @throws AppError (412) when a search finds nothing, or more than one
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
export async function resolveConditionalReferences(
  session: WriteSession,
  resource: Resource,
  at: number,
  made: readonly Made[],
): Promise<Resource> {
  const searches = findReferences(resource).filter(({ reference }) => SEARCH.test(reference));
  if (searches.length === 0) return resource;
  const found = new Map<string, string>();
  for (const { reference, expression } of searches) {
    if (!found.has(reference)) found.set(reference, await resolve(session, reference, placeOf(expression, at), made));
  }
  return mapReferences(resource, (reference) => found.get(reference) ?? reference);
}

async function resolve(
  session: WriteSession,
  reference: string,
  expression: string,
  made: readonly Made[],
): Promise<string> {
  const { address, params } = parseUrl(reference);
  const condition = { type: address.kind === 'type' ? address.type : '', params };
  try {
    const found = await foundOne(session, condition);
    if (found) return `${condition.type}/${found.id}`;
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const issues = [{ text: thrown.message, expression }];
    throw new AppError(thrown.kind, thrown.code, thrown.message, { issues });
  }
  return amongMade(condition, expression, made);
}

function amongMade(condition: Condition, expression: string, made: readonly Made[]): string {
  const [first, second] = made.filter((each) => isMeant(each, condition));
  if (second) {
    const text = 'Several entries of this Bundle meet the search of this reference. Name one by its fullUrl.';
    throw new AppError('multipleMatches', 'reference.finds-several', text, { issues: [{ text, expression }] });
  }
  if (first) return first.address;
  const text = 'The search of this reference finds nothing. Send the resource in the same Bundle, or create it first.';
  throw new AppError('stale', 'reference.finds-nothing', text, { issues: [{ text, expression, code: 'not-found' }] });
}

function placeOf(expression: string, at: number): string {
  return `Bundle.entry[${at}].resource${expression.slice(expression.indexOf('.'))}`;
}
