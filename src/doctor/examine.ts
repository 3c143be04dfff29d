import { setTimeout as passed } from 'node:timers/promises';
import { CHECKS, type Check, type DoctorDeps } from './checks.ts';

/** Something that does not hold. */
export interface Finding {
  readonly check: string;
  /** What it is about: an id, or the name of a resource. */
  readonly subject: string;
  readonly says: string;
  readonly mend: string;
}

export interface Verdict {
  readonly ok: boolean;
  readonly checks: number;
  readonly findings: readonly Finding[];
}

const PAUSE_MS = 3_000;

/**
 * Examines the store as it stands, while the hub goes on; nothing is changed. What is found is looked for once more: what
 * was only under way is not found again.
 * @param pauseMs how long it has for that
 */
export async function examine(deps: DoctorDeps, pauseMs = PAUSE_MS): Promise<Verdict> {
  const findings: Finding[] = [];
  for (const check of CHECKS) findings.push(...(await found(check, deps, pauseMs)));
  return { ok: findings.length === 0, checks: CHECKS.length, findings };
}

async function found({ name, says, mend, find }: Check, deps: DoctorDeps, pauseMs: number): Promise<Finding[]> {
  const first = await find(deps);
  if (first.length === 0) return [];
  await passed(pauseMs);
  const again = new Set(await find(deps));
  return first.filter((each) => again.has(each)).map((subject) => ({ check: name, subject, says, mend }));
}

/** A verdict as lines for people: one for each finding, with what mends it. Pure. */
export function linesOf({ checks, findings }: Verdict): string[] {
  const lines = findings.map(({ check, subject, says, mend }) => `${check}: ${subject} ${says}. Mend: ${mend}`);
  return [...lines, `${checks} checks, ${findings.length} findings`];
}
