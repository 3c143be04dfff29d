import { createContext, Script } from 'node:vm';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { AppError } from '../errors.ts';
import { type Mark, nodesOf } from './expressions/marks.ts';
import { isVariableName, type PathBudget } from './expressions/question.ts';

/** One expression, and what it is asked of. */
export interface PathQuestion {
  readonly expression: string;
  /** Where the expression stands, as a FHIRPath, e.g. `Questionnaire.item[2].extension[0]`. */
  readonly place: string;
  /** What the path begins at. */
  readonly focus: unknown;
  /** The path of the focus in its resource, when it is a part of one: types of `value[x]` are known by it. */
  readonly base?: string | undefined;
  /** Environment variables (`%name`), `%resource` among them. */
  readonly variables: ReadonlyMap<string, unknown>;
}

const LONGEST_EXPRESSION = 4_000;
const MOST_VALUES = 1_000;
const MOST_KEPT = 1_000;

/**
 * The values of a FHIRPath expression. Those that are objects are parts of what was asked: copy before you change.
 * It reaches no network, writes no trace, and ends when its time is over, whatever the expression is.
 * @throws AppError (422) that says why it cannot be evaluated, and where it stands
 * @see https://hl7.org/fhirpath/N1/
 */
export function evaluatePath(budget: PathBudget, question: PathQuestion): unknown[] {
  const { expression, place } = question;
  if (expression.length > LONGEST_EXPRESSION)
    throw unusable(place, `It is longer than ${LONGEST_EXPRESSION} characters.`);
  const timeout = Math.floor(Math.min(budget.leftMs, budget.longestMs));
  if (timeout < 1) throw unusable(place, 'The expressions before it took all the time there is for one call.');
  const begun = performance.now();
  try {
    const values = within(timeout, () =>
      compiled(expression, question.base)(question.focus, asRecord(question.variables), optionsAt(budget.now)),
    );
    // What every object has (`name.constructor`, `%toString`) is no data.
    if (values.some((value) => typeof value === 'function')) throw new TypeError('not data');
    if (values.length <= MOST_VALUES) return values.map(asWritten);
  } catch (thrown) {
    throw unusable(place, reasonOf(thrown), thrown);
  } finally {
    budget.leftMs -= performance.now() - begun;
  }
  throw unusable(place, `It has more than ${MOST_VALUES} values.`);
}

/** Whether an expression holds: `true` is its only value. */
export function holds(budget: PathBudget, question: PathQuestion): boolean {
  const values = evaluatePath(budget, question);
  return values.length === 1 && values[0] === true;
}

/**
 * Has the engine know again what a value was a part of, as it knew when it gave it. Values that are given as a focus or
 * as a variable come from somewhere else.
 */
export function remember(value: unknown, { path, within: outers }: Mark): void {
  if (typeof value !== 'object' || value === null) return;
  compiled('$this', path)(value, {}, {});
  const known = (value as { __path__?: { parentResNode?: unknown } }).__path__;
  if (known) known.parentResNode = nodesOf(outers);
}

type Evaluate = (focus: unknown, variables: Record<string, unknown>, options: object) => unknown[];

const kept = new Map<string, Evaluate>();

/** Each expression is read once; those not asked for longest are forgotten. */
function compiled(expression: string, base: string | undefined): Evaluate {
  const key = `${base ?? ''} ${expression}`;
  const known = kept.get(key);
  const evaluate = known ?? (fhirpath.compile(base ? { base, expression } : expression, r4, {}) as Evaluate);
  kept.delete(key);
  kept.set(key, evaluate);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  return evaluate;
}

function asRecord(variables: ReadonlyMap<string, unknown>): Record<string, unknown> {
  return Object.fromEntries([...variables].filter(([name]) => isVariableName(name)));
}

/** FHIRPath writes UTC as `-00:00`, which FHIR does not know. */
function asWritten(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^([\d-]{4,10}T[\d:.]{2,20})-00:00$/, '$1Z') : value;
}

/** `now()` is what the store's clock says, and `trace()` writes nothing: what it would write is of a person. */
function optionsAt(now: Date): object {
  const instant = now.toISOString();
  return {
    preciseMath: true,
    traceFn: () => undefined,
    userInvocationTable: {
      now: { fn: () => literal(`@${instant}`), arity: { 0: [] } },
      today: { fn: () => literal(`@${instant.slice(0, 10)}`), arity: { 0: [] } },
      timeOfDay: { fn: () => literal(`@T${instant.slice(11, 23)}`), arity: { 0: [] } },
    },
  };
}

function literal(text: string): unknown[] {
  return fhirpath.evaluate({}, text, {}, r4, { resolveInternalTypes: false });
}

const room = createContext({ work: undefined as (() => unknown) | undefined });
const run = new Script('work()');

/** Runs work that ends when its time is over, also inside of a regular expression. */
function within<T>(timeout: number, work: () => T): T {
  room.work = work;
  try {
    return run.runInContext(room, { timeout }) as T;
  } finally {
    room.work = undefined;
  }
}

function reasonOf(thrown: unknown): string {
  const { code, message = '' } = thrown as { code?: unknown; message?: string };
  if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'It takes too long.';
  const [, variable] = /undefined environment variable: ([\w-]{1,64})/.exec(message) ?? [];
  if (variable) return `There is no variable %${variable} here.`;
  const [, called] = /asynchronous function "(\w{1,64})" is not allowed/.exec(message) ?? [];
  if (called) return `${called}() would have to ask elsewhere, which expressions here may not.`;
  const [, column] = /^line: 1; column: (\d+)/.exec(message) ?? [];
  return column
    ? `It is not FHIRPath from its character ${Number(column) + 1} on.`
    : 'It does not fit what it is asked of.';
}

function unusable(place: string, why: string, cause?: unknown): AppError {
  const text = `This FHIRPath expression cannot be evaluated. ${why}`;
  return new AppError('unprocessable', 'expression.not-usable', text, { issues: [{ text, expression: place }], cause });
}
