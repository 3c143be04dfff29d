import type { Communication, Procedure, Task } from '@medplum/fhirtypes';
import { written } from '../messages/model.ts';
import { named } from '../messages/play.ts';
import { rollUp } from '../model.ts';
import { isBlind, type Played, type Scene } from '../scene.ts';
import type { Part } from '../state.ts';
import { HUB, type Party } from '../world.ts';
import type { Listed, ThereCommand } from './commands.ts';
import type { Asked, Copy, Elsewhere } from './copy.ts';
import { expectHeard, isAskedFor, type Standing } from './model.ts';

type Of<What extends ThereCommand['do']> = Extract<ThereCommand, { do: What }>;

const HOUR_MS = 3_600_000;
const ANSWER_BY = 'https://careloop.dev/fhir/StructureDefinition/answer-by';
const MESSAGE = 'https://careloop.dev/fhir/NamingSystem/message';

/** A party writes on its own server, where it has one and something of this stands; and the hub asks what there is. */
export async function playThere(scene: Scene, command: ThereCommand): Promise<Played> {
  const all = copies(scene, command.who);
  const where = all[command.part % Math.max(1, all.length)];
  if (!where) return {};
  return command.do === 'say-there' ? say(scene, where, command) : write(scene, where, command);
}

interface Where {
  readonly id: string;
  readonly part: Part;
  readonly by: Party;
  readonly there: Elsewhere;
}

/** Where a party, or whoever is asked, has a Task on its own server. */
function copies({ hub, seen, state, sender }: Scene, who: ThereCommand['who']): Where[] {
  const tasks = [seen.root, ...seen.legs].map(({ id }, at) => ({ id, part: state.legs[at - 1] ?? state.root }));
  return tasks.flatMap(({ id, part }) => {
    if (who === 'sender' && part !== state.root) return [];
    const by = who === 'sender' ? sender : (part.owner as Party);
    const there = hub.serverOf(by);
    return there?.copyOf(id) ? [{ id, part, by, there }] : [];
  });
}

async function say(scene: Scene, where: Where, command: Of<'say-there'>): Promise<Played> {
  const { status, hasReason, lists } = command;
  const { id, by, there } = where;
  const task = there.copyOf(id)?.task;
  there.change(id, {
    ...(status ? { status: status as NonNullable<Task['status']>, statusReason: undefined as never } : {}),
    ...(hasReason ? { statusReason: { text: `Because ${scene.turn}` } } : {}),
    ...(lists && task ? { output: [...(task.output ?? []), outcome(there, task, lists, scene.turn)] } : {}),
  });
  if (command.asked === 'later') return {};
  const copy = there.copyOf(id);
  const asked = await scene.hub.ask(by, id, command.asked === 'away');
  return copy && asked ? heard(scene, where, copy, asked) : {};
}

/** What a party lists, and where it has written it down. */
function outcome(there: Elsewhere, task: Task, lists: Listed, turn: string): NonNullable<Task['output']>[number] {
  const type = { text: 'Done' };
  if (lists === 'words') return { type, valueString: `Done there ${turn}` };
  if (lists === 'missing') return { type, valueReference: { reference: `Procedure/missing-${turn}` } };
  const procedure: Procedure = {
    resourceType: 'Procedure',
    id: `${lists}-${task.id}-${turn.replace('.', '-')}`,
    status: 'completed',
    code: { text: `Done there ${turn}` },
    subject: { reference: lists === 'another' ? 'Patient/another' : (task.for?.reference ?? '') },
    basedOn: task.focus ? [task.focus as NonNullable<Procedure['basedOn']>[number]] : [],
  };
  return { type, valueReference: { reference: there.keep(procedure) } };
}

async function heard(scene: Scene, { id, part, by, there }: Where, copy: Copy, asked: Asked): Promise<Played> {
  const { state, sender } = scene;
  if (!isAskedFor(part, scene.seen.row?.state === 'open')) {
    await addedLate(scene, id, part);
    return {};
  }
  const isHidden = isBlind(scene, by, part.author);
  // What is as it was read is no news, and nothing that who may not read the Task here could be refused.
  if (!copy.isUnread && (!asked.isAgain || isHidden)) return {};
  const finding = asked.findings.get(`Task/${copy.task.id}`);
  if (!finding) there.wasTaken(id);
  const expected = !isHidden && expectHeard(state, part, by, sender, standing(scene, id, copy));
  return { said: { ok: !finding, text: finding ?? 'It is taken.' }, expected };
}

/** What was done may be added when all is over, and nothing else. */
async function addedLate({ hub, state, loopId }: Scene, id: string, part: Part): Promise<void> {
  const { root, legs } = await hub.see(loopId);
  if (part.hasOutput || ![root, ...legs].some((each) => each.id === id && each.outputs > 0)) return;
  part.hasOutput = true;
  rollUp(state);
}

function standing({ seen }: Scene, id: string, { task, known }: Copy): Standing {
  const { status = '', statusReason, businessStatus, output = [] } = task;
  const here = [seen.root, ...seen.legs].find((each) => each.id === id);
  const references = output.flatMap(({ valueReference }) => valueReference?.reference ?? []);
  return {
    status,
    known,
    hasReason: statusReason !== undefined,
    hasOutput: output.length > 0,
    isWrong: references.some((each) => /Procedure\/(missing|another)-/.test(each)),
    isReworded:
      (statusReason !== undefined && statusReason.text !== here?.reason) ||
      (businessStatus !== undefined && businessStatus.text !== here?.progress),
    wasHere: seen.transitions.some(({ taskId, to }) => taskId === id && to === status),
  };
}

/** It writes to the hub, about what stands there; the hub reads that first. */
async function write(scene: Scene, where: Where, command: Of<'write-there'>): Promise<Played> {
  const { hub, state, seen, sender, turn } = scene;
  const { id, part, by, there } = where;
  const copy = there.copyOf(id);
  if (!copy || !isAskedFor(part, seen.row?.state === 'open')) return {};
  const at = command.answerIn === null ? null : new Date(hub.now().getTime() + command.answerIn * HOUR_MS);
  const names = named(scene, by, command.answers);
  const message: Communication = {
    resourceType: 'Communication',
    id: `m-${copy.task.id}-${turn.replace('.', '-')}`,
    status: 'completed',
    about: [{ reference: `Task/${copy.task.id}` }],
    recipient: [{ reference: copy.task.meta?.source?.replace(/Task\/.*$/, hub.refer(HUB)) ?? '' }],
    payload: [{ contentString: `Said there ${turn}` }],
    ...(at ? { extension: [{ url: ANSWER_BY, valueDateTime: at.toISOString() }] } : {}),
    ...(names ? { inResponseTo: [{ identifier: { system: MESSAGE, value: names.id } }] } : {}),
  };
  const reference = there.keep(message);
  const asked = await hub.ask(by, id, false);
  if (!asked) return {};
  const task = await heard(scene, where, copy, asked);
  if (task.said && task.said.ok !== task.expected) return task;
  const finding = asked.findings.get(reference);
  // What is not taken is not said again by itself.
  if (finding) there.keep({ ...message, status: 'entered-in-error' });
  const said = { to: HUB, answerBy: at?.toISOString() ?? null, names } as const;
  const expected = !isBlind(scene, by, part.author) && written(state, part, by, sender, said, seen.now);
  return { said: { ok: !finding, text: finding ?? 'It is taken.' }, expected };
}
