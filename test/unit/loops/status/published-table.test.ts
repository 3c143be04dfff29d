import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { type Side, transition } from '../../../../src/loops/status/transition.ts';
import { isTerminal, TASK_STATUSES, type TaskStatus } from '../../../../src/loops/words.ts';

/** The state machine of SDOH Clinical Care as published, kept beside this repository. */
const FILE = fileURLToPath(
  new URL('../../../../../shared/ig/state-machines/sdohcc-referral-task.json', import.meta.url),
);
const here = existsSync(FILE);
if (!here) process.stderr.write(`${FILE} is not here: our table is not compared with the published one.\n`);

interface Published {
  readonly allowedStatuses: readonly string[];
  readonly terminal: readonly string[];
  readonly transitions: Readonly<Record<string, Readonly<Record<string, readonly Side[]>>>>;
  readonly statusReasonShouldBePresentFor: readonly string[];
}

/** Where we differ, and why. */
const DELIBERATE: Readonly<Record<string, string>> = {
  'requested → in-progress by owner': 'small agencies leave out accepting: the hub records it as implied',
  'requested → completed by owner': 'likewise',
  'in-progress → cancelled by requester': 'after work began it is a request, which the owner answers',
  'completed → entered-in-error by requester': 'what has ended stays as it ended',
  'failed → entered-in-error by requester': 'likewise',
  'rejected → entered-in-error by requester': 'likewise',
  'cancelled → entered-in-error by requester': 'likewise',
};

function steps(allowed: (from: TaskStatus, to: TaskStatus, side: Side) => boolean): string[] {
  const sides: readonly Side[] = ['requester', 'owner'];
  const all = TASK_STATUSES.flatMap((from) =>
    TASK_STATUSES.flatMap((to) => sides.map((side) => ({ from, to, side, name: `${from} → ${to} by ${side}` }))),
  );
  return all.filter(({ from, to, side }) => from !== to && allowed(from, to, side)).map(({ name }) => name);
}

(here ? test : test.skip)('our table is the published one, but for the differences we chose', () => {
  const published = JSON.parse(readFileSync(FILE, 'utf8')) as Published;
  expect([...TASK_STATUSES].sort()).toEqual([...published.allowedStatuses].sort());
  expect(TASK_STATUSES.filter(isTerminal).sort()).toEqual([...published.terminal].sort());

  const theirs = steps((from, to, side) =>
    [published.transitions[from]?.[to], published.transitions['*']?.[to]].some((who) => who?.includes(side)),
  );
  const ours = steps((from, to, side) => transition(from, to, side, 'because').kind === 'steps');
  const different = [...new Set([...theirs, ...ours])].filter((step) => theirs.includes(step) !== ours.includes(step));
  expect(different.sort()).toEqual(Object.keys(DELIBERATE).sort());

  const needReason = TASK_STATUSES.filter((to) =>
    TASK_STATUSES.some(
      (from) =>
        transition(from, to, 'owner', undefined).kind === 'refused' &&
        transition(from, to, 'owner', 'because').kind === 'steps',
    ),
  );
  expect(needReason.sort()).toEqual([...published.statusReasonShouldBePresentFor].sort());
});
