import type { Procedure, Resource, Task } from '@medplum/fhirtypes';
import { playAppointment } from './appointments/play.ts';
import type { Command } from './commands.ts';
import { playConsent } from './consents/play.ts';
import { expectAnswered, expectAsked, expectByHand, expectReport, expectSaid, sideOf } from './expect.ts';
import { playMailbox } from './mailbox/play.ts';
import { playMessage } from './messages/play.ts';
import { isFinal, legTook } from './model.ts';
import { saidAnew } from './request/model.ts';
import { playRequest } from './request/play.ts';
import { isBlind, type Played, partAt, partyOf, type Scene } from './scene.ts';
import type { Part } from './state.ts';
import { playThere } from './there/play.ts';
import { type ByHand, HUB, type ModelHub } from './world.ts';

/** Does one thing, and what the model makes of it. */
export async function play(scene: Scene, command: Command): Promise<Played> {
  const { hub, loopId } = scene;
  switch (command.do) {
    case 'say':
      return say(scene, command);
    case 'say-of-all':
      return sayTo(scene, scene.seen.root.id, scene.state.root, { ...command, ...OF_ALL });
    case 'note':
      return note(scene, command);
    case 'priority':
      return priority(scene, command);
    case 'request':
      return playRequest(scene, command);
    case 'report':
      return report(scene, command);
    case 'ask':
      return ask(scene, command);
    case 'answer':
      return answer(scene, command);
    case 'offer':
      return byHand(scene, { what: 'offer', to: command.to, mode: command.mode });
    case 'take-on':
      return byHand(scene, { what: 'take-on' });
    case 'close':
      return byHand(scene, { what: 'close', outcome: command.outcome });
    case 'write':
    case 'receive':
    case 'withdraw':
      return playMessage(scene, command);
    case 'book':
    case 'appointment':
      return playAppointment(scene, command);
    case 'consent':
    case 'end-consent':
      return playConsent(scene, command);
    case 'say-there':
    case 'write-there':
      return playThere(scene, command);
    case 'answer-by-mail':
    case 'write-by-mail':
      return playMailbox(scene, command);
    case 'client-says':
      return byHand(scene, { ...command, what: command.do });
    case 'answer-link':
      return byHand(scene, { ...command, what: command.do });
    case 'hand-link':
      return byHand(scene, { what: command.do });
    case 'reopen':
      return byHand(scene, { what: 'reopen' });
    case 'deliver':
      return nothing(hub.deliver(command.how));
    case 'read':
      return nothing(hub.read(partyOf(scene, scene.state.root, command.who), loopId));
    case 'wait':
      return nothing(wait(hub, command));
    case 'policy':
      return nothing(hub.otherPolicy());
    case 'staff':
      return nothing(hub.staff(command.there));
    case 'calendar':
      return nothing(hub.setCalendar(command.of, command.isSet ? OFFICE : null));
  }
}

const OFFICE = {
  timeZone: 'America/New_York',
  hours: { mon: [{ from: '09:00', to: '17:00' }], wed: [{ from: '09:00', to: '12:00' }] },
  holidays: ['2026-03-04'],
};

const OF_ALL = { do: 'say' as const, part: 0, version: 'unsaid' as const, clock: 0, progress: null, until: null };

async function nothing(done: Promise<unknown>): Promise<Played> {
  await done;
  return {};
}

async function wait(hub: ModelHub, { minutes, sweeps }: Extract<Command, { do: 'wait' }>): Promise<void> {
  for (let at = 0; at < Math.max(1, sweeps); at += 1) {
    await hub.wait(minutes);
    if (sweeps > 0) await hub.sweep();
  }
}

type Saying = Extract<Command, { do: 'say' }>;

function say(scene: Scene, command: Saying): Promise<Played> {
  const { id, part } = partAt(scene, command.part);
  return sayTo(scene, id, part, command);
}

async function sayTo(scene: Scene, id: string, part: Part, command: Saying): Promise<Played> {
  const { hub, seen, state, sender, turn } = scene;
  const by = partyOf(scene, part, command.who);
  const version = [seen.root, ...seen.legs].find((each) => each.id === id)?.version ?? '';
  // What has ended says so again, and nothing else.
  const isAgain = isFinal(part) && part.status === command.status;
  const hasReason = command.hasReason && !isAgain;
  const said: Partial<Task> = {
    status: command.status as NonNullable<Task['status']>,
    ...(hasReason
      ? { statusReason: { text: `Because ${turn}`, ...until(hub, command) } }
      : isAgain
        ? {}
        : { statusReason: undefined as never }),
    ...(command.hasOutput ? { output: [{ type: { text: 'Done' }, valueString: `Done ${turn}` }] } : {}),
    ...(command.progress && !isAgain ? { businessStatus: { text: command.progress } } : {}),
    ...(command.clock ? { lastModified: new Date(hub.now().getTime() + command.clock * 60_000).toISOString() } : {}),
  };
  const ifMatch = { unsaid: undefined, current: version, stale: String(Number(version) + 7) }[command.version];
  // What was never sent is its author's secret.
  const isSecret = (part.status === 'draft' && by !== sender && by !== HUB) || isBlind(scene, by, part.author);
  const saying = { ...command, hasReason, isStale: command.version === 'stale' };
  const expected = isSecret ? false : expectSaid(state, part, by, sender, saying);
  return { said: await hub.change(by, `Task/${id}`, said, ifMatch), expected };
}

function until(hub: ModelHub, { until: hours, status }: Saying): object {
  if (hours === null || status !== 'on-hold') return {};
  const valueDateTime = new Date(hub.now().getTime() + hours * 3_600_000).toISOString();
  return { extension: [{ url: 'https://careloop.dev/fhir/StructureDefinition/hold-until', valueDateTime }] };
}

async function priority(scene: Scene, command: Extract<Command, { do: 'priority' }>): Promise<Played> {
  const { hub, loopId, sender, seen, state } = scene;
  const said = await hub.change(sender, `Task/${loopId}`, { priority: command.priority });
  if (isBlind(scene, sender, state.root.author)) return { said, expected: false };
  if (said.ok && seen.row && seen.root.priority !== command.priority) saidAnew(state);
  return { said, expected: !isFinal(state.root) || undefined };
}

async function note(scene: Scene, command: Extract<Command, { do: 'note' }>): Promise<Played> {
  const { id, part } = partAt(scene, command.part);
  const by = partyOf(scene, part, command.who);
  const side = sideOf(scene.state, part, by, scene.sender);
  const said = await scene.hub.change(by, `Task/${id}`, { note: [{ text: `Note ${scene.turn}` }] });
  if (said.ok && part !== scene.state.root) legTook(scene.state, part, part.status, false);
  if (said.ok && scene.seen.row && part === scene.state.root && by === scene.sender) saidAnew(scene.state);
  if (isBlind(scene, by, part.author)) return { said, expected: false };
  // What was never sent is its author's secret, as far as there are secrets: not in memory.
  if (!scene.seen.row && side !== 'R') return { said };
  return { said, expected: side !== undefined && (side !== 'R' || !isFinal(part)) };
}

async function report(scene: Scene, command: Extract<Command, { do: 'report' }>): Promise<Played> {
  const { order, part } = partAt(scene, command.part);
  const by = partyOf(scene, part, command.who);
  const procedure: Procedure = {
    resourceType: 'Procedure',
    status: 'completed',
    code: { text: `Done ${scene.turn}` },
    subject: { reference: scene.hub.refer('client') },
    basedOn: [{ reference: order }],
  };
  const said = await scene.hub.create(by, procedure);
  // Who may not see what it speaks of is refused by a rule that is not of loops.
  if (said.ok && scene.seen.row) expectReport(scene.state, part, by);
  return { said };
}

async function ask(scene: Scene, command: Extract<Command, { do: 'ask' }>): Promise<Played> {
  const { state, seen, sender, hub } = scene;
  const by = partyOf(scene, state.root, command.who);
  const task = {
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: command.what }] },
    focus: { reference: `Task/${seen.root.id}` },
    ...(command.hasReason ? { reasonCode: { text: `Because ${scene.turn}` } } : {}),
  } as Resource;
  const isHidden = isBlind(scene, by, state.root.author);
  const expected = !isHidden && expectAsked(state, seen, by, sender, command);
  const said = await hub.create(by, task);
  // A draft may be somebody else's secret.
  return { said, expected: state.root.status === 'draft' ? undefined : expected };
}

async function answer(scene: Scene, command: Extract<Command, { do: 'answer' }>): Promise<Played> {
  const { state, seen, sender, hub } = scene;
  const request = seen.requests[command.request % Math.max(1, seen.requests.length)];
  if (!request) return {};
  const at = seen.legs.findIndex(({ id }) => id === request.focus);
  const part = state.legs[at] ?? state.root;
  // Asked of a draft, it is nobody's business but its author's.
  if (part.status === 'draft') return {};
  const by = partyOf(scene, part, command.who);
  const change = {
    status: command.status,
    ...(command.hasReason ? { statusReason: { text: `Because ${scene.turn}` } } : {}),
  };
  const expected = !isBlind(scene, by, request.author) && expectAnswered(state, part, request, by, sender, command);
  return { said: await hub.change(by, `Task/${request.id}`, change), expected };
}

async function byHand(scene: Scene, how: ByHand): Promise<Played> {
  const expected = expectByHand(scene.state, scene.seen, how);
  return { said: await scene.hub.byHand(scene.loopId, how), expected };
}
