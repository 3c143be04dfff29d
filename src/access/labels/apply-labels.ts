import { isDeepStrictEqual } from 'node:util';
import type { Sql } from '../../db/database.ts';
import type { LocalReference } from '../../fhir/references.ts';
import { TYPES_FOR_EVERYBODY } from '../../fhir/sharing/readers.ts';
import { SHOWN_ANEW, type Shown } from '../../fhir/sharing/subsetted.ts';
import { hubOf, lockForWrite, type Store, transact } from '../../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { shownToOthers } from '../consent/shown.ts';
import { noteCarried } from './carried.ts';
import { labelsByCodes } from './code-lists.ts';
import { sourcesOf } from './derived.ts';
import { labelled, labelsIn, sensitiveIn } from './label.ts';
import { type Labelling, labelsOfSource, UNLABELLED } from './label-rule.ts';

/** How far the labelling of what is stored is. */
export interface Applied {
  readonly lookedAt: number;
  /** How many resources got a label, those among them that come from others. */
  readonly labelled: number;
  readonly isFinished: boolean;
}

export interface ApplyOptions {
  /** Begins from the start, though the last run was not finished. */
  readonly again?: boolean;
  /** Stops after the batch that is under way; the next run goes on from there. */
  readonly signal?: AbortSignal;
  /** How many resources are looked at in one transaction. */
  readonly size?: number;
  /** Called after each batch. */
  readonly tell?: (applied: Applied) => void;
}

const BATCH = 500;

/**
 * Labels what is stored and was not labelled when it was written: before there were labels, or before a code or an
 * organization was added to what is labelled. What follows is that of any label: what comes from it has it, what needs a
 * consent is not read any more, and who could read it is told. It may be stopped, and repeated.
 */
export async function applyLabels(store: Store, labelling: Labelling, options: ApplyOptions = {}): Promise<Applied> {
  const { signal, tell } = options;
  await begin(store, options.again ?? false);
  for (;;) {
    const applied = await nextBatch(store, labelling, options.size ?? BATCH);
    tell?.(applied);
    if (applied.isFinished || signal?.aborted) return applied;
  }
}

/** Goes on where the last run was, unless that was finished. */
function begin({ db, now }: Store, again: boolean): Promise<unknown> {
  return db.query(
    `INSERT INTO labels_applied (begun_at) VALUES ($1) ON CONFLICT (only_one) DO UPDATE
     SET begun_at = $1, after_type = '', after_id = '', looked_at = 0, labelled = 0, finished_at = NULL
     WHERE labels_applied.finished_at IS NOT NULL OR $2`,
    [now(), again],
  );
}

interface Looked extends LocalReference {
  readonly content: Stored;
  readonly author: string;
  readonly shown: Shown | null;
}

/** Looked at twice, after a crash, it is labelled once. */
async function nextBatch(store: Store, labelling: Labelling, size: number): Promise<Applied> {
  let begun: UnitOfWork | undefined;
  const rows = await transact(store, { kind: 'hub', organizationId: hubOf(store) }, async (unit) => {
    begun = unit;
    const batch = await unit.tx.query<Looked>(BATCH_SQL, [NOT_LABELLED, size]);
    const sources = await sourceLabels(unit.tx, labelling, batch);
    const shownOf = shownToOthers(labelling.policy);
    for (const row of batch) {
      if (lacking(row.content, row.author, sources, labelling).length > 0)
        await label(store, unit, row, sources, labelling);
      else if (isShownOtherwise(row, shownOf(row.content))) await writeAnew(store, unit, row);
    }
    return batch;
  });
  const grown = (begun?.changes ?? []).filter(({ before, after }) => {
    const had = new Set(labelsIn(before));
    return before && sensitiveIn(after, labelling.policy).some((each) => !had.has(each));
  });
  return moveOn(store, rows.at(-1), rows.length, grown.length);
}

const NOT_LABELLED: readonly string[] = [...TYPES_FOR_EVERYBODY, ...UNLABELLED];

/** Of a Binary only what it is marked with: its content may be large. */
const BATCH_SQL = `
  SELECT r.type, r.id, r.author_org AS author, r.shown, CASE WHEN r.type = 'Binary'
    THEN json_build_object('resourceType', 'Binary', 'id', r.id, 'meta', r.content -> 'meta') ELSE r.content END AS content
  FROM resource r, labels_applied a
  WHERE (r.type, r.id) > (a.after_type, a.after_id) AND NOT r.deleted AND r.type <> ALL ($1::text[])
  ORDER BY r.type, r.id LIMIT $2`;

type Sources = ReadonlyMap<string, readonly string[]>;

async function sourceLabels(sql: Sql, { policy }: Labelling, batch: readonly Looked[]): Promise<Sources> {
  const sources = batch.flatMap(({ content }) => sourcesOf(content));
  const rows = await sql.query<LocalReference & { meta: Stored['meta'] | null }>(
    `SELECT DISTINCT ON (type, id) type, id, content -> 'meta' AS meta FROM resource
     JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id) WHERE NOT deleted`,
    [sources.map(({ type }) => type), sources.map(({ id }) => id)],
  );
  return new Map(rows.map(({ type, id, meta }) => [`${type}/${id}`, sensitiveIn(meta ? { meta } : undefined, policy)]));
}

/** The labels that a resource ought to have, and has not. */
function lacking(resource: Stored, author: string, sources: Sources, labelling: Labelling): string[] {
  const has = new Set(labelsIn(resource));
  const isNotice = resource.resourceType === 'Communication' && author === labelling.hubOrg;
  // What the hub says of a withdrawal must not tell its recipient more than that.
  const carried = isNotice ? [] : carriedLabels(resource, sources);
  const due = [...ownLabels(resource, author, labelling), ...carried];
  return [...new Set(due)].filter((each) => !has.has(each));
}

function ownLabels(resource: Stored, author: string, { policy, labelsOf }: Labelling): string[] {
  return [...labelsByCodes(resource, labelsOf), ...labelsOfSource(author, policy)];
}

function carriedLabels(resource: Stored, sources: Sources): string[] {
  return sourcesOf(resource).flatMap(({ type, id }) => sources.get(`${type}/${id}`) ?? []);
}

async function label(
  store: Store,
  unit: UnitOfWork,
  { type, id, author }: Looked,
  sources: Sources,
  labelling: Labelling,
): Promise<void> {
  const resource = await lockForWrite(store, unit, type, id);
  const missing = resource ? lacking(resource, author, sources, labelling) : [];
  if (!resource || missing.length === 0) return;
  await unit.put(labelled(resource, missing, labelling.policy), BY_HUB);
  const own = new Set(ownLabels(resource, author, labelling));
  noteCarried(
    unit,
    { type, id },
    missing.filter((each) => !own.has(each)),
  );
}

function isShownOtherwise({ shown }: Looked, due: Shown | undefined): boolean {
  return due !== undefined && !isDeepStrictEqual(shown, due);
}

/** What of it others are shown, and what it is found by, follows from its labels whenever it is written. */
async function writeAnew(store: Store, unit: UnitOfWork, { type, id }: Looked): Promise<void> {
  const resource = await lockForWrite(store, unit, type, id);
  if (resource) await unit.put({ ...resource }, BY_HUB);
  unit.mark(SHOWN_ANEW, `${type}/${id}`);
}

async function moveOn(
  { db, now }: Store,
  last: LocalReference | undefined,
  lookedAt: number,
  grown: number,
): Promise<Applied> {
  const [row] = await db.query<{ lookedAt: number; labelled: number; isFinished: boolean }>(
    `UPDATE labels_applied SET after_type = coalesce($1, after_type), after_id = coalesce($2, after_id),
       looked_at = looked_at + $3, labelled = labelled + $4, finished_at = CASE WHEN $1 IS NULL THEN $5::timestamptz END
     RETURNING looked_at::float8 AS "lookedAt", labelled::float8 AS labelled, finished_at IS NOT NULL AS "isFinished"`,
    [last?.type ?? null, last?.id ?? null, lookedAt, grown, now()],
  );
  return row ?? { lookedAt: 0, labelled: 0, isFinished: true };
}
