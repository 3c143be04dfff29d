import { isDeepStrictEqual } from 'node:util';
import type { Extension, Task } from '@medplum/fhirtypes';
import { withNumbersOf } from '../../db/written-numbers.ts';
import { asSeenBy } from '../as-seen-by.ts';
import type { Awaited, LoopRow } from '../projection/project.ts';
import type { LoopRecords } from '../projection/records.ts';
import { isObserved, type NextStepCode, SYSTEMS, type WaitingOn, withoutObserved } from '../words.ts';
import type { NextStep } from './next-step.ts';
import { withObserved } from './observed.ts';

const NEXT_STEP = 'https://careloop.dev/fhir/StructureDefinition/next-step';

type Recorded = Task & { id: string };

/** What is awaited, as those are told who read a Task. */
interface ToldStep {
  readonly step: string;
  readonly waitingOn: WaitingOn;
  readonly organizationId: string | null;
  readonly since: string;
  readonly due: string;
}

/**
 * The Tasks of a loop that do not say what its row and what is awaited on it say, as they should: the progress that is observed,
 * and the next step. Pure.
 */
export function differingTasks(records: LoopRecords, row: LoopRow, steps: readonly Awaited[]): Recorded[] {
  const { root, legs } = withObserved(records);
  const told = [
    tellingNext(root, ofRoot(row, steps, records.hubOrg)),
    ...legs.map((leg) => tellingNext(leg, ofLeg(leg, steps))),
  ];
  const stored = new Map([records.root, ...records.legs].map((task) => [task.id, task]));
  return told.filter((task) => !isDeepStrictEqual(task, stored.get(task.id)));
}

/** A Task as it is sent to a partner: what the hub says of where it stands is read here, and was so when it was read. Pure. */
export function asSent<T extends Task>(task: T): T {
  const says = isObserved(task) || task.meta?.extension?.some(isNextStep);
  return says ? withNumbersOf(task, tellingNext(withoutObserved(task), undefined)) : task;
}

/** What of a Task the hub says beside its versions: progress and next step of one, on the other. Pure. */
export function saying(task: Recorded, told: Recorded): Recorded {
  const { businessStatus: _before, ...said } = task;
  const next = told.meta?.extension?.find(isNextStep);
  return withNext({ ...said, ...(told.businessStatus ? { businessStatus: told.businessStatus } : {}) }, next);
}

/** What the sender may know, as a list of loops shows it; what it does not tell is that somebody has declined. */
function ofRoot(row: LoopRow, steps: readonly NextStep[], hubOrg: string): ToldStep | undefined {
  const told = steps.find(({ step }) => !OF_CLIENT.has(step));
  if (!told) return undefined;
  const shown = asSeenBy({ ...row, ...columnsOf(told) }, row.sender_org, hubOrg);
  return {
    ...asTold(told),
    step: RE_ROUTED.has(told.step) ? 'choose-recipient' : told.step,
    organizationId: shown.waiting_on_org,
  };
}

/** Between the hub and the client, or whoever helps that. */
const OF_CLIENT: ReadonlySet<NextStepCode> = new Set(['confirm-with-client', 'decide-after-answer']);
const RE_ROUTED: ReadonlySet<NextStepCode> = new Set(['decide-after-decline', 'decide-after-failure']);

function columnsOf({
  step,
  waitingOn,
  organizationId,
}: NextStep): Pick<LoopRow, 'next_step' | 'waiting_on' | 'waiting_on_org'> {
  return { next_step: step, waiting_on: waitingOn, waiting_on_org: organizationId ?? null };
}

/** What is due first of its own part. */
function ofLeg(leg: Recorded, steps: readonly NextStep[]): ToldStep | undefined {
  const step = steps.find(({ taskId }) => taskId === leg.id);
  return step && asTold(step);
}

function asTold({ step, waitingOn, organizationId, since, due }: NextStep): ToldStep {
  return {
    step,
    waitingOn,
    organizationId: organizationId ?? null,
    since: since.toISOString(),
    due: due.toISOString(),
  };
}

function tellingNext<T extends Task>(task: T, told: ToldStep | undefined): T {
  return withNext(task, told && asExtension(told));
}

/** In the metadata, which a server keeps beside what is said: @see https://hl7.org/fhir/R4/resource.html#Meta */
function withNext<T extends Task>(task: T, next: Extension | undefined): T {
  const { meta, ...content } = task;
  const { extension, ...kept } = meta ?? {};
  const all = [...(extension ?? []).filter((each) => !isNextStep(each)), ...(next ? [next] : [])];
  const told = { ...kept, ...(all.length > 0 ? { extension: all } : {}) };
  return { ...content, ...(meta || next ? { meta: told } : {}) } as T;
}

function isNextStep({ url }: Extension): boolean {
  return url === NEXT_STEP;
}

function asExtension({ step, waitingOn, organizationId, since, due }: ToldStep): Extension {
  const reference = `Organization/${organizationId}`;
  return {
    url: NEXT_STEP,
    extension: [
      { url: 'step', valueCoding: { system: SYSTEMS.nextStep, code: step } },
      { url: 'waitingOn', valueCoding: { system: SYSTEMS.waitingOn, code: waitingOn } },
      ...(organizationId === null ? [] : [{ url: 'organization', valueReference: { reference } }]),
      { url: 'since', valueInstant: since },
      { url: 'due', valueInstant: due },
    ],
  };
}
