import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { OperationOutcome, Resource } from '@medplum/fhirtypes';
import type { Database } from '../../../db/database.ts';
import { AppError } from '../../../errors.ts';
import { patientOf } from '../../audit/patient-of.ts';
import type { Recorder } from '../../audit/record/new-entry.ts';
import type { Caller } from '../../caller.ts';
import { requireWholeScope } from '../../scopes/allowed.ts';
import { textInput } from '../inputs.ts';
import { inputsOf, type OperationAnswer, type OperationCall } from '../operation.ts';
import { type ExportFile, fileGone, fileOf, lastChunk, listFiles, nameOf, readFile } from './export-files.ts';
import { type ExportJob, jobOf, removeJob } from './export-job.ts';
import { isGivenLess } from './given-less.ts';
import { stillReadable } from './still-readable.ts';

export interface StatusDeps {
  readonly db: Database;
  readonly now: () => Date;
}

export interface FileDeps extends StatusDeps {
  /** Keeps in the audit whose data was taken. */
  readonly record: Recorder;
}

const ASK_AGAIN_SECONDS = '2';

/**
 * How far an export is: 202 while it is being made, 200 with its files when it is done; DELETE cancels and removes it.
 * @throws AppError (404) when the caller's organization has no such export
 * @see https://hl7.org/fhir/uv/bulkdata/STU2/export.html#bulk-data-status-request
 */
export async function exportStatus({ db, now }: StatusDeps, call: OperationCall): Promise<OperationAnswer> {
  const job = await jobFor(db, call, now());
  if (call.method === 'DELETE') {
    await db.transaction((tx) => removeJob(tx, job.id));
    return { status: 202 };
  }
  if (job.status === 'accepted') {
    return { status: 202, headers: { 'X-Progress': progressOf(job), 'Retry-After': ASK_AGAIN_SECONDS } };
  }
  if (job.status === 'failed') {
    const text =
      'This export could not be made, though it was tried several times. Ask for it again, or tell the operator.';
    throw new AppError('fault', 'export.failed', text);
  }
  const isCounted = !(await isGivenLess(db, call.caller, job.transactionTime));
  const body = JSON.stringify(manifestOf(job, await listFiles(db, job.id), call, isCounted));
  return {
    status: 200,
    headers: { Expires: (job.expiresAt ?? now()).toUTCString() },
    raw: { mediaType: 'application/json', body },
  };
}

/** A file of an export. @throws AppError (404) when the caller's organization has no such file */
export async function exportFile({ db, now, record }: FileDeps, call: OperationCall): Promise<OperationAnswer> {
  const job = await jobFor(db, call, now());
  const file = fileOf(asked(call, 'file') ?? '');
  if (job.status === 'complete' && asked(call, 'file') === LEFT_OUT && job.wanted.leftOut?.length) {
    return sent(call, [linesOf(job.wanted.leftOut)]);
  }
  const last = file && job.status === 'complete' ? await lastChunk(db, job.id, file) : undefined;
  if (!file || last === undefined) throw fileGone();
  const lines = stillReadable(db, call.caller, readFile(db, job.id, file, last));
  return sent(call, recorded(lines, record, call.caller));
}

/** A file as it is, with an entry of the audit for each patient whose data it holds: before that part of it is told. */
async function* recorded(chunks: AsyncIterable<string>, record: Recorder, caller: Caller): AsyncGenerator<string> {
  const known = new Set<string>();
  for await (const chunk of chunks) {
    const found = new Set(chunk.split('\n').filter(Boolean).map(patientOfLine));
    const added = [...found].filter((patient) => patient !== undefined && !known.has(patient));
    await record(
      caller,
      added.map((patient) => ({ action: 'E', interaction: 'operation', query: '$export-file', patient })),
    );
    for (const patient of added) if (patient !== undefined) known.add(patient);
    yield chunk;
  }
}

function patientOfLine(line: string): string | undefined {
  return patientOf(JSON.parse(line) as Resource);
}

/** An export of the caller's organization, of what the caller itself may read. @throws AppError (403, 404) */
async function jobFor(db: Database, call: OperationCall, now: Date): Promise<ExportJob> {
  const job = await jobOf(db, call.caller, asked(call, 'job'), now);
  for (const type of job.wanted.types ?? ['*']) requireWholeScope(call.caller, 'r', type);
  return job;
}

/** The file of what was asked for and left out. */
const LEFT_OUT = 'left-out';

function linesOf(texts: readonly string[]): string {
  const outcomes = texts.map((text): OperationOutcome => {
    return {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'warning', code: 'not-supported', details: { text } }],
    };
  });
  return outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join('');
}

/** Lines, packed where the caller takes them so. @see https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding */
function sent({ headers }: OperationCall, lines: AsyncIterable<string> | string[]): OperationAnswer {
  const mediaType = 'application/fhir+ndjson';
  const takesGzip = (headers['accept-encoding'] ?? '')
    .split(',')
    .some((each) => /^\s*gzip\s*(;\s*q=(1|0\.\d*[1-9]).*)?$/.test(each));
  const source = Readable.from(lines);
  if (!takesGzip) return { status: 200, headers: { Vary: 'Accept-Encoding' }, raw: { mediaType, body: source } };
  // What goes wrong on the way in is told by what is read on the way out.
  const body = pipeline(source, createGzip(), () => undefined);
  return { status: 200, headers: { Vary: 'Accept-Encoding', 'Content-Encoding': 'gzip' }, raw: { mediaType, body } };
}

function asked(call: OperationCall, name: string): string | undefined {
  return textInput(inputsOf(call), name);
}

function progressOf({ exported, position }: ExportJob): string {
  if (!position) return 'waiting to begin';
  return `${exported} resources, ${position.type} of ${position.types.length} types done`;
}

/** @param isCounted whether as many lines are given as the files hold; where it may be fewer, no number is said */
function manifestOf(
  job: ExportJob,
  files: Awaited<ReturnType<typeof listFiles>>,
  { base }: OperationCall,
  isCounted: boolean,
): object {
  const { leftOut = [] } = job.wanted;
  const at = (name: string): string => `${base}/$export-file?job=${job.id}&file=${name}`;
  const entry = (file: ExportFile & { readonly lines: number }): object => ({
    type: file.kind === 'deleted' ? 'Bundle' : file.type,
    url: at(nameOf(file)),
    ...(isCounted ? { count: file.lines } : {}),
  });
  return {
    transactionTime: job.transactionTime.toISOString(),
    request: job.request,
    requiresAccessToken: true,
    output: files.filter(({ kind }) => kind === 'output').map(entry),
    deleted: files.filter(({ kind }) => kind === 'deleted').map(entry),
    error: leftOut.length > 0 ? [{ type: 'OperationOutcome', url: at(LEFT_OUT), count: leftOut.length }] : [],
  };
}
