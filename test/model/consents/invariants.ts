import { isFinal } from '../model.ts';
import type { Seen, SeenDelivery, SeenTask } from '../seen-loop.ts';
import { HUB } from '../world.ts';
import { denies } from './model.ts';

/** What must hold of who may read what, at every moment: as the client has it. */
export function brokenConsents(seen: Seen): string[] {
  if (!seen.row) return [];
  const asked = [seen.root, ...seen.legs].filter(({ owner }) => owner !== HUB);
  return [...shownInSpite(seen), ...asked.flatMap((task) => [...unshown(seen, task), ...awaited(seen, task)])];
}

/** Whom the client denies it, reads nothing of it but what it wrote itself. */
function shownInSpite({ readable, consents }: Seen): string[] {
  return readable.flatMap(({ reference, author, readers }) =>
    readers
      .filter((reader) => reader !== author && denies(consents, reader))
      .map((reader) => `${reader} may read ${reference}, which the client denies.`),
  );
}

/** Who is asked reads what it is asked, and for whom. */
function unshown({ readable, consents, root }: Seen, { id, order, owner, status }: SeenTask): string[] {
  if (isFinal({ status }) || denies(consents, owner)) return [];
  const needed = [`Task/${id}`, order, root.client];
  return readable
    .filter(({ reference, readers }) => needed.includes(reference) && !readers.includes(owner))
    .map(({ reference }) => `${owner} may not read ${reference}, though it is asked.`);
}

/** Who may not read what it is asked is not waited for: a case manager is, who obtains the consent. */
function awaited({ deadlines, consents }: Seen, { id, owner, status }: SeenTask): string[] {
  if (isFinal({ status })) return [];
  const waits = deadlines.some(
    (each) =>
      each.taskId === id &&
      each.messageId === '' &&
      each.step === 'obtain-consent' &&
      each.waitingOn === 'case-manager',
  );
  if (waits === denies(consents, owner)) return [];
  return [`A consent is ${waits ? 'awaited' : 'not awaited'} for ${owner}.`];
}

const WITH_CONTENT = ['offer', 'status', 'closing', 'message', 'reminder'];

/** What waits to be sent does not leave while the client denies it. */
export function sentInSpite(before: Seen, after: Seen): string[] {
  const settled = new Set(before.deliveries.filter(isSent).map(({ id }) => id));
  return after.deliveries
    .filter((each) => isSent(each) && !settled.has(each.id) && WITH_CONTENT.includes(each.kind))
    .filter(({ recipient }) => recipient !== HUB && denies(after.consents, recipient))
    .map(({ kind, recipient }) => `${recipient} is sent a message (${kind}), which the client denies.`);
}

function isSent({ status }: SeenDelivery): boolean {
  return status === 'delivered';
}
