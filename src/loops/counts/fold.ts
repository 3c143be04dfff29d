import { type Database, NO_TIME_LIMIT, type Sql } from '../../db/database.ts';

/** What loops are told apart by when they are counted: the columns of `counted_as` (see the migrations). */
export const KIND = 'party, sent, awaited, restricted, state, next_step, waiting_on, escalation, due_on';

const LOCK_KEY = 727_004;

/**
 * Makes one row of those by which the numbers of loops have changed and those they change. Nobody waits for it, and it may be
 * left at any moment: the sums stay as they are. Of several processes one does it.
 * @returns whether there was anything to do
 */
export async function foldCounts(db: Database): Promise<boolean> {
  if (!(await isAny(db))) return false;
  return db.transaction(async (tx) => {
    await tx.query(NO_TIME_LIMIT);
    const [lock] = await tx.query<{ mine: boolean }>(`SELECT pg_try_advisory_xact_lock(${LOCK_KEY}) AS mine`);
    if (lock?.mine) await tx.query(FOLD_SQL);
    return lock?.mine ?? false;
  });
}

async function isAny(sql: Sql): Promise<boolean> {
  const rows = await sql.query('SELECT 1 FROM loop_count WHERE added LIMIT 1');
  return rows.length > 0;
}

/** What is added meanwhile is not seen by the statement, and stays. */
export const FOLD_SQL = `
  WITH changed AS (SELECT DISTINCT ${KIND} FROM loop_count WHERE added),
  taken AS (
    DELETE FROM loop_count USING changed
    WHERE (${columnsOf('loop_count')}) = (${columnsOf('changed')}) RETURNING loop_count.*)
  INSERT INTO loop_count (${KIND}, loops, added)
  SELECT ${KIND}, sum(loops), false FROM taken GROUP BY ${KIND} HAVING sum(loops) <> 0`;

function columnsOf(table: string): string {
  return KIND.replaceAll(/\w+/g, `${table}.$&`);
}
