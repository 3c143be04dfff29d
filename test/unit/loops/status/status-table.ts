import type { Side } from '../../../../src/loops/status/transition.ts';
import type { TaskStatus } from '../../../../src/loops/words.ts';

/**
 * Who may make which step of a referral Task. R: the requester's side, O: the owner, O+: the owner, with a step implied
 * before it, ask: the requester's request, for the owner to answer.
 */
const TABLE = `
  from              draft  requested  accepted  rejected  in-progress  on-hold  completed  failed  cancelled  entered-in-error
  draft             =      R          -         -         -            -        -          -       -          R
  requested         -      =          O         O         O+           -        O+         -       RO         R
  accepted          -      -          =         -         O            O        O          O       RO         R
  rejected          -      -          -         =         -            -        -          -       -          -
  in-progress       -      -          -         -         =            O        O          O       O,ask      R
  on-hold           -      -          -         -         O            =        O          O       RO         R
  completed         -      -          -         -         -            -        =          -       -          -
  failed            -      -          -         -         -            -        -          =       -          -
  cancelled         -      -          -         -         -            -        -          -       =          -
  entered-in-error  -      -          -         -         -            -        -          -       -          =`;

const [HEAD = [], ...ROWS] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

export const CELLS = ROWS.flatMap(([from, ...cells]) =>
  cells.map((cell, at) => ({ from: from as TaskStatus, to: HEAD[at + 1] as TaskStatus, cell })),
);

export const SIDES: readonly Side[] = ['requester', 'owner'];

/** What a cell says for one side. */
export function wantedIn(cell: string, side: Side): 'same' | 'one step' | 'two steps' | 'cancel-request' | 'refused' {
  if (cell === '=') return 'same';
  if (cell === 'O,ask') return side === 'owner' ? 'one step' : 'cancel-request';
  if (cell === 'O+') return side === 'owner' ? 'two steps' : 'refused';
  return cell.includes(side === 'owner' ? 'O' : 'R') ? 'one step' : 'refused';
}

/** Statuses that say nothing without a reason. */
export const WITH_REASON: readonly string[] = ['rejected', 'cancelled', 'on-hold', 'failed'];

/** What a side may go to from a status, in the order of the table. */
export function nextIn(from: string, side: Side): TaskStatus[] {
  return CELLS.filter(
    (each) => each.from === from && ['one step', 'two steps'].includes(wantedIn(each.cell, side)),
  ).map(({ to }) => to);
}
