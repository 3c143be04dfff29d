import type { Sql } from '../../../db/database.ts';
import { AppError } from '../../../errors.ts';
import type { Caller } from '../../caller.ts';
import { isStoredType } from '../../definitions.ts';
import { type Params, parseParams } from '../../rest/request/address.ts';
import { storedTerms } from '../../rest/request/stored-terms.ts';
import type { Condition } from '../../search/conditions/condition.ts';
import type { SearchContext } from '../../search/conditions/context.ts';
import { readRequest } from '../../search/request/read-request.ts';
import { resolveLinks } from '../../search/resolve.ts';
import { foundStatement } from '../../search/sql/statements.ts';
import type { ReadStatistics } from '../../search/statistics.ts';

/** A search that resources of a type must meet: `Task?status=draft` in two. */
export interface TypeFilter {
  readonly type: string;
  readonly query: string;
  /**
   * What it asked for when the export was: value sets it names may be changed or deleted while the export is made.
   * Undefined in exports that an earlier version accepted.
   */
  readonly where?: readonly Condition[];
}

const MOST_FILTERS = 50;

/**
 * Reads the searches of `_typeFilter`. Several of one type are alternatives. Pure.
 * @param texts as they were sent; one may hold several, with a comma between them
 * @param types those that are exported; undefined: all there are
 * @param leftOut where to say what was left out; undefined: it is refused
 * @throws AppError (400) when one is no search by parameters of this server
 * @see https://hl7.org/fhir/uv/bulkdata/STU2/export.html#_typefilter-query-parameter
 */
export function readTypeFilters(
  context: SearchContext,
  texts: readonly string[],
  types: readonly string[] | undefined,
  leftOut: string[] | undefined,
): TypeFilter[] {
  const said = searchesIn(texts);
  if (said.length > MOST_FILTERS) throw refused(`An export takes at most ${MOST_FILTERS} searches in _typeFilter.`);
  return said.flatMap((text): TypeFilter[] => {
    const [type = '', query = ''] = text.split(/\?(.*)/s);
    if (!isStoredType(type) || query === '') {
      throw refused('Write each _typeFilter as a type and a search, e.g. Task?status=draft (encoded in an address).');
    }
    if (types && !types.includes(type)) {
      const why = 'A _typeFilter is of a type that is not exported. Add the type to _type, or leave the filter out.';
      if (!leftOut) throw refused(why);
      leftOut.push(why);
      return [];
    }
    return [checked(context, { type, query }, leftOut)];
  });
}

/** A comma between values stays: what comes after one between searches begins with a type. */
function searchesIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(/,(?=[A-Z][A-Za-z]{0,40}\?)/)).filter((text) => text !== '');
}

/** The parameters of all searches of `_typeFilter`, as they were sent. Pure. */
export function paramsIn(texts: readonly string[]): Params {
  return searchesIn(texts).flatMap((text) => parseParams(text.split(/\?(.*)/s)[1] ?? ''));
}

/** Parameters that say how results are shown, not which there are. */
const OF_RESULTS: ReadonlySet<string> = new Set(
  '_sort _count _total _summary _elements _contained _containedType _format _pretty _cursor'.split(' '),
);

function checked(context: SearchContext, { type, query }: TypeFilter, leftOut: string[] | undefined): TypeFilter {
  const params = parseParams(query);
  if (params.some(([name]) => OF_RESULTS.has(name) || /^_(rev)?include/.test(name))) {
    throw refused(
      'A _typeFilter says which resources are exported: how results are shown (_sort, _include …) has no place in it.',
    );
  }
  const { unknown, where } = readRequest(context, type, params);
  if (unknown.length > 0) {
    const why = 'A _typeFilter has a search parameter that this server does not know for its type.';
    if (!leftOut) throw refused(`${why} Leave it out, or send Prefer: handling=lenient.`);
    leftOut.push(`${why} It was left out.`);
  } else if (where.length === 0) {
    throw refused('Write each _typeFilter as a type and a search, e.g. Task?status=draft (encoded in an address).');
  }
  return { type, query, where };
}

function refused(text: string): AppError {
  const issues = [{ text, expression: "Parameters.parameter.where(name='_typeFilter')" }];
  return new AppError('invalid', 'export.type-filter', text, { issues });
}

/** In what filters are carried out. */
export interface Filtering extends SearchContext {
  readonly sql: Sql;
  readonly caller: Caller;
  readonly statistics: ReadStatistics;
}

async function readAnew(filtering: Filtering, { type, query }: TypeFilter): Promise<readonly Condition[]> {
  const params = parseParams(query);
  return readRequest({ ...filtering, ...(await storedTerms(filtering, params)) }, type, params).where;
}

/**
 * Which resources of some meet one of the filters of their type, as they stand now; undefined when there is no filter
 * for it.
 */
export async function idsMeeting(
  filtering: Filtering,
  filters: readonly TypeFilter[],
  type: string,
  ids: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  const searches = filters.filter((each) => each.type === type);
  if (searches.length === 0) return undefined;
  const { sql, caller } = filtering;
  const reading = { sql, caller, statistics: await filtering.statistics(sql) };
  const met = new Set<string>();
  for (const search of searches) {
    const where = search.where ?? (await readAnew(filtering, search));
    const resolved: Condition[] = [];
    for (const each of where) resolved.push({ kind: 'check', condition: await resolveLinks(reading, each) });
    const among: Condition = { kind: 'ids', ids };
    const { text, values } = foundStatement(type, [among, ...resolved], caller, () => 'SELECT id FROM hit');
    for (const { id } of await sql.query<{ id: string }>(text, values)) met.add(id);
  }
  return met;
}
