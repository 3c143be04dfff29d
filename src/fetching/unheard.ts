import type { Sql } from '../db/database.ts';
import type { DeliverDeps } from '../deliveries/deliver-deps.ts';
import { AppError } from '../errors.ts';
import { transact } from '../fhir/store/transact.ts';
import { lockLoop } from '../loops/projection/store.ts';
import { noteFinding, resolveFinding } from './findings.ts';

/** So long a server may be away before somebody here looks after what is done there. */
const AWAY_MS = 24 * 3_600_000;

/**
 * Has somebody here look after what a partner works on whose server has not answered for a day: it may have reported there. Whom
 * it has not accepted from yet, other deadlines look after. Nothing, where the server answers: then nobody has to any more.
 * @param unheardSince since when it has not answered; null: it has
 */
export async function lookAfterUnheard(
  deps: DeliverDeps,
  organizationId: string,
  unheardSince: Date | null,
): Promise<void> {
  if (!unheardSince) return resolveAway(deps, organizationId);
  if (deps.store.now().getTime() - unheardSince.getTime() < AWAY_MS) return;
  const text =
    'The server of this organization has not answered for a day: whether it has reported there is not known. Ask it, or have it report here.';
  const away = new AppError('unprocessable', 'fetch.server-away', text);
  for (const { there, loopId, taskId } of await unheardTasks(deps.store.db, organizationId)) {
    const untaken = { here: undefined, there, digest: '', loopId, taskId, isOfTask: true };
    await noteFinding(deps, { organizationId }, untaken, away);
  }
}

interface Unheard {
  readonly there: string;
  readonly loopId: string;
  readonly taskId: string;
}

function unheardTasks(sql: Sql, organizationId: string): Promise<Unheard[]> {
  return sql.query<Unheard>(UNHEARD_SQL, [organizationId]);
}

export const UNHEARD_SQL = `
  SELECT COALESCE(c.there, 'Task/' || c.resource_id) AS there, c.loop_id AS "loopId", c.resource_id AS "taskId"
  FROM counterpart c JOIN resource r ON r.type = 'Task' AND r.id = c.resource_id AND NOT r.deleted
  WHERE c.organization_id = $1 AND c.watched AND c.type = 'Task' AND r.content -> 'owner' ->> 'reference' = 'Organization/' || $1
    AND (r.content ->> 'status' IN ('accepted', 'in-progress', 'on-hold')
      OR r.content ->> 'status' = 'completed' AND r.content -> 'output' IS NULL)
    AND NOT EXISTS (SELECT 1 FROM fetch_finding f WHERE f.loop_id = c.loop_id AND f.task_id = c.resource_id AND f.organization_id = $1
      AND f.of_task AND f.resolved_at IS NULL)`;

async function resolveAway(deps: DeliverDeps, organizationId: string): Promise<void> {
  const found = await deps.store.db.query<Pick<Unheard, 'there' | 'loopId'>>(FOUND_AWAY_SQL, [organizationId]);
  for (const { there, loopId } of found)
    await transact(deps.store, { kind: 'hub', organizationId: deps.hubOrg }, async (unit) => {
      await lockLoop(unit, loopId);
      await resolveFinding(unit, { organizationId }, there);
    });
}

export const FOUND_AWAY_SQL = `
  SELECT there, loop_id AS "loopId" FROM fetch_finding WHERE organization_id = $1 AND code = 'fetch.server-away' AND resolved_at IS NULL`;
