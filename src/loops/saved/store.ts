import { type Database, isUniqueViolation, type Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { FilterBody, SavedFilter } from './api.ts';

/** Who saves filters, and sees those that are shared. */
export interface Saver {
  readonly personId: string;
  readonly organizationId: string;
}

export interface SavedDeps {
  readonly db: Database;
  readonly now: () => Date;
  readonly newId: () => string;
}

const MOST = 50;

/** A person's own filters, and those that others of its organization share; by name. */
export function listFilters(sql: Sql, { personId, organizationId }: Saver): Promise<SavedFilter[]> {
  return sql.query<SavedFilter>(`${SHOWN_SQL} ORDER BY lower(saved.name), saved.id`, [personId, organizationId]);
}

export const SHOWN_SQL = `
  SELECT saved.id, saved.name, shared, person_id = $1 AS mine, person.name AS "savedBy", filter
  FROM saved_filter saved JOIN person ON person.id = person_id
  WHERE (person_id = $1 OR shared AND saved.organization_id = $2)`;

/** @throws AppError (409) when it has one of this name, (422) when it has as many as it may */
export async function saveFilter(deps: SavedDeps, saver: Saver, body: FilterBody): Promise<SavedFilter> {
  const id = deps.newId();
  const values = [
    id,
    saver.personId,
    saver.organizationId,
    body.name,
    JSON.stringify(body.filter),
    body.shared,
    deps.now(),
    MOST,
  ];
  const rows = await named(body, deps.db.query(INSERT_SQL, values));
  if (rows.length === 0) {
    const text = `You have saved ${MOST} filters, which is the most there may be. Delete one first.`;
    throw new AppError('unprocessable', 'loops.filters-many', text);
  }
  return shown(deps.db, saver, id);
}

const INSERT_SQL = `
  INSERT INTO saved_filter (id, person_id, organization_id, name, filter, shared, saved_at)
  SELECT $1, $2, $3, $4, $5::jsonb, $6, $7 WHERE (SELECT count(*) FROM saved_filter WHERE person_id = $2) < $8::int RETURNING id`;

/** @throws AppError (404, 403, 409) */
export async function changeFilter(deps: SavedDeps, saver: Saver, id: string, body: FilterBody): Promise<SavedFilter> {
  await own(deps.db, saver, id);
  const values = [
    id,
    saver.personId,
    saver.organizationId,
    body.name,
    JSON.stringify(body.filter),
    body.shared,
    deps.now(),
  ];
  await named(body, deps.db.query(UPDATE_SQL, values));
  return shown(deps.db, saver, id);
}

const UPDATE_SQL = `
  UPDATE saved_filter SET organization_id = $3, name = $4, filter = $5::jsonb, shared = $6, saved_at = $7
  WHERE id::text = $1 AND person_id = $2`;

/** @throws AppError (404, 403) */
export async function deleteFilter({ db }: SavedDeps, saver: Saver, id: string): Promise<void> {
  await own(db, saver, id);
  await db.query('DELETE FROM saved_filter WHERE id::text = $1 AND person_id = $2', [id, saver.personId]);
}

async function own(sql: Sql, saver: Saver, id: string): Promise<void> {
  const { mine } = await shown(sql, saver, id);
  if (!mine)
    throw new AppError('forbidden', 'loops.filter-other', 'Only who has saved a filter changes or deletes it.');
}

async function shown(sql: Sql, { personId, organizationId }: Saver, id: string): Promise<SavedFilter> {
  const [found] = await sql.query<SavedFilter>(`${SHOWN_SQL} AND saved.id::text = $3`, [personId, organizationId, id]);
  if (!found) throw new AppError('notFound', 'loops.filter-not-found', 'There is no such filter.');
  return found;
}

async function named<T>({ name }: FilterBody, written: Promise<T>): Promise<T> {
  try {
    return await written;
  } catch (thrown) {
    if (!isUniqueViolation(thrown)) throw thrown;
    const text = `You have saved a filter under the name ${JSON.stringify(name)} already. Give this one another.`;
    throw new AppError('duplicate', 'loops.filter-name', text, { issues: [{ text, expression: 'name' }] });
  }
}
