import { COORDINATION_OF_CARE } from '../access/consent/purposes.ts';
import { announcements } from '../db/announce.ts';
import { DISCLOSURE } from '../fhir/audit/audit-event.ts';
import { patientOf } from '../fhir/audit/patient-of.ts';
import { entries, entryRow } from '../fhir/audit/record/new-entry.ts';
import { transact } from '../fhir/store/transact.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { LOOP_MARK, lockLoop } from '../loops/projection/store.ts';
import { OUTBOX_CHANNEL, postpone } from '../outbox/outbox.ts';
import { OBTAIN_CONSENT } from '../referrals/consent/tell.ts';
import type { DeliverDeps } from './deliver-deps.ts';
import { WAITS_FOR_CONSENT } from './errand.ts';
import { type Sending, standingOf } from './may-be-sent.ts';
import { messageNow, sayableMessage } from './message-errand.ts';
import { loadMessage, type TaskMessage } from './store.ts';

/** Woken by the permit; this is only for a wake-up that was missed. */
const CONSENT_MS = 3_600_000;

interface Waiting {
  readonly about: TaskMessage;
  readonly recipientOrg: string;
  readonly lastCode: string | null;
}

/**
 * Puts a delivery off until there is a consent: nothing has left. Its loop says so from now on, and it is in the audit.
 * It is decided once more with the loop taken, so that a permit that is given at this moment is not missed.
 */
export async function waitForConsent(deps: DeliverDeps, deliveryId: string): Promise<'later'> {
  await transact(deps.store, { kind: 'hub', organizationId: deps.hubOrg }, async (unit) => {
    const [named] = await unit.tx.query<{ loopId: string }>('SELECT loop_id AS "loopId" FROM delivery WHERE id = $1', [
      deliveryId,
    ]);
    if (!named) return;
    await lockLoop(unit, named.loopId);
    const [row] = await unit.tx.query<Waiting>(WAITING_SQL, [deliveryId, unit.now]);
    if (row) await putOff(unit, deps, deliveryId, row);
  });
  return 'later';
}

const WAITING_SQL = `
  SELECT json_build_object('kind', kind, 'loopId', loop_id, 'taskId', task_id, 'taskVersion', task_version,
      'messageId', message_id) AS about,
    recipient_org AS "recipientOrg", last_code AS "lastCode"
  FROM delivery WHERE id = $1 AND (status = 'pending' OR (status = 'sending' AND lease_until <= $2)) FOR UPDATE`;

async function putOff(unit: UnitOfWork, deps: DeliverDeps, id: string, row: Waiting): Promise<void> {
  const sending: Sending = { ...row, task: await loadMessage(unit.tx, row.about, row.recipientOrg) };
  if (await isPermittedNow(unit, deps, sending)) {
    await postpone(unit.tx, id, unit.now);
    unit.add(announcements, { channel: OUTBOX_CHANNEL, payload: '' });
    return;
  }
  await unit.tx.query(WAIT_SQL, [id, unit.now]);
  await postpone(unit.tx, id, new Date(unit.now.getTime() + CONSENT_MS));
  if (row.lastCode === OBTAIN_CONSENT) return;
  unit.mark(LOOP_MARK, row.about.loopId);
  noteWithheld(unit, sending);
}

async function isPermittedNow(unit: UnitOfWork, deps: DeliverDeps, sending: Sending): Promise<boolean> {
  if (!sending.about.messageId) return (await standingOf(unit.tx, deps, sending, unit.now)).isPermitted;
  // What may not be said at all any more, is found out when it is taken.
  const now = await messageNow(unit.tx, deps, sending, unit.now);
  return sayableMessage(sending.about.kind, now) !== WAITS_FOR_CONSENT;
}

const WAIT_SQL = `
  WITH lost AS (UPDATE attempt SET finished_at = $2, outcome = 'unknown', code = 'worker-lost'
                WHERE delivery_id = $1 AND finished_at IS NULL)
  UPDATE delivery SET status = 'pending', last_code = '${OBTAIN_CONSENT}', lease_until = NULL, next_at = NULL WHERE id = $1`;

function noteWithheld(unit: UnitOfWork, { about, recipientOrg, task }: Sending): void {
  const entry = {
    action: 'R',
    interaction: DISCLOSURE,
    ...(about.messageId
      ? { resource_type: 'Communication', resource_id: about.messageId }
      : { resource_type: 'Task', resource_id: about.taskId, version: about.taskVersion }),
    patient: patientOf(task),
    recipient: recipientOrg,
    purpose: COORDINATION_OF_CARE,
    basis: `Task/${about.loopId}`,
    refusal: 'consent.obtain',
  } as const;
  unit.add(entries, { ...entryRow(unit.caller, entry), recorded_at: unit.now.toISOString() });
}
