import { type Counterpart, lockCounterpart, seen } from '../counterparts/counterparts.ts';
import type { Sql } from '../db/database.ts';
import type { RowWriter } from '../db/row-writer.ts';
import type { DeliverDeps } from '../deliveries/deliver-deps.ts';
import type { AppError } from '../errors.ts';
import { transact } from '../fhir/store/transact.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { LOOP_MARK, lockLoop } from '../loops/projection/store.ts';
import { isNotHad } from './referred.ts';
import type { Source } from './source.ts';

/** Something on a partner's server that could not be taken. */
export interface Untaken {
  /** What it is here; undefined: it is not here yet. */
  readonly here: Pick<Counterpart, 'type' | 'resourceId'> | undefined;
  readonly there: string;
  readonly digest: string;
  readonly loopId: string;
  readonly taskId: string;
  /** Whether it is the Task itself, or was done for it; a message about it is not. */
  readonly isOfTask: boolean;
}

/**
 * Keeps that something could not be taken, and why: once, however often it is found so. It is read again when it has
 * changed there; what only could not be had, each time.
 */
export async function noteFinding(
  deps: DeliverDeps,
  source: Pick<Source, 'organizationId'>,
  untaken: Untaken,
  refusal: AppError,
): Promise<void> {
  const { organizationId } = source;
  const { here, there, digest, loopId, taskId, isOfTask } = untaken;
  await transact(deps.store, { kind: 'hub', organizationId: deps.hubOrg }, async (unit) => {
    await lockLoop(unit, loopId);
    const known = here && (await lockCounterpart(unit.tx, organizationId, here));
    const again = isNotHad(refusal);
    const why = whyOf(refusal);
    // Another worker has taken it, or has found the same.
    if (known?.digest === digest && known.again === again) return;
    if (!known && (await isFound(unit.tx, organizationId, there, why))) return;
    const row = { organization_id: organizationId, there, loop_id: loopId };
    unit.add(findings, { ...row, task_id: taskId, of_task: isOfTask, ...why, found_at: unit.now.toISOString() });
    if (known) {
      const { type, resourceId, status } = known;
      unit.add(seen, { ...row, type, resource_id: resourceId, status, digest, again });
    }
    unit.mark(LOOP_MARK, loopId);
  });
}

async function isFound(sql: Sql, organizationId: string, there: string, { code, text }: Why): Promise<boolean> {
  return (await sql.query(FOUND_SQL, [organizationId, there, code, text])).length > 0;
}

const FOUND_SQL = `
  SELECT 1 FROM fetch_finding WHERE organization_id = $1 AND there = $2 AND code = $3 AND text = $4 AND resolved_at IS NULL`;

/** What was found has been taken after all: its loop waits for nobody to clear it up any more. */
export async function resolveFinding(
  unit: UnitOfWork,
  { organizationId }: Pick<Source, 'organizationId'>,
  there: string,
): Promise<void> {
  const resolved = await unit.tx.query<{ loopId: string }>(RESOLVE_SQL, [organizationId, there, unit.now]);
  for (const { loopId } of resolved) unit.mark(LOOP_MARK, loopId);
}

const RESOLVE_SQL = `
  UPDATE fetch_finding SET resolved_at = $3 WHERE organization_id = $1 AND there = $2 AND resolved_at IS NULL
  RETURNING loop_id AS "loopId"`;

function whyOf({ code, message, outcome }: AppError): Why {
  const [issue] = outcome.issue;
  return { code, text: issue?.details?.text ?? message, expression: issue?.expression?.[0] ?? null };
}

type Why = Pick<FindingRow, 'code' | 'text' | 'expression'>;

interface FindingRow {
  organization_id: string;
  there: string;
  loop_id: string;
  task_id: string;
  of_task: boolean;
  code: string;
  text: string;
  expression: string | null;
  found_at: string;
}

const findings: RowWriter<FindingRow> = {
  name: 'fetch_finding',
  columns: {
    organization_id: 'text',
    there: 'text',
    loop_id: 'text',
    task_id: 'text',
    of_task: 'boolean',
    code: 'text',
    text: 'text',
    expression: 'text',
    found_at: 'timestamptz',
  },
  usuallyOne: true,
  statement: (
    rows,
  ) => `INSERT INTO fetch_finding (organization_id, there, loop_id, task_id, of_task, code, text, expression, found_at)
    SELECT organization_id, there, loop_id, task_id, of_task, code, text, expression, found_at FROM ${rows}
    ON CONFLICT (organization_id, there) WHERE resolved_at IS NULL DO UPDATE
      SET code = EXCLUDED.code, text = EXCLUDED.text, expression = EXCLUDED.expression, found_at = CASE
        WHEN (fetch_finding.code, fetch_finding.text) = (EXCLUDED.code, EXCLUDED.text) THEN fetch_finding.found_at
        ELSE EXCLUDED.found_at END`,
};
