import type { CodeableConcept, TaskOutput } from '@medplum/fhirtypes';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { refersToSame, standingOutputs } from '../../loops/status/outputs.ts';
import { rollUp } from '../../loops/status/roll-up.ts';
import {
  asBusinessStatus,
  isTerminal,
  outcomeNamed,
  type Progress,
  progressOf,
  remainsOf,
  SYSTEMS,
  type TaskStatus,
  wantsCancel,
  withoutObserved,
  withRemains,
} from '../../loops/words.ts';
import { legsOf } from '../ask-next.ts';
import { putByHub, type ReferralDeps, recordConsequence, type StoredTask, sameStatus } from '../task-changes.ts';
import { saysTheSame } from './task-fields.ts';
import { tellSenderIfNews } from './tell-sender.ts';

/** Rolls the legs up into the root Task and tells the sender what is new. */
export async function bringUp(unit: UnitOfWork, deps: ReferralDeps, stored: StoredTask): Promise<void> {
  // What the hub observes it says of each Task itself.
  const root = withoutObserved(stored);
  const legs = (await legsOf(unit, root.id)).map(withoutObserved);
  const { status, progress } = rolledUp(root, legs);
  const outputs = legs.flatMap((leg) => leg.output ?? []);
  const next = withoutUndefined({
    ...root,
    status,
    businessStatus: progress === undefined ? root.businessStatus : inWords(progress, legs),
    output: merged(root.output, outputs),
    statusReason: reasonFor(status, root, legs),
  });
  if (saysTheSame(root, next)) return;
  const written = await putByHub(unit, next);
  recordRollUp(unit, deps, root, written);
  tellSenderIfNews(unit, root, written);
}

/** Why the referral waits, or was stopped, is what who waits or stopped says; another status has no use for it. */
function reasonFor(
  status: TaskStatus,
  root: StoredTask,
  legs: readonly StoredTask[],
): StoredTask['statusReason'] | undefined {
  if (status === 'cancelled') return legs.at(-1)?.statusReason;
  if (status === 'completed') return endedWith(howProvided(legs) ?? root.statusReason, remainder(legs));
  if (status === 'on-hold') return legs.find((leg) => leg.status === 'on-hold')?.statusReason;
  return root.status === 'on-hold' ? undefined : root.statusReason;
}

function endedWith(reason: StoredTask['statusReason'], remains: string | undefined): StoredTask['statusReason'] {
  return remains ? withRemains(reason ?? {}, remains) : reason;
}

/** What remains of each part, where somebody says so. */
function remainder(legs: readonly StoredTask[]): string | undefined {
  const texts = legs.filter(({ status }) => isTerminal(status)).map(remainsOf);
  return [...new Set(texts.filter((each) => each !== undefined))].join('\n') || undefined;
}

/** How it was provided, where those who did it have coded that: where they differ, in part. */
function howProvided(legs: readonly StoredTask[]): StoredTask['statusReason'] | undefined {
  const coded = legs.filter((leg) => leg.status === 'completed' && outcomeNamed(leg) !== undefined);
  const codes = new Set(coded.map(outcomeNamed));
  const [first] = coded;
  if (codes.size < 2) return first?.statusReason;
  return (
    coded.find((leg) => outcomeNamed(leg) === 'partially-provided')?.statusReason ?? {
      coding: [{ system: SYSTEMS.outcome, code: 'partially-provided' }],
    }
  );
}

/** A request to cancel that all legs have answered ends the referral; otherwise the legs say where it stands. */
function rolledUp(
  root: StoredTask,
  legs: readonly StoredTask[],
): { status: TaskStatus; progress: Progress | null | undefined } {
  const stopped =
    wantsCancel(root) &&
    legs.every((leg) => isTerminal(leg.status)) &&
    !legs.some(({ status }) => status === 'completed');
  if (stopped && !isTerminal(root.status)) return { status: 'cancelled', progress: null };
  const rolled = rollUp(root.status as TaskStatus, legs.map(legState));
  return wantsCancel(root) && !isTerminal(rolled.status) ? { ...rolled, progress: 'cancel-requested' } : rolled;
}

function legState(leg: StoredTask): { status: TaskStatus; progress: string | undefined; hasOutput: boolean } {
  return { status: leg.status as TaskStatus, progress: progressOf(leg), hasOutput: standingOutputs(leg).length > 0 };
}

/** The root follows the strict table too: what its legs skipped over is recorded as implied. */
function recordRollUp(unit: UnitOfWork, deps: ReferralDeps, before: StoredTask, after: StoredTask): void {
  if (before.status === after.status) {
    if (progressOf(before) !== progressOf(after)) recordConsequence(unit, deps, after.id, after, [sameStatus(after)]);
    return;
  }
  const from = before.status as TaskStatus;
  const to = after.status as TaskStatus;
  const implied = from === 'requested' && (to === 'in-progress' || to === 'completed');
  if (implied)
    recordConsequence(unit, deps, after.id, after, [
      { from, to: 'accepted', implied: true },
      { from: 'accepted', to, implied: false },
    ]);
  else recordConsequence(unit, deps, after.id, after, [{ from, to, implied: false }]);
}

/** Progress as the leg it comes from says it, which may be in the words of its organization. */
function inWords(progress: Progress | null, legs: readonly StoredTask[]): CodeableConcept | undefined {
  if (!progress) return undefined;
  return legs.find((leg) => progressOf(leg) === progress)?.businessStatus ?? asBusinessStatus(progress);
}

function merged(known: TaskOutput[] | undefined, added: TaskOutput[]): TaskOutput[] | undefined {
  const texts = new Set((known ?? []).map((each) => JSON.stringify(each)));
  const isNew = (each: TaskOutput): boolean =>
    !texts.has(JSON.stringify(each)) && !known?.some((other) => refersToSame(other, each));
  const all = [...(known ?? []), ...added.filter(isNew)];
  return all.length > 0 ? all : undefined;
}

function withoutUndefined(task: Record<string, unknown>): StoredTask {
  return Object.fromEntries(Object.entries(task).filter(([, value]) => value !== undefined)) as unknown as StoredTask;
}
