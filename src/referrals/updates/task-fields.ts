import { isDeepStrictEqual } from 'node:util';
import type { Task, TaskOutput } from '@medplum/fhirtypes';
import { refersToSame } from '../../loops/status/outputs.ts';
import type { Side } from '../../loops/status/transition.ts';
import { isObserved, isTerminal, wantsCancel } from '../../loops/words.ts';

/** What the owner of a Task may write; its author may write all but these outputs of the work. */
const OWNER_FIELDS = [
  'status',
  'statusReason',
  'businessStatus',
  'output',
  'note',
  'executionPeriod',
  'lastModified',
] as const;

/** What may still be added to a Task that has ended, by its owner; the rest of these say nothing of the work. */
const OPEN_AFTER_THE_END: Readonly<Record<Side, readonly string[]>> = {
  owner: ['output', 'note', 'lastModified', 'meta', 'text'],
  requester: ['lastModified', 'meta', 'text'],
};

/** What makes a Task this Task: nobody changes it afterwards. */
const IDENTITY_FIELDS = ['intent', 'code', 'focus', 'for', 'requester', 'owner', 'partOf', 'authoredOn'] as const;

/** Elements an update may not change, in FHIRPath, e.g. `Task.focus`. Elements left out are taken as unchanged. Pure. */
export function forbiddenChanges(before: Task, after: Task): string[] {
  return IDENTITY_FIELDS.filter(
    (name) => after[name] !== undefined && !isDeepStrictEqual(meant(plain(after[name])), meant(plain(before[name]))),
  ).map((name) => `Task.${name}`);
}

/** Of a reference, what it leads to: its display may be cut for who writes, and says nothing else. Pure. */
function meant(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meant);
  const { reference } = (value ?? {}) as { readonly reference?: unknown };
  return typeof reference === 'string' ? reference : value;
}

/** Elements that an update changes of a Task that has ended and stays as it ended, in FHIRPath. Pure. */
export function changedAfterEnd(before: Task, merged: Task, side: Side): string[] {
  if (!isTerminal(before.status) || before.status !== merged.status) return [];
  const names = [...new Set([...Object.keys(before), ...Object.keys(merged)])] as (keyof Task)[];
  return names
    .filter((name) => !OPEN_AFTER_THE_END[side].includes(name))
    .filter((name) => !isDeepStrictEqual(plain(before[name]), plain(merged[name])))
    .map((name) => `Task.${name}`);
}

/**
 * What a writer that is given a part of a Task says of lists that only grow, with the entries that it sends back as they are:
 * each would be a new one else. Pure.
 * @param given the Task as it is given the caller
 */
export function asWhole<T extends Task>(after: T, given: Task, whole: Task): T {
  if (given === whole) return after;
  const back = <Item>(sent: Item[] | undefined, part: Item[] = [], all: Item[] = []): Item[] | undefined =>
    sent?.map((each) => all[part.findIndex((known) => isDeepStrictEqual(plain(known), plain(each)))] ?? each);
  const output = back(after.output, given.output, whole.output);
  const note = back(after.note, given.note, whole.note);
  return { ...after, ...(output ? { output } : {}), ...(note ? { note } : {}) };
}

/**
 * The Task an update leaves: each side's elements come from that side, so that neither overwrites what the other wrote
 * since. Outputs and notes only grow. Pure.
 */
export function mergeUpdate(
  before: Task & { id: string },
  after: Task & { id: string },
  side: Side,
): Task & { id: string } {
  const outputs = union<TaskOutput>(before.output, after.output, refersToSame);
  const notes = union(before.note, after.note);
  const grown = { ...(outputs ? { output: outputs } : {}), ...(notes ? { note: notes } : {}) };
  const kept = stillTrue(before, after);
  const reported = newlySaid(before, after);
  if (side === 'owner') return { ...kept, ...pick(reported, OWNER_FIELDS), ...grown, ...stillAsked(before, after) };
  const known = { ...pick(before, IDENTITY_FIELDS), ...pick(before, ['identifier']) };
  return { ...pick(kept, OWNER_FIELDS), ...reported, ...known, ...grown, ...stillAsked(before, after) };
}

/**
 * What stays of a Task where an update is silent: not when it was changed last, nor why it had another status and how
 * far it had come in it. That its sender asked to cancel it stays until it has ended.
 */
function stillTrue(before: Task & { id: string }, after: Task): Task & { id: string } {
  const { lastModified: _lastModified, statusReason, businessStatus, ...kept } = before;
  const same = before.status === after.status;
  const asked = wantsCancel(before) && !isTerminal(after.status);
  return {
    ...kept,
    ...(same && statusReason ? { statusReason } : {}),
    ...((same || asked) && businessStatus ? { businessStatus } : {}),
  };
}

/** Other progress, whoever says so, is no answer to who asked to stop. */
function stillAsked(before: Task, after: Task): Partial<Task> {
  const asked = wantsCancel(before) && before.businessStatus && !isTerminal(after.status);
  return asked ? { businessStatus: before.businessStatus as NonNullable<Task['businessStatus']> } : {};
}

/**
 * Who sends back what was read sends its time along, which is not the time of the update, what the hub observed, and that it
 * is asked to stop, which nobody is who has ended.
 */
function newlySaid(before: Task, after: Task & { id: string }): Task & { id: string } {
  const { lastModified, businessStatus, ...said } = after;
  return {
    ...said,
    ...(lastModified && lastModified !== before.lastModified ? { lastModified } : {}),
    ...(businessStatus && !isTheHubs(after) ? { businessStatus } : {}),
  };
}

function isTheHubs(task: Task): boolean {
  return isObserved(task) || (isTerminal(task.status) && wantsCancel(task));
}

/** Whether two versions of a Task say the same, apart from when they were written. Pure. */
export function saysTheSame(before: Task, after: Task): boolean {
  return isDeepStrictEqual(substance(before), substance(after));
}

function substance(task: Task): unknown {
  const { meta: _meta, lastModified: _lastModified, text: _text, ...rest } = task;
  return plain(rest);
}

/** @param isSame whether two stand for the same, though they do not say the same */
function union<T>(
  before: T[] | undefined,
  after: T[] | undefined,
  isSame: (known: T, each: T) => boolean = () => false,
): T[] | undefined {
  if (!before || !after) return before ?? after;
  const isKnown = (each: T) => (known: T) => isSame(known, each) || isDeepStrictEqual(plain(known), plain(each));
  const added = after.filter((each) => !before.some(isKnown(each)));
  return [...before, ...added];
}

function pick<Name extends keyof Task>(task: Task, names: readonly Name[]): Partial<Task> {
  return Object.fromEntries(
    names.filter((name) => task[name] !== undefined).map((name) => [name, task[name]]),
  ) as Partial<Task>;
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
