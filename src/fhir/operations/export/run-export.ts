import type { Resource } from '@medplum/fhirtypes';
import { NO_TIME_LIMIT, type Sql } from '../../../db/database.ts';
import { finish, postpone } from '../../../outbox/outbox.ts';
import { storedTypes } from '../../definitions.ts';
import { patientsOf } from '../../patient-compartment.ts';
import { shorten } from '../../rest/request/shorten.ts';
import type { Store } from '../../store/transact.ts';
import { addChunk } from './export-files.ts';
import { askerOf, countFault, type ExportJob, endJob, isOver, moveJob, type Position, takeJob } from './export-job.ts';
import { elementsOf } from './export-request.ts';
import { type ExportRow, readStep, type StepSize } from './export-rows.ts';
import { idsMeeting } from './type-filters.ts';

export interface ExportDeps {
  readonly store: Pick<Store, 'db' | 'now' | 'search'>;
  /** How long files are kept, in ms. */
  readonly keepMs: number;
  readonly step?: StepSize;
}

const STEP: StepSize = { rows: 500, bytes: 4_000_000 };
/** An export gives its place up to others now and then, and goes on later. */
const TURN_MS = 5_000;
const NOT_YET_MS = 50;
const MOST_FAULTS = 5;

/**
 * Carries an export on, step by step, each a transaction of its own: what it found and how far it is. It may be called
 * twice, and may stop anywhere: the next one goes on where it was.
 */
export async function runExport(deps: ExportDeps, jobId: string): Promise<void> {
  const { db, now } = deps.store;
  const turnEnds = now().getTime() + TURN_MS;
  try {
    if (!(await allBeforeAreDone(deps, jobId)))
      return await postpone(db, jobId, new Date(now().getTime() + NOT_YET_MS));
    while (await oneStep(deps, jobId)) {
      if (now().getTime() > turnEnds) return await postpone(db, jobId, now());
    }
  } catch (thrown) {
    if ((await countFault(db, jobId)) < MOST_FAULTS) throw thrown;
    await db.transaction((tx) => endJob(tx, jobId, 'failed', timesOf(deps)));
    throw thrown;
  }
}

/**
 * What began before the time of the export may still be under way, and would be missing from it. It is waited for,
 * but not longer than any change takes.
 */
async function allBeforeAreDone({ store: { db, now } }: ExportDeps, jobId: string): Promise<boolean> {
  const [job] = await db.query<{ at: Date; running: number }>(
    `SELECT transaction_time AS at, (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()
       AND pid <> pg_backend_pid() AND xact_start <= job.transaction_time) AS running
     FROM export_job job WHERE id = $1 AND position IS NULL`,
    [jobId],
  );
  if (!job) return true;
  const waited = now().getTime() - job.at.getTime();
  return waited > LONGEST_CHANGE_MS || (waited > 0 && job.running === 0);
}

const LONGEST_CHANGE_MS = 60_000;

/** @returns whether there is more to do for this worker */
async function oneStep(deps: ExportDeps, jobId: string): Promise<boolean> {
  return deps.store.db.transaction(async (tx) => {
    await tx.query(NO_TIME_LIMIT);
    const job = await takeJob(tx, jobId);
    if (!job) {
      // Finished or cancelled; or another worker's, who does the rest.
      if (await isOver(tx, jobId)) await finish(tx, jobId);
      return false;
    }
    const position = job.position ?? (await firstPosition(tx, job));
    const type = position.types[position.type];
    if (type !== undefined) {
      await exportStep(deps, tx, job, position, type);
      return true;
    }
    await endJob(tx, jobId, 'complete', timesOf(deps));
    return false;
  });
}

function timesOf({ store, keepMs }: ExportDeps): { now: Date; expiresAt: Date } {
  const now = store.now();
  return { now, expiresAt: new Date(now.getTime() + keepMs) };
}

async function firstPosition(tx: Sql, { wanted }: ExportJob): Promise<Position> {
  const rows = await tx.query<{ type: string }>(
    'SELECT t AS type FROM unnest($1::text[]) AS t WHERE EXISTS (SELECT 1 FROM resource WHERE type = t)',
    [[...(wanted.types ?? storedTypes())]],
  );
  return { type: 0, slice: 0, after: '', seq: 0, types: rows.map(({ type }) => type) };
}

/** Patients are looked for so many at a time. */
const SLICE = 100;

async function exportStep(
  { store, step = STEP }: ExportDeps,
  tx: Sql,
  job: ExportJob,
  position: Position,
  type: string,
): Promise<void> {
  const from = position.slice * SLICE;
  const patients = job.patients?.slice(from, from + SLICE);
  const { rows, last } = await readStep(tx, job, { type, patients, after: position.after }, step);
  const belonging = rows.filter(wantedBy(job, position.slice));
  const wanted = await filtered(store.search, tx, job, type, belonging);
  const lines = wanted.filter(({ deleted }) => !deleted).map(({ content }) => lineOf(content, job.wanted.elements));
  const gone = wanted.filter(({ deleted }) => deleted).map(({ id }) => JSON.stringify(deletion(type, id)));
  await addChunk(tx, job.id, { kind: 'output', type, seq: position.seq }, lines);
  await addChunk(tx, job.id, { kind: 'deleted', type, seq: position.seq }, gone);
  await moveJob(tx, job.id, nextPosition(job, position, last), lines.length);
}

/** Where to go on: after the last row there was; when there was none, with the next slice, or the next type. Pure. */
function nextPosition(job: ExportJob, position: Position, last: string | undefined): Position {
  if (last !== undefined) return { ...position, after: last, seq: position.seq + 1 };
  const more = (position.slice + 1) * SLICE < (job.patients?.length ?? 0);
  if (more) return { ...position, slice: position.slice + 1, after: '' };
  return { ...position, type: position.type + 1, slice: 0, after: '', seq: 0 };
}

/** Whether a resource belongs to whom the export is of. One that belongs to several comes with the first of them. */
function wantedBy({ wanted, patients }: ExportJob, slice: number): (row: ExportRow) => boolean {
  if (wanted.level === 'system') return () => true;
  if (!patients) return ({ content }) => patientsOf(content).size > 0;
  const places = new Map(patients.map((id, at) => [id, at]));
  return ({ content }) => {
    const found = [...patientsOf(content)].flatMap((id) => places.get(id) ?? []);
    return found.length > 0 && Math.floor(Math.min(...found) / SLICE) === slice;
  };
}

/**
 * Those of some resources that meet a filter of their type. It is the present that can be searched: what was changed
 * since the time of the export is exported as it was, whether or not it met a filter then. Deletions are told of whatever
 * was asked for: who holds what is gone must know.
 */
async function filtered(
  search: Store['search'],
  sql: Sql,
  job: ExportJob,
  type: string,
  rows: readonly ExportRow[],
): Promise<readonly ExportRow[]> {
  const present = rows.filter(({ deleted, changed }) => !deleted && !changed).map(({ id }) => id);
  const { filters = [], base = '' } = job.wanted;
  const filtering = { ...search, sql, base, now: job.transactionTime, caller: askerOf(job) };
  const met = await idsMeeting(filtering, filters, type, present);
  return met ? rows.filter(({ id, deleted, changed }) => deleted || changed || met.has(id)) : rows;
}

/** @see https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters */
function lineOf(resource: Resource, elements: string | undefined): string {
  const named = elementsOf(resource.resourceType, elements);
  return JSON.stringify(named.length === 0 ? resource : shorten(resource, [['_elements', named.join(',')]]));
}

/** @see https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---output-manifest */
function deletion(type: string, id: string): object {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ request: { method: 'DELETE', url: `${type}/${id}` } }],
  };
}
