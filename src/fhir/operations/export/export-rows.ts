import type { Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { contentFor, ownValue, visibleTo } from '../../caller.ts';
import { compartmentKeys } from '../../patient-compartment.ts';
import { askerOf, type ExportJob } from './export-job.ts';

/** How much one step reads at most: so many rows, and about so many bytes of them. */
export interface StepSize {
  readonly rows: number;
  readonly bytes: number;
}

/** A resource as it was at the time of the export. */
export interface ExportRow {
  readonly id: string;
  /** What it was; when it had been deleted, what it was before. */
  readonly content: Resource;
  readonly deleted: boolean;
  /** Whether it was changed since the time of the export. */
  readonly changed: boolean;
}

export interface StepScope {
  readonly type: string;
  /** Ids of the patients to whom it must belong; undefined: to anybody. */
  readonly patients: readonly string[] | undefined;
  /** The id after which to read. */
  readonly after: string;
}

/**
 * The next resources of a type in the order of their ids, as they were at the time of the export: as they stand, or,
 * where they changed since, by their history.
 */
export async function readStep(
  tx: Sql,
  job: ExportJob,
  scope: StepScope,
  size: StepSize,
): Promise<{ readonly rows: readonly ExportRow[]; readonly last: string | undefined }> {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const rows = await tx.query<Omit<ExportRow, 'content'> & { readonly content: Resource | null }>(
    stepSql(job, scope, size, add),
    values,
  );
  return { rows: rows.filter((row): row is ExportRow => row.content !== null), last: rows.at(-1)?.id };
}

function stepSql(job: ExportJob, scope: StepScope, size: StepSize, add: (value: unknown) => string): string {
  const time = add(job.transactionTime);
  const since = job.wanted.since === undefined ? undefined : add(job.wanted.since);
  const shownSince = since ? shownAnew(job, scope.type, since, add) : () => 'false';
  const where = [
    `r.type = ${add(scope.type)}`,
    `r.id > ${add(scope.after)}`,
    visibleTo(askerOf(job), 'r'),
    // What changed since may have belonged to a patient it does not belong to any more; what is deleted is in no index.
    ...(scope.patients
      ? [`(${belongs(scope.type, scope.patients, add)} OR r.last_updated > ${time}${since ? ' OR r.deleted' : ''})`]
      : []),
    ...(since ? [`(r.last_updated > ${since} OR ${shownSince('r.id')})`] : []),
  ];
  // Rows that are nothing to this export are read past in the database, not here.
  const wanted = since
    ? `(was.last_updated > ${since} OR NOT was.deleted AND ${shownSince('r.id')})`
    : 'NOT was.deleted';
  return `
    SELECT id, deleted, changed, content FROM (
      SELECT found.*, sum(length(content::text)) OVER (ORDER BY id) - length(content::text) AS before FROM (
        SELECT r.id, was.deleted, r.last_updated > ${time} AS changed, ${contentFor(askerOf(job), 'r', undefined, 'stood')} AS content
        FROM resource r CROSS JOIN LATERAL (${stateAt(time)}) AS was
          CROSS JOIN LATERAL (${STOOD}) AS stood
        WHERE ${where.join(' AND ')} AND ${wanted}
        ORDER BY r.id LIMIT ${size.rows}
      ) AS found
    ) AS measured WHERE coalesce(before, 0) < ${size.bytes} ORDER BY id`;
}

/**
 * What the asker is shown since a moment, though it was written before: an id of it is met. Nobody who asks for what is new
 * misses what was shared meanwhile.
 */
function shownAnew(
  job: ExportJob,
  type: string,
  since: string,
  add: (value: unknown) => string,
): (id: string) => string {
  const [organization] = ownValue(askerOf(job));
  if (organization === undefined) return () => 'false';
  const shares = `SELECT resource_id FROM share WHERE organization_id = ${add(organization)} AND type = ${add(type)}
    AND ended_at IS NULL AND withheld IS NULL AND granted_at > ${since}`;
  return (id) => `${id} IN (${shares})`;
}

function stateAt(time: string): string {
  return `
    SELECT r.version, r.deleted, r.last_updated, r.content WHERE r.last_updated <= ${time}
    UNION ALL
    (SELECT h.version, h.deleted, h.last_updated, h.content FROM resource_history h
     WHERE r.last_updated > ${time} AND h.type = r.type AND h.id = r.id AND h.last_updated <= ${time}
     ORDER BY h.version DESC LIMIT 1)`;
}

const LAST_CONTENT = `SELECT h.content FROM resource_history h
  WHERE h.type = r.type AND h.id = r.id AND h.version < was.version AND NOT h.deleted ORDER BY h.version DESC LIMIT 1`;

/** As it was; when it had been deleted, as it was before. */
const STOOD = `SELECT CASE WHEN was.deleted THEN (${LAST_CONTENT}) ELSE was.content END AS content`;

function belongs(type: string, patients: readonly string[], add: (value: unknown) => string): string {
  if (type === 'Patient') return `r.id = ANY(${add(patients)}::text[])`;
  return `r.tokens && ${add(compartmentKeys(type, patients))}::text[]`;
}
