/** Who is or was asked, and where that stands. */
interface Asked {
  readonly organizationId: string;
  readonly status: string;
}

const OUT: ReadonlySet<string> = new Set(['rejected', 'failed', 'cancelled', 'entered-in-error']);

/** Whether who was asked has no part in a referral any more: it is not shown the loop. Pure. */
export function isOut(status: string): boolean {
  return OUT.has(status);
}

/** The organizations a loop is a matter of: who sent it, and who is asked or has taken it on. Pure. */
export function partiesOf(senderOrg: string, legs: readonly Asked[]): string[] {
  const asked = legs.filter(({ status }) => !isOut(status)).map(({ organizationId }) => organizationId);
  return [...new Set([senderOrg, ...asked])].sort();
}

/** A step of who was asked, or of who asked. */
interface StepTaken {
  readonly to: string;
  readonly by: string | null;
}

/** Whether an organization accepted and gave that back itself, before it began; from the steps of its Task, oldest first. Pure. */
export function isTakenBack(steps: readonly StepTaken[], organizationId: string): boolean {
  const last = steps.at(-1);
  const gaveUp = last?.by === organizationId && (last.to === 'failed' || last.to === 'cancelled');
  const said = new Set(steps.map(({ to }) => to));
  return gaveUp && said.has('accepted') && !said.has('in-progress');
}
