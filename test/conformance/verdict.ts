import type { Because, Verdict } from './requirement.ts';
import type { Answer } from './server/answer.ts';

/** What a check throws when the server does not do what is asked: the reason, without ids and addresses. */
export class Unmet extends Error {}

/** @throws Unmet with the sentence, unless it holds */
export function require(holds: unknown, sentence: string): asserts holds {
  if (!holds) throw new Unmet(sentence);
}

/**
 * @param asked what was asked, in words, e.g. `GET Patient/[id]`
 * @throws Unmet when the status is another one
 */
export function requireStatus(answer: Answer, expected: readonly number[], asked: string): void {
  require(expected.includes(answer.status), `${asked} was answered ${answer.status}, not ${expected.join(' or ')}.`);
}

export function pass(reason: string): Verdict {
  return { result: 'pass', reason };
}

export function notApplicable(because: Because, reason: string): Verdict {
  return { result: 'not applicable', because, reason };
}
