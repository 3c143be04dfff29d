import { deserialize, serialize } from 'node:v8';
import { AppError } from '../../errors.ts';
import type { Mark } from './marks.ts';
import type { Asked, Carried, CarriedBinding, Unusable } from './messages.ts';
import { neededBy, type PathBudget, type PathQuestion } from './question.ts';
import { openThread, type ThreadLimits, USUAL_LIMITS } from './thread.ts';

/** What an expression gives, and which of the formulas it uses failed (they stood for nothing). */
export interface Evaluated {
  /** Copies: they may be changed. */
  readonly values: unknown[];
  readonly failed: readonly AppError[];
}

/**
 * Evaluates FHIRPath expressions in a thread of their own, one after another: whatever somebody wrote into a
 * questionnaire or a plan, requests are served meanwhile.
 */
export interface PathRunner {
  /** @throws AppError (422) that says why an expression cannot be evaluated, and where it stands, (429) when too many wait */
  readonly evaluate: (budget: PathBudget, question: PathQuestion) => Promise<Evaluated>;
  readonly close: () => Promise<void>;
}

/**
 * The thread is started when the first expression comes, and again when one has brought it down.
 * @param limits other than the usual ones
 */
export function openPathRunner(limits: Partial<ThreadLimits> = {}): PathRunner {
  const thread = openThread({ ...USUAL_LIMITS, ...limits });
  const packer = makePacker();
  return {
    evaluate: async (budget, question) => {
      let begun: number | undefined;
      const asking = thread.ask(question.place, () => {
        begun = performance.now();
        return pack(packer, budget, question);
      });
      const { answer, packMs } = await asking.catch((thrown: unknown) => {
        // An expression that has ended the thread took its time, too.
        if (begun !== undefined) budget.leftMs -= performance.now() - begun;
        throw thrown;
      });
      budget.leftMs -= answer.tookMs + packMs;
      if (answer.unusable) throw refusalOf(answer.unusable);
      return { values: packer.unpack(answer.values), failed: answer.failed.map(refusalOf) };
    },
    close: () => thread.close(),
  };
}

function pack({ packed, packedOnce }: Packer, { now, leftMs, longestMs }: PathBudget, question: PathQuestion): Asked {
  const { expression, place, focus, base } = question;
  const needed = neededBy(expression, question.bindings);
  const resource = needed.find((each) => each.name === 'resource' && 'value' in each);
  const isResource = resource && 'value' in resource && resource.value === focus;
  const bindings = needed.map((each): CarriedBinding => {
    if ('formula' in each) return { name: each.name, formula: each.formula };
    // The resource is being made: it is another one each time.
    return { name: each.name, value: each === resource ? packed(each.value) : packedOnce(each.value) };
  });
  return {
    expression,
    place,
    base,
    bindings,
    focus: isResource ? undefined : packed(focus),
    now: now.toISOString(),
    leftMs,
    longestMs,
  };
}

interface Packer {
  readonly packed: (value: unknown) => Carried;
  /** For what does not change: it is written down once, however often it is used. */
  readonly packedOnce: (value: unknown) => Carried;
  readonly unpack: (carried: Carried | undefined) => unknown[];
}

function makePacker(): Packer {
  // What values are parts of is kept beside them, not on them: they belong to others.
  const marks = new WeakMap<object, Mark>();
  const kept = new WeakMap<object, Carried>();
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const marksOf = (value: unknown): (Mark | undefined)[] => {
    const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
    const found = parts.map((part) => (isObject(part) ? marks.get(part) : undefined));
    return found.some((mark) => mark !== undefined) ? found : [];
  };
  const packed = (value: unknown): Carried => ({ bytes: serialize(value ?? []), marks: marksOf(value) });
  const packedOnce = (value: unknown): Carried => {
    const known = isObject(value) ? kept.get(value) : undefined;
    if (known) return known;
    const { bytes, marks } = packed(value);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
    shared.set(bytes);
    const carried = { bytes: shared, marks };
    if (isObject(value)) kept.set(value, carried);
    return carried;
  };
  const unpack = (carried: Carried | undefined): unknown[] => {
    const values = carried ? (deserialize(carried.bytes) as unknown[]) : [];
    for (const [at, value] of values.entries()) {
      const mark = carried?.marks[at];
      if (mark && isObject(value)) marks.set(value, mark);
    }
    return values;
  };
  return { packed, packedOnce, unpack };
}

function refusalOf({ text, place }: Unusable): AppError {
  return new AppError('unprocessable', 'expression.not-usable', text, { issues: [{ text, expression: place }] });
}
