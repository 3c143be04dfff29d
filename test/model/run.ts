import { type Command, type Sequence, told } from './commands.ts';
import { askClient, isReported } from './confirmation/model.ts';
import { sentInSpite } from './consents/invariants.ts';
import { stateOf } from './expect.ts';
import { broken } from './invariants.ts';
import { isFinal } from './model.ts';
import { play } from './play.ts';
import type { Seen } from './seen-loop.ts';
import type { Message, Part, State } from './state.ts';
import { doneByTime } from './time.ts';
import type { ModelHub, Sender } from './world.ts';

/** How a hub is asked for one referral. */
export interface Setting {
  readonly hub: ModelHub;
  /** Whether what must hold is looked at after each thing that happens, or only at the end. */
  readonly isClose: boolean;
}

/** What a hub does other than the model. */
export class Differs extends Error {}

/**
 * Lets everything of a sequence happen to one referral, and compares: what is done and what is refused, where it then
 * stands, and what must hold at every moment. In the end it is closed.
 * @throws Differs that tells what happened, up to what differs
 */
export async function run(setting: Setting, { start, commands }: Sequence): Promise<void> {
  const { hub } = setting;
  let loopId = await hub.send(start);
  const terms = { byItself: true, asksClient: start.asksClient };
  let seen = await hub.see(loopId);
  const past: Command[] = [];
  const check = (wrong: readonly string[]): void => {
    if (wrong.length > 0)
      throw new Differs(`${wrong.join('\n')}\n\n${told({ start, commands: past })}\n\n${shown(seen)}`);
  };
  check(broken(seen));
  const loops = [loopId];
  for (const command of commands) {
    const state = stateOf(seen, terms);
    const wasReported = isReported(state.root);
    const turn = `${loops.length}.${past.length}`;
    past.push(command);
    const before = seen;
    const { said, expected } = await play(
      { ...setting, sender: start.sender, loopId, seen, state, turn },
      command,
    ).catch((thrown: unknown) => {
      throw new Differs(`${told({ start, commands: past })}\n\nfails: ${String(thrown)}`, { cause: thrown });
    });
    if (command.do === 'policy') terms.byItself = !terms.byItself;
    seen = await hub.see(loopId);
    if (said && expected !== undefined && said.ok !== expected)
      check([expected ? `It is refused: ${said.text}` : 'It is done, and is not allowed.']);
    // What time does is only bounded: when it does it is for the policy to say.
    if (command.do === 'wait' && command.sweeps > 0) check(doneByTime(before, seen));
    else {
      if (!wasReported) askClient(state);
      check(differences(state, stateOf(seen, terms)));
    }
    if (command.do === 'deliver') check(sentInSpite(before, seen));
    if (setting.isClose) check(broken(seen));
    if (command.do === 'reopen' && said?.ok && said.id) {
      loopId = said.id;
      loops.push(loopId);
      seen = await hub.see(loopId);
    }
  }
  for (const each of loops) {
    seen = await hub.see(each);
    check([...broken(seen), ...(await hub.findings(each)).map((text) => `The doctor finds: ${text}`)]);
    check(await close(hub, start.sender, each));
    seen = await hub.see(each);
    check(seen.row && seen.row.state !== 'closed' ? ['It cannot be closed.'] : broken(seen));
  }
}

/**
 * A case manager says how it ended, its sender reads that; where it cannot, the case manager says so.
 * @returns why that is not possible
 */
async function close(hub: ModelHub, sender: Sender, loopId: string): Promise<string[]> {
  for (let tries = 0; tries < 3; tries += 1) {
    const { row, root } = await hub.see(loopId);
    if (!row || row.state === 'closed') return [];
    if (isFinal(root)) await hub.read(sender, loopId);
    if ((await hub.see(loopId)).row?.state === 'closed') return [];
    const said = await hub.byHand(loopId, { what: 'close', outcome: 'client-declined' });
    if (!said.ok) return [`It is ${root.status}, and cannot be closed by hand: ${said.text}`];
  }
  return [];
}

/** Where a hub and the model differ. */
function differences(expected: State, found: State): string[] {
  const [want, is] = [lines(expected), lines(found)];
  return want === is ? [] : [`It ought to stand at:\n${want}`];
}

function lines({ root, legs, messages, appointments, consents, client }: State): string {
  const more = [
    ...appointments.map(({ by, status }) => `  an appointment of ${by}: ${status}`).sort(),
    ...consents
      .map(({ effect, whom, isActive }) => `  its client: ${effect} ${whom}${isActive ? '' : ', ended'}`)
      .sort(),
    ...(client ? [`  its client: ${JSON.stringify(client)}`] : []),
  ];
  return [line(root), ...legs.map(line).sort(), ...messages.map(said).sort(), ...more].join('\n');
}

function said({ about, from, to, isRead, isWithdrawn, answerBy, answeredBy }: Message): string {
  const mark = isWithdrawn ? ', withdrawn' : isRead ? ', read' : '';
  const awaited = answerBy ? `, ${answeredBy ? 'was answered' : `needs an answer by ${answerBy}`}` : '';
  return `  ${from} to ${to} about the Task of ${about.owner}${mark}${awaited}`;
}

function line({ owner, status, asked, hasOutput }: Part): string {
  return `  ${owner} ${status}${asked ? ', asked to stop' : ''}${hasOutput ? ', with an outcome' : ''}`;
}

function shown(seen: Seen): string {
  const { row, deadlines, deliveries, requests } = seen;
  const awaited = row ? `${row.state} ${row.next_step ?? ''} ${row.waiting_on ?? ''} ${row.due ?? ''}` : 'no loop';
  return [
    `It stands at (${seen.now}):`,
    lines(stateOf(seen, { byItself: true, asksClient: false })),
    `  ${awaited}`,
    ...deadlines.map(({ step, due, fired, rungs }) => `  due: ${step} ${due}, ${fired} of ${rungs} done`),
    ...requests.map(({ what, status }) => `  request: ${what} ${status}`),
    ...deliveries.map(({ kind, recipient, status }) => `  said: ${kind} to ${recipient}, ${status}`),
  ].join('\n');
}
