import { denies } from './consents/model.ts';
import { isFinal } from './model.ts';
import type { Seen, SeenTask } from './seen-loop.ts';
import { HUB } from './world.ts';

/** What a Task shows of how far it has come, where nobody says it: what the hub sees happen. */
export function brokenProgress(seen: Seen): string[] {
  if (!seen.row) return [];
  return [seen.root, ...seen.legs].flatMap((task) => {
    const wanted = observed(seen, task);
    // What somebody says stands.
    if (task.progress !== null && !task.isObserved) return [];
    return task.progress === wanted ? [] : [`The Task of ${task.owner} shows ${task.progress} instead of ${wanted}.`];
  });
}

function observed(seen: Seen, task: SeenTask): string | null {
  if (isFinal(task)) return null;
  return task === seen.root && task.owner === HUB ? ofWhole(seen) : ofWork(seen, task);
}

function ofWork(seen: Seen, task: SeenTask): string | null {
  if (asked(seen).some(({ taskId }) => taskId === task.id)) return 'awaiting-information';
  return ofAppointments(seen, [task]) ?? (task.status === 'requested' ? ofOffer(seen, task) : null);
}

/** The sender sees of work that others do what is its own and the hub's; not that somebody has declined. */
function ofWhole(seen: Seen): string | null {
  const { root, legs } = seen;
  const live = legs.filter((leg) => !isFinal(leg));
  if (asked(seen).some(({ taskId, to }) => taskId === root.id || to === HUB)) return 'awaiting-information';
  const appointed = ofAppointments(seen, [root, ...live]);
  if (appointed || root.status !== 'requested' || live.length < legs.length) return appointed;
  const offers = live.map((leg) => ofOffer(seen, leg));
  return ['seen', 'delivered'].find((each) => offers.includes(each)) ?? null;
}

/** The questions that wait for an answer of who may read them. */
function asked({ root, legs, messages, consents }: Seen): Seen['messages'] {
  const goesOn = isFinal(root) ? [] : [root, ...legs].filter((task) => !isFinal(task)).map(({ id }) => id);
  return messages.filter(
    ({ answerBy, answeredBy, isWithdrawn, taskId, to }) =>
      answerBy && !answeredBy && !isWithdrawn && goesOn.includes(taskId) && !(to !== HUB && denies(consents, to)),
  );
}

const APPOINTED: Readonly<Record<string, string>> = {
  booked: 'appointment-booked',
  arrived: 'appointment-booked',
  noshow: 'no-show',
  fulfilled: 'visit-complete',
};

/** What became of the appointment that was changed last. */
function ofAppointments({ appointments }: Seen, tasks: readonly SeenTask[]): string | null {
  const names = tasks.flatMap(({ id, order }) => [`Task/${id}`, order]);
  const last = appointments.findLast(({ about }) => about.some((each) => names.includes(each)));
  return APPOINTED[last?.status ?? ''] ?? null;
}

function ofOffer({ deliveries, consents }: Seen, { id, owner }: SeenTask): string | null {
  if (denies(consents, owner)) return null;
  const offer = deliveries.find(({ kind, taskId }) => kind === 'offer' && taskId === id);
  if (offer?.isRead) return 'seen';
  return offer?.status === 'delivered' ? 'delivered' : null;
}
