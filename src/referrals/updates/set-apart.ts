import type { Communication, Resource, Task } from '@medplum/fhirtypes';
import { labelsByCodes } from '../../access/labels/code-lists.ts';
import { labelled } from '../../access/labels/label.ts';
import { type Labelling, labelsOfSource } from '../../access/labels/label-rule.ts';
import { idOf } from '../../fhir/references.ts';
import type { FinishRule, WriteRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { changeAsked, isReferralTask } from '../../loops/words.ts';
import { ownerId } from '../ask-next.ts';
import { loopOf, senderOf } from '../sharing/sides.ts';
import type { StoredTask } from '../task-changes.ts';
import { type LabelsOfSaid, type Statement, withoutLabelled } from './statements.ts';

/**
 * What who is asked says in a Task, and what the hub's people say for it, is read by both sides of it. What of that is
 * labelled, by its codes or for whose word it is, is kept in a message of its own: who said it reads it, the others as far
 * as consent goes; and the Task says to all where the work stands.
 */
export function saidApart(labelling: Labelling): WriteRule {
  return {
    types: ['Task'],
    check: async ({ before, after }, unit) => {
      const [was, task] = [before as StoredTask | undefined, after as StoredTask];
      if (!was || was.status === 'draft') return task;
      const part = await partOf(unit, was, task);
      if (!part) return task;
      const labels = labelsOfSaid(unit, part, labelling);
      const refer = (statement: Statement): Promise<string> => keep(unit, saidOf(task, part), statement, labelling);
      if (await isSendersWord(unit, { was, task, part }, labels)) return task;
      return { ...(await withoutLabelled(was, task, labels, refer)), id: task.id };
    },
  };
}

/** The part of a referral in which something is said: itself, or what a request to stop it or to wait with it speaks of. */
async function partOf(unit: UnitOfWork, was: StoredTask, task: StoredTask): Promise<StoredTask | undefined> {
  if (isReferralTask(task)) return task;
  const id = changeAsked(was) && idOf('Task', was.focus);
  const about = id ? await unit.find<Task>('Task', id, BY_HUB) : undefined;
  return about && isReferralTask(about) ? about : undefined;
}

/**
 * What a message says something of: an answer that is carried out is said of the referral. Why a part of it goes on is said to
 * the hub, in a request that the sender does not read, and stays with that.
 */
function saidOf(task: StoredTask, part: StoredTask): StoredTask {
  return task.status === 'rejected' && task.id !== part.id && part.partOf?.length ? task : part;
}

/** Marks messages that a transaction keeps apart. */
const SET_APART = 'set-apart';

/** Says what such messages belong to, also where who says it may not read that itself. */
export const completeApart: FinishRule = async (unit) => {
  for (const id of unit.takeMarks(SET_APART)) {
    const message = await unit.lock<Communication>('Communication', id, BY_HUB);
    const taskId = message?.partOf?.[0]?.reference?.slice('Task/'.length) ?? '';
    const task = await unit.find<Task>('Task', taskId, BY_HUB);
    if (!message || !task) continue;
    const partOf = [...new Set([task.id, loopOf(task)])].map((each) => ({ reference: `Task/${each}` }));
    await unit.put<Communication>(
      { ...message, partOf, ...(task.for ? { subject: task.for } : {}) } as typeof message,
      BY_HUB,
    );
  }
};

function labelsOfSaid(unit: UnitOfWork, task: StoredTask, { labelsOf, policy, hubOrg }: Labelling): LabelsOfSaid {
  const { organizationId } = unit.caller;
  const isOwners = organizationId === ownerId(task) && organizationId !== hubOrg;
  const always = isOwners ? labelsOfSource(organizationId, policy) : [];
  return (said) => [...always, ...labelsByCodes(said as Resource, labelsOf)];
}

/** The sender's own words are its own Task's, and labelled with it. */
async function isSendersWord(
  unit: UnitOfWork,
  { was, task, part }: { readonly was: Task; readonly task: StoredTask; readonly part: StoredTask },
  labels: LabelsOfSaid,
): Promise<boolean> {
  let isLabelled = false;
  const note = async (): Promise<string> => {
    isLabelled = true;
    return '';
  };
  await withoutLabelled(was, task, labels, note);
  // Nearly always: nothing else is asked for.
  if (!isLabelled) return true;
  const { organizationId } = unit.caller;
  return organizationId !== unit.hubOrg && organizationId === (await senderOf(unit, part));
}

/** @returns the reference of the message that says it; the same one when it was said before */
async function keep(unit: UnitOfWork, task: StoredTask, statement: Statement, labelling: Labelling): Promise<string> {
  const message = await messageOf(unit, task, statement);
  const known = await sameSaid(unit, message);
  if (known) return `Communication/${known}`;
  const codes = labelsByCodes(message, labelling.labelsOf);
  const labels = [...codes, ...labelsOfSource(unit.caller.organizationId, labelling.policy)];
  await unit.create(labelled(message, labels, labelling.policy));
  unit.mark(SET_APART, message.id);
  return `Communication/${message.id}`;
}

async function messageOf(
  unit: UnitOfWork,
  task: StoredTask,
  { element, concepts, text }: Statement,
): Promise<Stored<Communication>> {
  const { organizationId } = unit.caller;
  const byHub = organizationId === unit.hubOrg;
  const sender = byHub ? await senderOf(unit, task) : undefined;
  return {
    resourceType: 'Communication',
    id: unit.newId(),
    status: 'completed',
    // Of a part, the hub's people speak to who asked for the whole.
    partOf: [{ reference: `Task/${byHub ? loopOf(task) : task.id}` }],
    topic: { text: element },
    sender: { reference: `Organization/${organizationId}` },
    ...(sender === undefined ? {} : { recipient: [{ reference: `Organization/${sender}` }] }),
    sent: unit.now.toISOString(),
    ...(concepts.length > 0 ? { reasonCode: [...concepts] } : {}),
    ...(text === undefined ? {} : { payload: [{ contentString: text }] }),
  };
}

/** Who reports by sending its whole Task says the same each time. */
async function sameSaid(unit: UnitOfWork, message: Stored<Communication>): Promise<string | undefined> {
  const key = `Communication.part-of=${message.partOf?.[0]?.reference}`;
  const rows = await unit.tx.query<{ content: Stored<Communication> }>(SAID_SQL, [[key], unit.caller.organizationId]);
  const staged = unit.changes.flatMap(({ type, before, after }) =>
    type === 'Communication' && !before && after ? [after as Stored<Communication>] : [],
  );
  return [...rows.map(({ content }) => content), ...staged].find((each) => says(each) === says(message))?.id;
}

export const SAID_SQL = `
  SELECT content FROM resource WHERE type = 'Communication' AND NOT deleted AND tokens && $1::text[] AND author_org = $2`;

function says({ partOf, topic, reasonCode, payload }: Communication): string {
  return JSON.stringify([partOf?.[0], topic?.text, reasonCode, payload]);
}
