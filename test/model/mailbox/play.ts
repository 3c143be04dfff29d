import { expectAnswered, expectSaid } from '../expect.ts';
import { written } from '../messages/model.ts';
import { isFinal } from '../model.ts';
import { isBlind, type Played, type Scene } from '../scene.ts';
import type { Message, Part } from '../state.ts';
import { type Party, WITH_MAILBOX } from '../world.ts';
import type { MailboxCommand } from './commands.ts';

type Of<What extends MailboxCommand['do']> = Extract<MailboxCommand, { do: What }>;

const WEEK_MS = 7 * 86_400_000;

interface Where {
  readonly id: string;
  readonly part: Part;
  readonly by: Party;
}

/** Somebody of an agency that has only a mailbox opens the link that it was mailed, where it was, and says something. */
export async function playMailbox(scene: Scene, command: MailboxCommand): Promise<Played> {
  const { seen, state } = scene;
  const tasks = [seen.root, ...seen.legs].map(({ id }, at) => ({ id, part: state.legs[at - 1] ?? state.root }));
  const all = tasks.filter(({ part }) => WITH_MAILBOX.includes(part.owner));
  const task = all[command.part % Math.max(1, all.length)];
  if (!task) return {};
  const where = { ...task, by: task.part.owner as Party };
  return command.do === 'answer-by-mail' ? answer(scene, where, command) : write(scene, where, command);
}

async function answer(scene: Scene, where: Where, { says }: Of<'answer-by-mail'>): Promise<Played> {
  const { hub, state, seen, sender, turn } = scene;
  const { id, part, by } = where;
  const open = seen.requests.filter(({ focus, status }) => focus === id && status === 'requested');
  const isToRequest = says === 'agrees' || says === 'refuses';
  // Which of several it speaks of, it does not say.
  if (isToRequest && open.length > 1) return {};
  const status = says === 'moved' ? 'failed' : says;
  const said = await hub.byMail(id, 'answer', { status, ...REST[says](`Because ${turn}`) });
  if (!said) return {};
  if (!isOpened(scene, where)) return { said, expected: false };
  const [request] = open;
  if (isToRequest) {
    const answered = { status: says === 'agrees' ? 'completed' : 'rejected', hasReason: true };
    return { said, expected: request !== undefined && expectAnswered(state, part, request, by, sender, answered) };
  }
  // What has ended may be said again, and nothing else; in which words, has its own tests.
  if (isFinal(part)) return { said, expected: part.status === status ? undefined : false };
  const isDone = says === 'completed';
  const hasReason = 'text' in REST[says]('') && !isDone;
  const saying = { status, hasReason, hasOutput: isDone, isStale: false, isOfClient: says === 'moved' };
  return { said, expected: expectSaid(state, part, by, sender, saying) };
}

const REST: Readonly<Record<Of<'answer-by-mail'>['says'], (text: string) => object>> = {
  accepted: () => ({}),
  'in-progress': () => ({}),
  completed: (text) => ({ outcome: 'services-provided', text }),
  rejected: (text) => ({ why: 'no-capacity', text }),
  'on-hold': (text) => ({ text }),
  failed: (text) => ({ why: 'not-provided', text }),
  moved: (text) => ({ why: 'client-moved', text }),
  agrees: () => ({}),
  refuses: (text) => ({ text }),
};

async function write(scene: Scene, where: Where, { answers }: Of<'write-by-mail'>): Promise<Played> {
  const { hub, state, seen, sender, turn } = scene;
  const { id, part, by } = where;
  const known = state.messages.filter(({ about, to, isWithdrawn }) => about === part && to === by && !isWithdrawn);
  const names: Message | undefined = answers === null ? undefined : known[answers % Math.max(1, known.length)];
  const body = { text: `Said by mail ${turn}`, ...(names ? { inResponseTo: names.id } : {}) };
  const said = await hub.byMail(id, 'messages', body);
  if (!said) return {};
  if (!isOpened(scene, where)) return { said, expected: false };
  const saying = { to: names?.from as Party | undefined, answerBy: null, names };
  return { said, expected: written(state, part, by, sender, saying, seen.now) };
}

/** A link is good while it goes on what it was mailed for, and some days after who has it has ended that. */
function isOpened(scene: Scene, { id, part, by }: Where): boolean {
  const { seen } = scene;
  if (isBlind(scene, by, part.author)) return false;
  if (!isFinal(part)) return true;
  const end = seen.transitions.findLast(({ taskId, to }) => taskId === id && to === part.status);
  return end?.by === by && new Date(seen.now).getTime() - new Date(end.recordedAt).getTime() < WEEK_MS;
}
