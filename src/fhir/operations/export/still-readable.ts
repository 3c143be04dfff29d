import type { Bundle, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { type Caller, seesAllOf, visibleTo } from '../../caller.ts';
import { fromJsonText } from '../../json-text.ts';
import { type LocalReference, parseLocal } from '../../references.ts';
import { type Shown, subsettedAnew } from '../../sharing/subsetted.ts';
import { shownTo, type Trimmed } from '../../sharing/trimming/trimmed.ts';

/**
 * Of the lines of a file, those that its taker may still read, and of each what it may: a consent may have been withdrawn,
 * or a label given, since the file was made. Taking it is the disclosure, not making it.
 */
export async function* stillReadable(sql: Sql, caller: Caller, chunks: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    const lines = chunk.split('\n').filter(Boolean).map(lineOf);
    const readable = await readableAmong(
      sql,
      caller,
      lines.flatMap(({ at }) => at ?? []),
    );
    yield lines.map((line) => textFor(caller, line, readable)).join('');
  }
}

interface Line {
  readonly text: string;
  readonly said: Resource;
  readonly at: LocalReference | undefined;
}

function lineOf(text: string): Line {
  const said = fromJsonText(text);
  return { text, said, at: namedIn(said) };
}

/** What a line is of: itself, or what it says was deleted. */
function namedIn(line: Resource): LocalReference | undefined {
  if (isDeletion(line)) return parseLocal((line as Bundle).entry?.[0]?.request?.url);
  return line.id === undefined ? undefined : { type: line.resourceType, id: line.id };
}

function isDeletion(line: Resource): boolean {
  return line.resourceType === 'Bundle' && (line as Bundle).type === 'transaction';
}

interface Readable extends LocalReference {
  readonly author: string;
  readonly shown: Shown | null;
  readonly trimmed: Trimmed | null;
}

async function readableAmong(
  sql: Sql,
  caller: Caller,
  named: readonly LocalReference[],
): Promise<ReadonlyMap<string, Readable>> {
  const rows = await sql.query<Readable>(
    `SELECT type, id, author_org AS author, shown, trimmed FROM resource
     JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id) WHERE ${visibleTo(caller)}`,
    [named.map(({ type }) => type), named.map(({ id }) => id)],
  );
  return new Map(rows.map((row) => [`${row.type}/${row.id}`, row]));
}

function textFor(caller: Caller, { text, said, at }: Line, readable: ReadonlyMap<string, Readable>): string {
  const found = at && readable.get(`${at.type}/${at.id}`);
  if (!found) return '';
  const elements = shownTo(found.shown, found.trimmed, caller.organizationId);
  if (!elements || seesAllOf(caller, found) || isDeletion(said)) return `${text}\n`;
  return `${JSON.stringify(subsettedAnew(said, elements))}\n`;
}
