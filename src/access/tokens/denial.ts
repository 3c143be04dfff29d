import type { Sql } from '../../db/database.ts';
import type { TokenRefused } from './oauth-error.ts';

/** Keeps that a token was refused: to whom, as far as that is a registered program, and why. */
export async function recordDenial(
  sql: Sql,
  { clientId, reason }: TokenRefused,
  { now, requestId }: { readonly now: Date; readonly requestId: string },
): Promise<void> {
  await sql.query(
    `INSERT INTO token_denial (minute, client_id, reason, request_id) VALUES (date_trunc('minute', $1::timestamptz), $2, $3, $4)
     ON CONFLICT (minute, client_id, reason) DO UPDATE SET times = token_denial.times + 1, request_id = excluded.request_id`,
    [now, clientId ?? null, reason, requestId],
  );
}
