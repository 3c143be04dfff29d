import type { Sql } from '../../../db/database.ts';
import { AppError } from '../../../errors.ts';

/** What a file holds: resources, or which were deleted. */
export type FileKind = 'output' | 'deleted';

/** A file of an export: so many chunks of one kind and type. */
export interface ExportFile {
  readonly kind: FileKind;
  readonly type: string;
  readonly part: number;
}

/** About 100,000 resources. */
const CHUNKS_IN_FILE = 200;

/** The name of a file in addresses, e.g. `Patient-1`, `deleted-Patient-1`. Pure. */
export function nameOf({ kind, type, part }: ExportFile): string {
  return `${kind === 'deleted' ? 'deleted-' : ''}${type}-${part}`;
}

/** The file of a name; undefined when it is none. Pure. */
export function fileOf(name: string): ExportFile | undefined {
  const [, deleted, type, part] = /^(deleted-)?([A-Z][A-Za-z]{1,40})-([1-9]\d{0,5})$/.exec(name) ?? [];
  return type && part ? { kind: deleted ? 'deleted' : 'output', type, part: Number(part) } : undefined;
}

/** The files of an export, each with the number of its lines. */
export function listFiles(sql: Sql, jobId: string): Promise<(ExportFile & { readonly lines: number })[]> {
  return sql.query(
    `SELECT kind, type, seq / ${CHUNKS_IN_FILE} + 1 AS part, sum(lines)::int AS lines FROM export_chunk
     WHERE job_id = $1 GROUP BY kind, type, part ORDER BY kind, type, part`,
    [jobId],
  );
}

/** Adds what a step found to the file of its type. */
export async function addChunk(
  tx: Sql,
  jobId: string,
  { kind, type, seq }: { readonly kind: FileKind; readonly type: string; readonly seq: number },
  lines: readonly string[],
): Promise<void> {
  if (lines.length === 0) return;
  const body = lines.map((line) => `${line}\n`).join('');
  await tx.query('INSERT INTO export_chunk (job_id, kind, type, seq, lines, body) VALUES ($1, $2, $3, $4, $5, $6)', [
    jobId,
    kind,
    type,
    seq,
    lines.length,
    body,
  ]);
}

/** The number of the last chunk of a file; undefined when there is no such file. */
export async function lastChunk(
  sql: Sql,
  jobId: string,
  { kind, type, part }: ExportFile,
): Promise<number | undefined> {
  const [found] = await sql.query<{ last: number | null }>(
    `SELECT max(seq) AS last FROM export_chunk WHERE job_id = $1 AND kind = $2 AND type = $3 AND seq >= $4 AND seq < $5`,
    [jobId, kind, type, (part - 1) * CHUNKS_IN_FILE, part * CHUNKS_IN_FILE],
  );
  return found?.last ?? undefined;
}

/**
 * A file, chunk by chunk: never more than one is in memory.
 * @param last the number of its last chunk
 * @throws AppError (404) when it is removed meanwhile: what was read of it must not be taken for all of it
 */
export async function* readFile(sql: Sql, jobId: string, file: ExportFile, last: number): AsyncGenerator<string> {
  for (let seq = (file.part - 1) * CHUNKS_IN_FILE - 1; seq < last; ) {
    const chunk = await nextChunk(sql, jobId, file, seq);
    if (!chunk) throw fileGone();
    seq = chunk.seq;
    yield chunk.body;
  }
}

/** The error of a file that an export has not, or not any more. */
export function fileGone(): AppError {
  const text = 'This export has no such file. Its manifest lists those it has.';
  return new AppError('notFound', 'export.no-such-file', text);
}

async function nextChunk(
  sql: Sql,
  jobId: string,
  { kind, type, part }: ExportFile,
  after: number,
): Promise<{ readonly seq: number; readonly body: string } | undefined> {
  const [chunk] = await sql.query<{ seq: number; body: string }>(
    `SELECT seq, body FROM export_chunk WHERE job_id = $1 AND kind = $2 AND type = $3 AND seq > $4 AND seq < $5
     ORDER BY seq LIMIT 1`,
    [jobId, kind, type, after, part * CHUNKS_IN_FILE],
  );
  return chunk;
}
