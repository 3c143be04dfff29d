import { deserialize, serialize } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import { AppError } from '../../errors.ts';
import { evaluatePath, remember } from '../fhirpath.ts';
import { markOf } from './marks.ts';
import type { Answered, Asked, Carried, Unusable } from './messages.ts';
import type { PathBudget } from './question.ts';

/** What comes back is read in the thread that serves requests: more than this would be noticed there. */
const MOST_BYTES = 2_000_000;

/** A thread that evaluates FHIRPath expressions: whatever they take, nobody else waits for them. */
parentPort?.on('message', (asked: Asked) => parentPort?.postMessage(answer(asked)));
parentPort?.postMessage({ ready: true } satisfies Answered);

function answer(asked: Asked): Answered {
  const { leftMs, longestMs } = asked;
  const budget: PathBudget = { now: new Date(asked.now), leftMs, longestMs };
  const failed: Unusable[] = [];
  const begun = performance.now();
  const said = (values: Carried | undefined, unusable?: Unusable): Answered => ({
    tookMs: performance.now() - begun,
    failed,
    values,
    unusable,
  });
  try {
    const values = valuesOf(asked, budget, failed);
    const bytes = serialize(values);
    if (bytes.byteLength <= MOST_BYTES) return said({ bytes, marks: values.map(markOf) });
    const text = `This FHIRPath expression cannot be evaluated. Its values are longer than ${MOST_BYTES} bytes.`;
    return said(undefined, { text, place: asked.place });
  } catch (thrown) {
    return said(undefined, unusableOf(thrown, asked.place));
  }
}

function valuesOf(asked: Asked, budget: PathBudget, failed: Unusable[]): unknown[] {
  const variables = new Map<string, unknown>();
  for (const binding of asked.bindings) {
    if ('value' in binding) variables.set(binding.name, unpacked(binding.value));
    else {
      const question = { ...binding.formula, focus: variables.get('resource'), variables };
      variables.set(
        binding.name,
        orFailed(failed, binding.formula.place, () => evaluatePath(budget, question)),
      );
    }
  }
  const { expression, place, base } = asked;
  const focus = asked.focus ? unpacked(asked.focus) : variables.get('resource');
  return evaluatePath(budget, { expression, place, base, focus, variables });
}

function orFailed(failed: Unusable[], place: string, evaluate: () => unknown[]): unknown[] {
  try {
    return evaluate();
  } catch (thrown) {
    failed.push(unusableOf(thrown, place));
    return [];
  }
}

function unpacked({ bytes, marks }: Carried): unknown {
  const value: unknown = deserialize(bytes);
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [at, mark] of marks.entries()) if (mark) remember(parts[at], mark);
  return value;
}

/** @throws what is a fault of ours */
function unusableOf(thrown: unknown, place: string): Unusable {
  if (!(thrown instanceof AppError)) throw thrown;
  return { text: thrown.outcome.issue[0]?.details?.text ?? thrown.message, place };
}
