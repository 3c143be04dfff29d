import type { Database, Sql } from '../../db/database.ts';
import { differingTasks } from '../next-step/on-task.ts';
import { sortedKeys } from './canonical.ts';
import { type DeadlineRow, deadlineRow } from './deadline-rows.ts';
import { awaitedOf, type LoopRow, project } from './project.ts';
import { LOOP_COLUMNS, type LoopSettings, loadRecords } from './store.ts';

const AT_ONCE = 200;

/** Loops that are not what their records make of them: their row, what is awaited, or what their Tasks say of that. */
export interface LoopCheck {
  readonly loops: number;
  readonly differed: readonly string[];
  /** Tasks that do not say what is awaited of their loop, or how far it has come. */
  readonly untold: readonly { readonly loopId: string; readonly taskId: string }[];
}

type Untold = LoopCheck['untold'][number];

/** Makes the row of every loop anew from its records, and what is awaited of it, and compares; nothing is changed. */
export async function checkLoops(db: Database, settings: LoopSettings): Promise<LoopCheck> {
  const [differed, untold]: [string[], Untold[]] = [[], []];
  let [loops, after] = [0, ''];
  for (;;) {
    const some = await checkSome(db, settings, after);
    loops += some.loops.length;
    differed.push(...some.differed);
    untold.push(...some.untold);
    const last = some.loops.at(-1);
    if (last === undefined || some.loops.length < AT_ONCE) return { loops, differed, untold };
    after = last;
  }
}

/** At one moment: the hub goes on meanwhile. */
function checkSome(
  db: Database,
  settings: LoopSettings,
  after: string,
): Promise<{ readonly loops: string[]; readonly differed: string[]; readonly untold: Untold[] }> {
  return db.transaction(async (tx) => {
    await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const rows = await tx.query<LoopRow>(`SELECT * FROM loop WHERE id > $1 ORDER BY id LIMIT ${AT_ONCE}`, [after]);
    const deadlines = await deadlinesOf(tx, rows);
    const [differed, untold]: [string[], Untold[]] = [[], []];
    for (const row of rows) {
      const { isAsMade, tasks } = await compare(tx, settings, row, deadlines.get(row.id) ?? []);
      if (!isAsMade) differed.push(row.id);
      untold.push(...tasks.map((taskId) => ({ loopId: row.id, taskId })));
    }
    return { loops: rows.map(({ id }) => id), differed, untold };
  });
}

type StandingDeadline = DeadlineRow & { readonly fired: number; readonly firings: number; readonly is_set: boolean };

async function deadlinesOf(sql: Sql, rows: readonly LoopRow[]): Promise<Map<string, StandingDeadline[]>> {
  const found = await sql.query<StandingDeadline>(DEADLINES_SQL, [rows.map(({ id }) => id)]);
  return Map.groupBy(found, ({ loop_id }) => loop_id);
}

const DEADLINES_SQL = `SELECT d.*, (SELECT count(*)::int FROM firing f
      WHERE f.task_id = d.task_id AND f.step = d.step AND f.since = d.since AND f.message_id = d.message_id) AS firings,
    (d.at IS NULL) = (d.fired >= cardinality(d.ats)) AS is_set
  FROM deadline d WHERE loop_id = ANY ($1::text[])`;

/** Whether a loop's row and what is awaited on it are as its records make them, and its Tasks that say otherwise. */
async function compare(
  sql: Sql,
  settings: LoopSettings,
  row: LoopRow,
  deadlines: readonly StandingDeadline[],
): Promise<{ readonly isAsMade: boolean; readonly tasks: readonly string[] }> {
  const records = await loadRecords(sql, row.id, settings.hubOrg);
  if (!records) return { isAsMade: false, tasks: [] };
  const awaited = awaitedOf(records, settings);
  const projected = project(records, settings, awaited);
  const made = awaited.map((each) => deadlineRow(row.id, each));
  const goOn = deadlines.every(({ fired, firings, is_set }) => fired === firings && is_set);
  const tasks = differingTasks(records, projected, awaited).map(({ id }) => id);
  return { isAsMade: sameRow(row, projected) && goOn && said(deadlines) === said(made), tasks };
}

/** What is awaited, in words that can be compared. */
function said(deadlines: readonly DeadlineRow[]): string {
  const moment = (value: unknown): string => new Date(value as string).toISOString();
  const lines = deadlines.map(({ task_id, message_id, step, waiting_on, organization_id, since, due, whats, ats }) =>
    [
      task_id,
      message_id,
      step,
      waiting_on,
      organization_id,
      moment(since),
      moment(due),
      whats.join(),
      ats.map(moment).join(),
    ].join(' '),
  );
  return lines.sort().join('\n');
}

function sameRow(stored: LoopRow, made: LoopRow): boolean {
  return canonical(stored) === canonical(made);
}

function canonical(row: LoopRow): string {
  const entries = Object.keys(LOOP_COLUMNS).map((name) => [
    name,
    plain(row[name as keyof LoopRow], LOOP_COLUMNS[name as keyof LoopRow]),
  ]);
  return JSON.stringify(entries);
}

function plain(value: unknown, type: string): unknown {
  if (type === 'timestamptz' && value) return new Date(value as string | Date).toISOString();
  if (type === 'jsonb') return sortedKeys(value);
  return value;
}
