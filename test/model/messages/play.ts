import type { Communication } from '@medplum/fhirtypes';
import { isFinal } from '../model.ts';
import { isBlind, type Played, partAt, partyOf, type Scene } from '../scene.ts';
import type { Message } from '../state.ts';
import { AGENCIES, HUB, type Party } from '../world.ts';
import type { MessageCommand, WhoOfMessage } from './commands.ts';
import { received, withdrawn, written } from './model.ts';

type Of<What extends MessageCommand['do']> = Extract<MessageCommand, { do: What }>;

const ANSWER_BY = 'https://careloop.dev/fhir/StructureDefinition/answer-by';
const HOUR_MS = 3_600_000;

/** Somebody writes a message, has received one, or takes one back. */
export function playMessage(scene: Scene, command: MessageCommand): Promise<Played> {
  return command.do === 'write' ? write(scene, command) : change(scene, command);
}

async function write(scene: Scene, command: Of<'write'>): Promise<Played> {
  const { hub, state, sender, turn, seen } = scene;
  const { id, part } = partAt(scene, command.about);
  const by = partyOf(scene, part, command.who);
  const to = command.to === null ? undefined : partyOf(scene, part, command.to);
  const at = command.answerIn === null ? null : new Date(hub.now().getTime() + command.answerIn * HOUR_MS);
  const names = named(scene, by, command.answers);
  const message: Communication = {
    resourceType: 'Communication',
    status: 'completed',
    about: [{ reference: `Task/${id}` }],
    payload: [{ contentString: `Said ${turn}` }],
    ...(to ? { recipient: [{ reference: hub.refer(to) }] } : {}),
    ...(at ? { extension: [{ url: ANSWER_BY, valueDateTime: at.toISOString() }] } : {}),
    ...(names ? { inResponseTo: [{ reference: `Communication/${names.id}` }] } : {}),
  };
  const said = await hub.create(by, message);
  // What was never sent is nobody's to speak of.
  if (!seen.row) return { said };
  if (isBlind(scene, by, part.author)) return { said, expected: false };
  const answerBy = at?.toISOString() ?? null;
  return { said, expected: written(state, part, by, sender, { to, answerBy, names }, seen.now) };
}

/** Only what one has for certain is named. */
export function named(scene: Scene, by: Party, at: number | null): Message | undefined {
  const known = scene.state.messages.filter(
    (each) => by === HUB || by === each.from || (by === each.to && !isBlind(scene, by, each.from) && !isGone(each, by)),
  );
  return at === null ? undefined : known[at % Math.max(1, known.length)];
}

async function change(scene: Scene, command: Of<'receive' | 'withdraw'>): Promise<Played> {
  const { hub, state } = scene;
  const message = state.messages[command.message % Math.max(1, state.messages.length)];
  if (!message) return {};
  const by = partyOfMessage(message, command.who);
  const isReceipt = command.do === 'receive';
  const changed = isReceipt ? { received: hub.now().toISOString() } : { status: 'entered-in-error' };
  const said = await hub.change(by, `Communication/${message.id}`, changed);
  if (isBlind(scene, by, message.from)) return { said, expected: false };
  if (isGone(message, by) && !said.ok) return { said };
  return { said, expected: isReceipt ? received(message, by) : withdrawn(state, message, by) };
}

/** Who is asked no more keeps of what it was sent what the policy of sharing leaves it. */
function isGone({ about, from }: Message, by: Party): boolean {
  return by === about.owner && by !== from && isFinal(about);
}

function partyOfMessage({ from, to }: Message, who: WhoOfMessage): Party {
  if (who === 'reader') return to as Party;
  if (who === 'writer') return from as Party;
  return who === 'hub' ? HUB : (AGENCIES.findLast((each) => each !== from && each !== to) ?? 'dorm');
}
