import type { Communication, Task } from '@medplum/fhirtypes';
import { announcements } from '../../db/announce.ts';
import { isRestricted } from '../../fhir/sharing/restricted.ts';
import { writeShare } from '../../fhir/sharing/share.ts';
import type { Share } from '../../fhir/sharing/shared.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { say } from '../../outbox/messages.ts';
import { OUTBOX_CHANNEL } from '../../outbox/outbox.ts';
import { versionOf } from '../task-changes.ts';
import { groupOf } from './rulings.ts';

/** What a delivery that waits for a consent is marked with. */
export const OBTAIN_CONSENT = 'obtain-consent';

/** What is withheld, in words. */
const NAMES: Readonly<Record<Share['reason'], string>> = {
  task: 'the Task',
  request: 'the request',
  client: 'the record of the client',
  reason: 'the reason for it',
  'supporting-information': 'the supporting information',
  document: 'the content of documents',
  outcome: 'the outcome',
  message: 'messages about it',
};

/**
 * Tells each organization that could read something until now, and may no longer: what of which Task, and nothing else.
 */
export async function tellWithdrawn(unit: UnitOfWork, withdrawn: readonly Share[]): Promise<void> {
  for (const shares of Map.groupBy(withdrawn, groupOf).values()) {
    const [first] = shares;
    if (!first) continue;
    const { loopId, taskId, organizationId } = first;
    const message = await unit.create<Communication>(notice(unit, first, shares), BY_HUB);
    const told: Share = {
      type: 'Communication',
      id: message.id,
      reason: 'message',
      organizationId,
      loopId,
      taskId,
      client: undefined,
    };
    writeShare(unit, told, { withheld: undefined, until: undefined, consents: [] });
    if (isRestricted(await unit.find<Task>('Task', taskId, BY_HUB))) await restrict(unit, message.id);
  }
}

/** It has not the labels of what it is about: these would tell its recipient what that may not know any more. */
async function restrict(unit: UnitOfWork, id: string): Promise<void> {
  await unit.flush();
  await unit.tx.query(`UPDATE resource SET restricted = true WHERE type = 'Communication' AND id = $1`, [id]);
}

/** Whose server has the Task is told there that it may not have it any more, or may again. */
export async function tellServers(unit: UnitOfWork, turned: readonly Share[]): Promise<void> {
  const tasks = turned.filter(({ reason }) => reason === 'task');
  if (tasks.length === 0) return;
  const asked = await unit.tx.query<Pick<Share, 'taskId' | 'organizationId'>>(ASKED_SQL, [
    tasks.map(({ taskId }) => taskId),
  ]);
  const has = new Set(asked.map(groupOf));
  for (const { loopId, taskId, organizationId } of tasks.filter((each) => has.has(groupOf(each)))) {
    const task = await unit.find<Task>('Task', taskId, BY_HUB);
    if (task)
      say(unit, { kind: 'consent', loopId, recipientOrg: organizationId, taskId, taskVersion: versionOf(task) });
  }
}

/** To whom an offer has gone, or may just be going. */
const ASKED_SQL = `
  SELECT task_id AS "taskId", recipient_org AS "organizationId" FROM delivery
  WHERE loop_id IN (SELECT loop_id FROM share WHERE task_id = ANY ($1::text[])) AND task_id = ANY ($1::text[])
    AND kind = 'offer' AND status IN ('delivered', 'sending')`;

function notice(
  unit: UnitOfWork,
  { taskId, organizationId }: Share,
  shares: readonly Share[],
): Communication & { id: string } {
  const what = [...new Set(shares.map(({ reason }) => NAMES[reason]))].join(', ');
  return {
    resourceType: 'Communication',
    id: unit.newId(),
    status: 'completed',
    about: [{ reference: `Task/${taskId}` }],
    sender: { reference: `Organization/${unit.hubOrg}` },
    recipient: [{ reference: `Organization/${organizationId}` }],
    sent: unit.now.toISOString(),
    payload: [
      {
        contentString: `The client's consent does not permit this any more: ${what}. It can no longer be read here. Use what you have of it only as far as the law obliges you to.`,
      },
    ],
  };
}

/** Deliveries of these loops that wait for a consent are looked at again as soon as this transaction is committed. */
export async function wakeWaiting(unit: UnitOfWork, loopIds: readonly string[]): Promise<void> {
  const woken = await unit.tx.query(WAKE_SQL, [loopIds, unit.now]);
  if (woken.length > 0) unit.add(announcements, { channel: OUTBOX_CHANNEL, payload: '' });
}

export const WAKE_SQL = `
  UPDATE outbox SET relayed_at = NULL, available_at = $2 WHERE subject_id IN (
    SELECT id FROM delivery WHERE loop_id = ANY ($1::text[]) AND settled_at IS NULL AND last_code = '${OBTAIN_CONSENT}')
  RETURNING id`;
