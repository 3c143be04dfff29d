import type { Task } from '@medplum/fhirtypes';
import type { LoopRecords } from '../projection/records.ts';
import { asObserved, isObserved, isTerminal, type Progress, progressOf } from '../words.ts';
import type { QuestionFacts } from './next-step.ts';
import { questionsOf } from './questions.ts';

type Recorded = Task & { id: string };

/**
 * A loop's records with the progress that the hub itself observes, on each Task on which nobody says another: that the offer
 * has arrived or was seen, that an answer is awaited, what became of an appointment. Pure.
 */
export function withObserved(records: LoopRecords): LoopRecords {
  const { root, legs, hubOrg } = records;
  const isDirect = root.owner?.reference !== `Organization/${hubOrg}`;
  return {
    ...records,
    root: showing(root, isDirect ? ofWork(root, records) : ofWhole(records)),
    legs: legs.map((leg) => showing(leg, ofWork(leg, records))),
  };
}

/** What somebody says of its progress stands. */
function showing(task: Recorded, observed: Progress | undefined): Recorded {
  if (progressOf(task) !== undefined && !isObserved(task)) return task;
  const { businessStatus: _before, ...said } = task;
  return isTerminal(task.status) || observed === undefined ? said : { ...said, businessStatus: asObserved(observed) };
}

/** The questions that who is asked may read: nothing is awaited of anybody else. */
function readQuestions(records: LoopRecords): QuestionFacts[] {
  return questionsOf(records).filter(({ withheldSince }) => withheldSince === undefined);
}

/** What is observed of a Task by who works on it. */
function ofWork(task: Recorded, records: LoopRecords): Progress | undefined {
  if (readQuestions(records).some(({ taskId }) => taskId === task.id)) return 'awaiting-information';
  return ofAppointments([task], records) ?? (task.status === 'requested' ? ofOffer(task, records) : undefined);
}

/**
 * What the sender is shown of work that others do for the hub. What the hub asks of those is theirs and the hub's; while
 * somebody else is asked after a decline, that is what it sees.
 */
function ofWhole(records: LoopRecords): Progress | undefined {
  const { root, legs } = records;
  const live = legs.filter(({ status }) => !isTerminal(status));
  const awaited = readQuestions(records).filter(
    ({ taskId, waitingOn }) => taskId === root.id || waitingOn !== 'receiver',
  );
  if (awaited.length > 0) return 'awaiting-information';
  const appointed = ofAppointments([root, ...live], records);
  if (appointed || root.status !== 'requested' || live.length < legs.length) return appointed;
  const offers = live.map((leg) => ofOffer(leg, records));
  return OFFERED.find((each) => offers.includes(each));
}

const OFFERED = ['seen', 'delivered'] as const;

function ofOffer({ id, owner }: Recorded, { deliveries, withheld }: LoopRecords): Progress | undefined {
  const offer = deliveries.find(({ kind, taskId }) => kind === 'offer' && taskId === id);
  const mayNotRead = withheld.some(
    (each) => each.taskId === id && `Organization/${each.organizationId}` === owner?.reference,
  );
  if (!offer || mayNotRead) return undefined;
  if (offer.readAt) return 'seen';
  return offer.status === 'delivered' ? 'delivered' : undefined;
}

const APPOINTED: Readonly<Record<string, Progress>> = {
  booked: 'appointment-booked',
  arrived: 'appointment-booked',
  'checked-in': 'appointment-booked',
  noshow: 'no-show',
  fulfilled: 'visit-complete',
};

/** What became of the appointment that was changed last. */
function ofAppointments(tasks: readonly Recorded[], { appointments }: LoopRecords): Progress | undefined {
  const about = new Set(tasks.flatMap(({ id, focus }) => [`Task/${id}`, focus?.reference]));
  const last = appointments.findLast((each) => each.about.some((reference) => about.has(reference)));
  return last && APPOINTED[last.status];
}
