import type { Sql } from '../../db/database.ts';
import type { LoopDetail } from '../api.ts';
import type { LoopRow } from '../project.ts';

/** What a loop shows of asking its client. */
export async function confirmationOf(
  sql: Sql,
  { id, confirmation, need_remains }: Pick<LoopRow, 'id' | 'confirmation' | 'need_remains'>,
): Promise<LoopDetail['confirmation']> {
  if (!confirmation) return null;
  const [asked] = await sql.query<{ task: string }>(ASKED_SQL, [id]);
  return { state: confirmation, needRemains: need_remains, task: asked?.task ?? '' };
}

const ASKED_SQL = `SELECT task_id AS task FROM confirmation_event WHERE loop_id = $1 AND what = 'asked' LIMIT 1`;
