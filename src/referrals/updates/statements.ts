import { isDeepStrictEqual } from 'node:util';
import type { Annotation, CodeableConcept, Task, TaskOutput } from '@medplum/fhirtypes';
import { SDOHCC_CODES, SYSTEMS } from '../../loops/words.ts';

/** Something that an update newly says in a Task, and that is not for everybody who reads the Task. */
export interface Statement {
  /** Where it was said, in FHIRPath. */
  readonly element: string;
  readonly concepts: readonly CodeableConcept[];
  /** What it says beside, in words. */
  readonly text: string | undefined;
}

/** The labels of what is said, none where it is for everybody. */
export type LabelsOfSaid = (said: object) => readonly string[];

/** Stands in a Task for what is said elsewhere. */
export const ELSEWHERE = 'Said in a message about this Task, to those whom consent lets know it.';

/** Where in the Task what an output told is found. @param statement what is taken out of it */
type Refer = (statement: Statement) => Promise<string>;

/**
 * Takes what is newly said and labelled out of a Task. What is left says the same to whoever steers by it: status, our own
 * codes, that there is an output, and what it refers to.
 * @param refer keeps a statement, and says by which reference
 */
export async function withoutLabelled(before: Task, task: Task, labels: LabelsOfSaid, refer: Refer): Promise<Task> {
  const after: Task = { ...task };
  for (const name of ['statusReason', 'businessStatus'] as const) {
    const said = task[name];
    if (!said || labels(said).length === 0 || isOurs(said) || same(said, before[name])) continue;
    await refer({ element: `Task.${name}`, concepts: [said], text: undefined });
    after[name] = { ...ourCodes(said), text: ELSEWHERE };
  }
  const outputs: TaskOutput[] = [];
  for (const output of task.output ?? []) {
    const left = await apart(output, before, labels, refer);
    // Said again it is there already.
    if (left === output || !outputs.some((known) => same(known, left))) outputs.push(left);
  }
  if (task.output) after.output = outputs;
  const notes: Annotation[] = [];
  for (const note of task.note ?? []) {
    const isNew = labels(note).length > 0 && !before.note?.some((known) => same(known, note));
    if (isNew) await refer({ element: 'Task.note', concepts: [], text: note.text });
    else notes.push(note);
  }
  if (notes.length < (task.note ?? []).length) after.note = notes;
  if (after.note?.length === 0) delete after.note;
  return after;
}

async function apart(output: TaskOutput, before: Task, labels: LabelsOfSaid, refer: Refer): Promise<TaskOutput> {
  const { type, valueReference, ...value } = output;
  if (labels(valueReference ? { type } : output).length === 0) return output;
  if (before.output?.some((known) => same(known, output))) return output;
  const { valueCodeableConcept, ...others } = value;
  const statement: Statement = {
    element: 'Task.output',
    concepts: [type, ...(valueCodeableConcept ? [valueCodeableConcept] : [])],
    text: inWords(others),
  };
  const reference = await refer(statement);
  return { type: ADDITIONAL, valueReference: valueReference ?? { reference } };
}

const ADDITIONAL: CodeableConcept = {
  coding: [{ system: SDOHCC_CODES, code: 'additional-content', display: 'Additional Content' }],
};

/** The value of an output that is no concept: nothing of it is lost. */
function inWords(value: object): string | undefined {
  const [first] = Object.entries(value).flatMap(([name, said]: [string, unknown]) =>
    name.startsWith('value') ? [typeof said === 'object' ? JSON.stringify(said) : String(said)] : [],
  );
  return first;
}

const OURS: ReadonlySet<string> = new Set([SYSTEMS.progress, SYSTEMS.outcome, SYSTEMS.declineReason]);

/** What is said in codes by which referrals are steered, and in nothing else. */
function isOurs({ coding = [], text }: CodeableConcept): boolean {
  return (text === undefined || text === ELSEWHERE) && coding.every(({ system }) => OURS.has(system ?? ''));
}

function ourCodes({ coding = [] }: CodeableConcept): CodeableConcept {
  const ours = coding.filter(({ system }) => OURS.has(system ?? ''));
  return ours.length > 0 ? { coding: ours } : {};
}

function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
