const LONGEST_PAUSE_MS = 3_600_000;
/** How far the clock of a server may be behind what it says of when it changed something. */
const MARGIN_MS = 120_000;
/** A server keeps what was ever written to the hub: all of it would be more each day. */
const MESSAGES_BACK_MS = 30 * 24 * 3_600_000;
/** How often everything is asked for, and what has ended. */
export const WHOLE_EVERY_MS = 24 * 3_600_000;

/**
 * When a server is asked again: at the usual interval, and after failures later each time. Pure.
 * @param failures how many there were in a row
 * @param notBefore what the server has asked for
 * @param chance 0 to 1: spreads it by ±10 %, so that not all are asked at one moment
 */
export function nextTurn(now: Date, { intervalMs, failures, notBefore, chance }: NextTurn): Date {
  const pause = Math.min(intervalMs * 2 ** Math.min(failures, 20), Math.max(LONGEST_PAUSE_MS, intervalMs));
  const spread = pause * (0.9 + 0.2 * chance);
  const asked = notBefore ? notBefore.getTime() - now.getTime() : 0;
  return new Date(now.getTime() + Math.min(Math.max(asked, spread), Math.max(LONGEST_PAUSE_MS, 2 * pause)));
}

interface NextTurn {
  readonly intervalMs: number;
  readonly failures: number;
  readonly notBefore?: Date | undefined;
  readonly chance: number;
}

/** Since when changes are asked for the next time, when a server has answered by its clock. Pure. */
export function sinceOf(asOf: Date): Date {
  return new Date(asOf.getTime() - MARGIN_MS);
}

/**
 * Since when messages are asked for where everything is. Pure.
 * @param heard until when what has changed there was heard; null: nothing was
 * @returns undefined: whenever they were written
 */
export function messagesFrom(now: Date, heard: Date | null): Date | undefined {
  return heard ? new Date(Math.min(now.getTime() - MESSAGES_BACK_MS, heard.getTime())) : undefined;
}

/** Whether everything is asked for: at first, and once a day, lest something was passed over. Pure. */
export function isWhole(now: Date, wholeAt: Date | null): boolean {
  return wholeAt === null || now.getTime() - wholeAt.getTime() >= WHOLE_EVERY_MS;
}
