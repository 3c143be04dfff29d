import type { Communication, Resource } from '@medplum/fhirtypes';
import { type Caller, visibleTo } from '../../fhir/caller.ts';
import { type Store, transact } from '../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { LOOP_MARK, lockLoop } from '../../loops/projection/store.ts';
import { noteRead } from './message-rows.ts';

/**
 * Somebody has read the messages about a loop that are for their organization, up to one of them. The first of an
 * organization to do so has it received, which its writer sees (Communication.received).
 * @returns how many they had not read before
 */
export function readMessages(
  { store, caller }: { readonly store: Store; readonly caller: Caller },
  loopId: string,
  through: string | undefined,
): Promise<number> {
  return transact(store, caller, async (unit) => {
    await lockLoop(unit, loopId);
    const mine = await unit.tx.query<{ id: string; read: boolean }>(mineSql(caller), [
      loopId,
      caller.organizationId,
      through ?? null,
    ]);
    const ids = mine.map(({ id }) => id);
    const noted = caller.personId ? await noteReaders(unit, ids, caller.personId) : [];
    const first = mine.filter(({ read }) => !read).map(({ id }) => id);
    for (const id of first) await receive(unit, id);
    await noteRead(unit, first);
    if (first.length > 0) unit.mark(LOOP_MARK, loopId);
    return caller.personId ? noted.length : first.length;
  });
}

function mineSql(caller: Caller): string {
  return `SELECT m.id, m.read_at IS NOT NULL AS read FROM message m
      JOIN resource c ON c.type = 'Communication' AND c.id = m.id AND NOT c.deleted
    WHERE m.loop_id = $1 AND m.to_org = $2 AND NOT m.withdrawn AND ${visibleTo(caller, 'c')}
      AND ($3::text IS NULL OR m.seq <= (SELECT seq FROM message WHERE id = $3 AND loop_id = $1))
    ORDER BY m.id`;
}

function noteReaders({ tx, now }: UnitOfWork, ids: readonly string[], personId: string): Promise<unknown[]> {
  return tx.query(READERS_SQL, [ids, personId, now]);
}

const READERS_SQL = `
  INSERT INTO message_read (message_id, person_id, at) SELECT unnest($1::text[]), $2, $3
  ON CONFLICT (message_id, person_id) DO NOTHING RETURNING message_id`;

async function receive(unit: UnitOfWork, id: string): Promise<void> {
  const message = await unit.lock<Communication>('Communication', id, BY_HUB);
  if (!message || message.received) return;
  await unit.put<Communication>({ ...message, received: unit.now.toISOString() }, BY_HUB);
}

/** Whether the JSON of what was read may be a message about a referral. Pure, and quick. */
export function mayBeMessage(type: string, json: string): boolean {
  return type === 'Communication' && json.includes('"about"');
}

/** Notes that a program or person of its recipient has fetched a message by the FHIR API: it has arrived there. */
export async function noteFetched(
  { db, now }: Pick<Store, 'db' | 'now'>,
  caller: Caller,
  resource: Resource,
): Promise<void> {
  if (caller.kind !== 'client' || caller.view?.kind === 'own-record') return;
  const ids = messagesIn(resource);
  if (ids.length === 0) return;
  // Hardly any is new: nothing is written then.
  await db.query(FETCHED_SQL, [ids, caller.organizationId, now()]);
}

export const FETCHED_SQL = `
  UPDATE message SET fetched_at = $3 WHERE id = ANY ($1::text[]) AND to_org = $2 AND fetched_at IS NULL`;

function messagesIn(resource: Resource): string[] {
  if (resource.resourceType === 'Communication') return resource.about && resource.id ? [resource.id] : [];
  if (resource.resourceType !== 'Bundle') return [];
  return (resource.entry ?? []).flatMap(({ resource: inner }) => (inner ? messagesIn(inner) : []));
}
