import type { Sql } from '../../db/database.ts';
import { readersSql, tokensSql, trimmedSql, untilSql } from './readers-sql.ts';

/** Makes the readers of every resource anew from its author and its open shares. @returns those that differed, as `Type/id` */
export async function rebuildReaders(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(`${MADE}
    UPDATE resource SET readers = made.readers, readers_until = made.until, trimmed = made.trimmed, tokens = ${tokensSql('resource', 'made.readers')}
    FROM made WHERE ${DIFFERS} RETURNING ${NAME}`);
  return rows.map(({ name }) => name).sort();
}

/** Which resources have other readers than their author and their open shares make, as `Type/id`; nothing is changed. */
export async function differingReaders(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ name: string }>(`${MADE} SELECT ${NAME} FROM resource, made WHERE ${DIFFERS}`);
  return rows.map(({ name }) => name).sort();
}

const MADE = `WITH made AS (SELECT r.type, r.id, ${readersSql('r')} AS readers, ${untilSql('r')} AS until,
    ${trimmedSql('r')} AS trimmed FROM resource r)`;
const NAME = `resource.type || '/' || resource.id AS name`;
const DIFFERS = `resource.type = made.type AND resource.id = made.id AND (
    NOT (resource.readers @> made.readers AND made.readers @> resource.readers)
    OR resource.readers_until IS DISTINCT FROM made.until
    OR resource.trimmed IS DISTINCT FROM made.trimmed
    OR NOT (resource.tokens @> ${tokensSql('resource', 'made.readers')} AND ${tokensSql('resource', 'made.readers')} @> resource.tokens))`;
