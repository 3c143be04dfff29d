import { parseSearchRequest } from '@medplum/core';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import type { Stored } from '../store/unit-of-work.ts';
import { searchSql, unknownParameters } from './to-sql.ts';

/** TEMPORARY: the search to come brings its own. */
export async function matching(
  sql: Sql,
  caller: Caller,
  type: string,
  params: readonly [string, string][],
  limit: number,
): Promise<Stored[]> {
  const query = new URLSearchParams(params);
  const { filters = [] } = parseSearchRequest(`${type}?${query}`);
  const request = { resourceType: type as 'Patient', filters };
  if (filters.length === 0 || unknownParameters(request).length > 0) {
    const text = `The condition names no search parameter this server knows for ${type}, e.g. identifier. A condition that is not understood would be met by everything.`;
    throw new AppError('invalid', 'condition.not-understood', text);
  }
  const { text, values } = searchSql(request, caller, limit);
  return (await sql.query<{ content: Stored }>(text, values)).map(({ content }) => content);
}
