import { expect } from '@jest/globals';
import type { Communication, Task } from '@medplum/fhirtypes';
import { fireDue } from '../../src/deadlines/fire.ts';
import type { LoopDetail, LoopSummary, TimelineEntry } from '../../src/loops/api.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { call, done, found } from '../support/api.ts';
import type { TestClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import type { TestHub } from '../support/hub.ts';
import type { Partner } from '../support/network.ts';

/** Deadlines are worked off when the test says so, not by a worker's own timer. */
export const BY_HAND = { DEADLINE_INTERVAL_MS: '3600000' };

/**
 * Does what is due, once nothing is just being sent: that holds its loop's rows, and a worker leaves what others hold
 * for its next turn. Nothing may fail on the way.
 * @returns how many rungs were done
 */
export async function fire({ deps }: TestHub): Promise<number> {
  await eventually(async () => {
    expect(await deps.db.query(`SELECT kind FROM delivery WHERE status = 'sending'`)).toEqual([]);
  });
  return fireDue(deps, (thrown) => {
    throw thrown;
  });
}

/** Lets time go on once everything that was to be sent is settled: else it would be on its way when the next is due. */
export async function passTo({ deps }: TestHub, clock: TestClock, moment: string): Promise<void> {
  await settled(deps);
  clock.set(moment);
}

export async function settled(deps: TestHub['deps']): Promise<void> {
  await eventually(async () => {
    const open = await deps.db.query(
      `SELECT kind FROM delivery WHERE settled_at IS NULL AND last_code IS DISTINCT FROM 'awaits-reader'`,
    );
    expect(open).toEqual([]);
  });
}

/** The closing messages that are due have been tried: what is open waits for a later time. */
export async function closingsTried({ deps }: TestHub): Promise<void> {
  await eventually(async () => {
    const due = await deps.db.query(
      `SELECT status FROM delivery WHERE kind = 'closing' AND settled_at IS NULL AND (next_at IS NULL OR next_at <= $1)
        AND last_code IS DISTINCT FROM 'awaits-reader'`,
      [deps.now()],
    );
    expect(due).toEqual([]);
  });
}

export async function loopOf(hub: TestHub, id: string): Promise<LoopDetail> {
  const { body } = await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`);
  return body;
}

export async function listed(hub: TestHub, query: string): Promise<LoopSummary[]> {
  const { body } = await call<{ loops: LoopSummary[] }>('GET', `${hub.url}/api/loops?${query}`);
  return body.loops;
}

type Escalation = Extract<TimelineEntry, { kind: 'escalation' }>;

/** What was done because nothing came, in order: the rung, and what came of it where that is not that it was done. */
export async function escalations(hub: TestHub, id: string): Promise<string[]> {
  const { timeline } = await loopOf(hub, id);
  const told = timeline.filter((entry): entry is Escalation => entry.kind === 'escalation');
  return told.map(({ what, result }) => (result === 'done' ? what : `${what}: ${result}`));
}

export async function inbox(hub: TestHub, agency: Partner): Promise<(Task & { id: string })[]> {
  const query = `owner=Organization/${agency.id}&status=requested`;
  return found<Task>(await call('GET', `${hub.fhir}/Task?${query}`, { token: agency.token }));
}

export function report(
  hub: TestHub,
  agency: Partner,
  task: Task & { id: string },
  change: Partial<Task>,
): Promise<Task & { id: string }> {
  return done<Task>(
    call('PUT', `${hub.fhir}/Task/${task.id}`, {
      token: agency.token,
      headers: { 'if-match': `W/"${task.meta?.versionId}"` },
      body: { ...task, ...change },
    }),
  );
}

/** What the hub has said about a Task, as somebody may read it. */
export async function messages(hub: TestHub, token: string | undefined): Promise<(Communication & { id: string })[]> {
  return found<Communication>(await call('GET', `${hub.fhir}/Communication?_sort=sent`, { token }));
}

/** Every loop, and what is awaited of it, is what its records make of it. */
export async function doctor({ deps }: TestHub): Promise<void> {
  expect(await checkLoops(deps.db, deps)).toMatchObject({ differed: [] });
}
