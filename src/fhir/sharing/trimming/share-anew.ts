import type { UnitOfWork } from '../../store/unit-of-work.ts';
import { writeReaders } from '../redecide.ts';
import type { ShareReason } from '../shared.ts';
import type { Shown } from '../subsetted.ts';
import { TRIMMED_TYPES } from './demographics.ts';
import { besideClients } from './unnamed.ts';

/** What who is asked in a loop is shown from now on. */
export interface ShownAnew {
  readonly loopId: string;
  /** The id of the organization that sent it: what it is shown no policy trims. */
  readonly sender: string | undefined;
  /** Undefined: all. */
  readonly shown: Shown | undefined;
  readonly because: string;
}

/** A share that shows another part than before. */
export interface SharedAnew {
  readonly taskId: string;
  readonly loopId: string;
  readonly organizationId: string;
}

/** As what something is shared with who is asked. */
const ASKED_FOR: readonly ShareReason[] = [
  'task',
  'request',
  'client',
  'reason',
  'supporting-information',
  'message',
  'document',
];

/**
 * Has the open shares of a loop show another part of the client: each ends, and one that shows that part takes its place. Readers
 * follow in the same transaction.
 * @returns those that are open to their organizations
 */
export async function shareAnew(unit: UnitOfWork, anew: ShownAnew): Promise<SharedAnew[]> {
  // What this transaction shares is written before.
  await unit.flush();
  const { loopId, sender, shown, because } = anew;
  const others = shown && besideClients(shown);
  const values = [loopId, sender ?? '', shown ?? null, TRIMMED_TYPES, ASKED_FOR, others ?? null];
  const held = await unit.tx.query<{ share: string }>(HELD_SQL, values);
  if (held.length === 0) return [];
  const ids = held.map(({ share }) => share);
  await unit.tx.query(END_SQL, [ids, unit.now, because]);
  const made = await unit.tx.query<SharedAnew & { share: string; isOpen: boolean }>(AGAIN_SQL, [
    ids,
    shown ?? null,
    TRIMMED_TYPES,
    others ?? null,
  ]);
  await writeReaders(
    unit,
    made.map(({ share }) => share),
  );
  return made.filter(({ isOpen }) => isOpen);
}

/** The resources are held first: or a share made meanwhile were overlooked. */
const HELD_SQL = `
  SELECT s.id::text AS share FROM share s JOIN resource r ON r.type = s.type AND r.id = s.resource_id
  WHERE s.loop_id = $1 AND s.organization_id <> $2 AND s.type <> 'Binary'
    AND s.shown IS DISTINCT FROM CASE WHEN s.type = ANY ($4::text[]) THEN $3::text[] ELSE $6::text[] END
    AND s.reason = ANY ($5::text[]) AND s.ended_at IS NULL
  ORDER BY r.type, r.id, s.id FOR NO KEY UPDATE OF r`;

const END_SQL = 'UPDATE share SET ended_at = $2, end_reason = $3 WHERE id = ANY ($1::bigint[])';

const AGAIN_SQL = `
  INSERT INTO share (type, resource_id, organization_id, reason, loop_id, task_id, granted_at, ends_at, client, withheld,
    withheld_at, decide_again_at, consents, shown)
  SELECT s.type, s.resource_id, s.organization_id, s.reason, s.loop_id, s.task_id, s.ended_at, s.ends_at, s.client, s.withheld,
    CASE WHEN s.withheld IS NOT NULL THEN s.withheld_at END, s.decide_again_at, s.consents,
    CASE WHEN s.type = ANY ($3::text[]) THEN $2::text[] ELSE $4::text[] END
  FROM share s WHERE s.id = ANY ($1::bigint[]) ORDER BY s.id
  RETURNING id::text AS share, task_id AS "taskId", loop_id AS "loopId", organization_id AS "organizationId", withheld IS NULL AS "isOpen"`;
