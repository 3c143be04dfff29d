import { isDeepStrictEqual } from 'node:util';
import type { Task, TaskOutput } from '@medplum/fhirtypes';
import { transition } from '../loops/status/transition.ts';
import { isTerminal, type TaskStatus } from '../loops/words.ts';

type OwnTask = Task & { id: string };

/** What is known of a Task on a partner's server, and of what was said of it here. */
export interface Known {
  /** The status that it had there when it was last read, or as the hub put it there. */
  readonly status: string | null;
  /** Whether it has had a status here before. */
  readonly hasBeen: (status: string) => boolean;
}

/**
 * A Task as its owner says it is, who has written on a server of its own: what the owner may write of it, as far as that
 * has changed there. The status that stood there before is nothing new, wherever the Task stands here by now; nor is one
 * that it had here already, where it cannot have it again. Pure.
 * @param theirs the Task there, with references that lead from here
 */
export function saidByOwner(ours: OwnTask, theirs: Task, known: Known): OwnTask {
  const status = theirs.status as string;
  const isNews = status !== known.status && !isOld(ours, status, known);
  const { statusReason: _reason, businessStatus: _progress, ...kept } = ours;
  const said =
    isNews || status === ours.status ? pick(theirs, ['statusReason', 'businessStatus', 'executionPeriod']) : {};
  const output = grown<TaskOutput>(ours.output, theirs.output, isSameOutput);
  const note = grown(ours.note, theirs.note, isDeepStrictEqual);
  return {
    ...(isNews && status !== ours.status ? kept : ours),
    ...(isNews ? { status: theirs.status } : {}),
    ...said,
    ...(output ? { output } : {}),
    ...(note ? { note } : {}),
    ...timeOf(ours, theirs),
  } as OwnTask;
}

/**
 * A Task as its requester has called it off on a server of its own: nothing else is heard from there, where the hub itself
 * writes how far it has come. Pure.
 * @returns the Task as it is here, where nobody has called it off
 */
export function saidByRequester(ours: OwnTask, theirs: Task, { status }: Pick<Known, 'status'>): OwnTask {
  const isCalledOff = theirs.status === 'cancelled' || theirs.status === 'entered-in-error';
  if (!isCalledOff || theirs.status === status || isTerminal(ours.status)) return ours;
  const { statusReason: _reason, ...kept } = ours;
  return { ...kept, status: theirs.status, ...pick(theirs, ['statusReason']), ...timeOf(ours, theirs) } as OwnTask;
}

function isOld(ours: OwnTask, status: string, { hasBeen }: Known): boolean {
  if (status === ours.status || !hasBeen(status)) return false;
  return transition(ours.status as TaskStatus, status, 'owner', 'any').kind === 'refused';
}

/** When the partner says that it was, else when its server was told. */
function timeOf(ours: OwnTask, theirs: Task): Pick<Task, 'lastModified'> {
  const said = theirs.lastModified;
  const isLater = said !== undefined && !(new Date(said) <= new Date(ours.lastModified ?? 0));
  const at = isLater ? said : theirs.meta?.lastUpdated;
  return at === undefined ? {} : { lastModified: at };
}

function grown<T>(
  ours: readonly T[] | undefined,
  theirs: readonly T[] | undefined,
  isSame: (a: T, b: T) => boolean,
): T[] | undefined {
  const added = (theirs ?? []).filter((each) => !(ours ?? []).some((known) => isSame(known, each)));
  const all = [...(ours ?? []), ...added];
  return all.length > 0 ? all : undefined;
}

/** An outcome that is listed already is not listed again in other words. */
function isSameOutput(a: TaskOutput, b: TaskOutput): boolean {
  const reference = a.valueReference?.reference;
  return reference === undefined ? isDeepStrictEqual(a, b) : reference === b.valueReference?.reference;
}

function pick(task: Task, names: readonly (keyof Task)[]): Partial<Task> {
  return Object.fromEntries(names.filter((name) => task[name] !== undefined).map((name) => [name, task[name]]));
}
