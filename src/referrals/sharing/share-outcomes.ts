import type { Communication, Task } from '@medplum/fhirtypes';
import { idOf } from '../../fhir/references.ts';
import { share } from '../../fhir/sharing/share.ts';
import type { WriteRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isReferralTask } from '../../loops/words.ts';
import { ownerId } from '../ask-next.ts';
import type { ReferralDeps, StoredTask } from '../task-changes.ts';
import { contentsOf, type Needed, outcomesOf } from './minimum-set.ts';
import { loopOf, senderOf } from './sides.ts';
import { shownOf, trimmedFor } from './trim-clients.ts';

/** What who was asked made as the outcome of its Task is read by who asked. What is not its own, it cannot pass on. */
export async function shareOutcomes(
  unit: UnitOfWork,
  deps: ReferralDeps,
  before: StoredTask | undefined,
  task: StoredTask,
): Promise<void> {
  const known = new Set((before ? outcomesOf(before) : []).map(({ type, id }) => `${type}/${id}`));
  const added = outcomesOf(task).filter(({ type, id }) => !known.has(`${type}/${id}`));
  // The root lists the outcomes of its legs, which share them.
  if (added.length === 0 || ownerId(task) === deps.hubOrg) return;
  await shareMade(
    unit,
    task,
    added.map((each) => ({ ...each, reason: 'outcome' })),
  );
}

/**
 * A message that belongs to a Task, from who is asked, is read by who asked; one from the hub by those of the two it is
 * addressed to. What is said about a Task is a conversation: `conversationRule`.
 */
export function messageRule(deps: ReferralDeps): WriteRule {
  return {
    types: ['Communication'],
    settle: async ({ after }, unit) => {
      const message = after as Stored<Communication> | undefined;
      if (!message || message.status === 'entered-in-error') return;
      for (const about of [...(message.basedOn ?? []), ...(message.partOf ?? [])]) {
        const id = idOf('Task', about);
        const task = id ? await unit.find<Task>('Task', id, BY_HUB) : undefined;
        if (task && isReferralTask(task) && task.status !== 'draft') await shareMessage(unit, deps, task, message);
      }
    },
  };
}

/** Has a message about a Task read by the other side: see `messageRule`. */
export async function shareMessage(
  unit: UnitOfWork,
  deps: ReferralDeps,
  task: StoredTask,
  message: Stored<Communication>,
): Promise<void> {
  const author = unit.authorOf('Communication', message.id);
  const owner = ownerId(task);
  const addressed = (message.recipient ?? []).flatMap((recipient) => idOf('Organization', recipient) ?? []);
  const loopId = loopOf(task);
  const client = idOf('Patient', task.for);
  const about = { type: 'Communication', id: message.id, reason: 'message', loopId, taskId: task.id, client } as const;
  const tell = async (organizationId: string): Promise<void> => {
    const shown = shownOf('Communication', await trimmedFor(unit, deps, task, organizationId));
    share(unit, { ...about, organizationId, shown });
  };
  const isOwners = author === owner && author !== unit.hubOrg;
  if (!isOwners && author !== unit.hubOrg) return;
  // Of the root the other side is the sender, of a leg who is asked.
  const sender = isOwners || !task.partOf?.length ? await senderOf(unit, task) : undefined;
  if (isOwners && sender) await tell(sender);
  if (isOwners) return;
  for (const party of [owner, sender ?? '']) if (addressed.includes(party)) await tell(party);
}

async function shareMade(unit: UnitOfWork, task: StoredTask, made: readonly Needed[]): Promise<void> {
  const loopId = loopOf(task);
  const sender = await senderOf(unit, task);
  if (!sender) return;
  const client = idOf('Patient', task.for);
  const shared = ({ type, id, reason }: Needed): void =>
    share(unit, { type, id, reason, organizationId: sender, loopId, taskId: task.id, client });
  for (const each of await madeBy(unit, ownerId(task), made)) {
    shared(each);
    for (const content of each.contents) shared(content);
  }
}

interface Made extends Needed {
  readonly contents: readonly Needed[];
}

/** Those of some resources that an organization wrote, or the hub's people for it, with the contents of documents. */
async function madeBy(unit: UnitOfWork, organizationId: string, made: readonly Needed[]): Promise<Made[]> {
  const found: Made[] = [];
  for (const each of made) {
    const resource = await unit.lock(each.type, each.id, BY_HUB);
    const author = unit.authorOf(each.type, each.id);
    if (!resource || (author !== organizationId && author !== unit.hubOrg)) continue;
    const contents = resource.resourceType === 'DocumentReference' ? contentsOf(resource) : [];
    const binaries = contents.map((content): Needed => ({ ...content, reason: 'document' }));
    found.push({ ...each, contents: binaries.length > 0 ? await madeBy(unit, organizationId, binaries) : [] });
  }
  return found;
}
