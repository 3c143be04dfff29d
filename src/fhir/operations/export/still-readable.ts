import type { Bundle, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { type Caller, visibleTo } from '../../caller.ts';
import { type LocalReference, parseLocal } from '../../references.ts';

/**
 * Of the lines of a file, those that its taker may still read: a consent may have been withdrawn, or a label given, since
 * the file was made. Taking it is the disclosure, not making it.
 */
export async function* stillReadable(sql: Sql, caller: Caller, chunks: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    const lines = chunk.split('\n').filter(Boolean);
    const named = lines.flatMap((line) => namedIn(JSON.parse(line) as Resource) ?? []);
    const rows = await sql.query<{ name: string }>(readableSql(caller), [
      named.map(({ type }) => type),
      named.map(({ id }) => id),
    ]);
    const readable = new Set(rows.map(({ name }) => name));
    const kept = lines.filter((line) => {
      const at = namedIn(JSON.parse(line) as Resource);
      return at && readable.has(`${at.type}/${at.id}`);
    });
    yield kept.map((line) => `${line}\n`).join('');
  }
}

/** What a line is of: itself, or what it says was deleted. */
function namedIn(line: Resource): LocalReference | undefined {
  if (line.resourceType === 'Bundle' && (line as Bundle).type === 'transaction')
    return parseLocal((line as Bundle).entry?.[0]?.request?.url);
  return line.id === undefined ? undefined : { type: line.resourceType, id: line.id };
}

function readableSql(caller: Caller): string {
  return `SELECT type || '/' || id AS name FROM resource JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id)
    WHERE ${visibleTo(caller)}`;
}
