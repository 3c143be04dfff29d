import type { Organization, ServiceRequest, Task } from '@medplum/fhirtypes';
import { claimingWhatHolds, PROFILES } from '../../fhir/claims.ts';
import { idOf } from '../../fhir/references.ts';
import { isRestricted } from '../../fhir/sharing/restricted.ts';
import { share } from '../../fhir/sharing/share.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { prohibitsContact } from '../../loops/client-contact.ts';
import { COMPLETE_QUESTIONNAIRE, questionnaireInputs } from '../../loops/confirmation/client-task.ts';
import { recordConfirmation } from '../../loops/confirmation/events.ts';
import type { Confirmation } from '../../loops/policy/policy.ts';
import { kindOf } from '../../loops/projection/records.ts';
import { LOOP_MARK } from '../../loops/projection/store.ts';
import { loopOutcome } from '../../loops/status/outcome.ts';
import { isReferralTask, SYSTEMS } from '../../loops/words.ts';
import type { ReferralDeps, StoredTask } from '../task-changes.ts';

/**
 * Has the client of a referral asked whether what is reported was received, where its policy says so: when the referral
 * is completed and what was done is here. Whose client must not be contacted is not asked, nor about mandated reports.
 */
export function askClients(deps: ReferralDeps): FinishRule {
  return async (unit) => {
    for (const { type, before, after } of [...unit.changes]) {
      if (type !== 'Task' || !after || before === after) continue;
      const [was, root] = [before as StoredTask | undefined, after as StoredTask];
      if (isReferralTask(root) && !root.partOf?.length && isReported(root) && !(was && isReported(was)))
        await askClient(unit, deps, root);
    }
  };
}

function isReported({ status, output }: Task): boolean {
  return status === 'completed' && (output ?? []).length > 0;
}

async function askClient(unit: UnitOfWork, deps: ReferralDeps, root: StoredTask): Promise<void> {
  const request = await unit.find<ServiceRequest>('ServiceRequest', idOf('ServiceRequest', root.focus) ?? '', BY_HUB);
  const client = idOf('Patient', root.for);
  if (!request || !client || prohibitsContact(request) || isRestricted(root) || isRestricted(request)) return;
  const { confirmation } = deps.policies.of(kindOf({ root, request }));
  const { outcome } = loopOutcome(root);
  if (!confirmation || outcome === null || !confirmation.after.includes(outcome)) return;
  const task = await unit.create<Task>(clientTask(unit, root, confirmation), BY_HUB);
  // Where the app is not registered here, people ask.
  const app = confirmation.ask === 'app' ? await organizationOf(unit, confirmation.app ?? '') : undefined;
  recordConfirmation(unit, { loopId: root.id, taskId: task.id }, 'asked', app ? { way: 'app' } : {});
  unit.mark(LOOP_MARK, root.id);
  if (!app) return;
  const about = { organizationId: app, loopId: root.id, taskId: task.id, client };
  share(unit, { ...about, type: 'Task', id: task.id, reason: 'task' });
  share(unit, { ...about, type: 'Patient', id: client, reason: 'client' });
}

function clientTask(unit: UnitOfWork, root: StoredTask, { questionnaire }: Confirmation): StoredTask {
  const id = unit.newId();
  const task = {
    resourceType: 'Task',
    id,
    ...(root.meta?.security ? { meta: { security: root.meta.security } } : {}),
    identifier: [{ system: SYSTEMS.task, value: id }],
    basedOn: [{ reference: `Task/${root.id}` }],
    status: 'ready',
    intent: 'order',
    priority: 'routine',
    code: COMPLETE_QUESTIONNAIRE,
    for: root.for,
    authoredOn: unit.now.toISOString(),
    lastModified: unit.now.toISOString(),
    requester: { reference: `Organization/${unit.hubOrg}` },
    owner: root.for,
    input: questionnaireInputs(questionnaire),
  } as Stored<Task>;
  return claimingWhatHolds(task, [PROFILES.patientTask], () => true);
}

/** The organization that runs the app of clients, by its identifier; undefined: it is not registered here. */
async function organizationOf(unit: UnitOfWork, identifier: string): Promise<string | undefined> {
  const [found] = await unit.tx.query<Pick<Stored<Organization>, 'id'>>(APP_SQL, [
    [`Organization.identifier=${identifier}`],
  ]);
  return found?.id;
}

export const APP_SQL = `SELECT id FROM resource WHERE type = 'Organization' AND NOT deleted AND tokens @> $1::text[] ORDER BY id LIMIT 1`;
