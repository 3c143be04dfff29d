import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import type { Stored } from '../store/unit-of-work.ts';
import type { SearchContext } from './conditions/context.ts';
import { readRequest } from './request/read-request.ts';
import { resolveAll } from './resolve.ts';
import { chooseDriver } from './selectivity.ts';
import { gatherStatement } from './sql/statements.ts';

/**
 * The resources that meet the condition of an interaction, e.g. of a conditional create.
 * @param limit the most that are wanted
 * @throws AppError (400) when the condition is not understood in full: it would be met by what is not meant
 * @see https://hl7.org/fhir/R4/http.html#ccreate
 */
export async function matching(
  { sql, caller, ...context }: SearchContext & { readonly sql: Sql; readonly caller: Caller },
  type: string,
  params: readonly (readonly [name: string, value: string])[],
  limit: number,
): Promise<Stored[]> {
  const request = readRequest(context, type, params);
  if (request.where.length === 0 || request.unknown.length > 0 || params.some(([, value]) => value === '')) {
    const text = `The condition names no search parameter this server knows for ${type}, e.g. identifier. A condition that is not understood would be met by everything.`;
    throw new AppError('invalid', 'condition.not-understood', text);
  }
  const reading = { sql, caller, statistics: NONE };
  const where = await resolveAll(reading, request.where);
  const page = { place: undefined, backwards: false, limit, asOf: undefined };
  const { text, values } = gatherStatement(
    { ...request, where: chooseDriver(where, type, NONE), sort: [] },
    caller,
    page,
  );
  return (await sql.query<{ content: Stored }>(text, values)).map(({ content }) => content);
}

/** What meets a condition is few: nothing needs to be known about how common it is. */
const NONE = { rows: 0, types: new Map<string, number>(), tokens: new Map<string, number>() };
