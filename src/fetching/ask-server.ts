import type { Communication, Resource, Task } from '@medplum/fhirtypes';
import { NotAnswered, searchThere } from '../channels/fhir-fetch.ts';
import { lateTasks, tryAgain, type WatchedTask, watchedTasks } from '../counterparts/counterparts.ts';
import type { Sql } from '../db/database.ts';
import type { DeliverDeps } from '../deliveries/deliver-deps.ts';
import { AppError, ERROR_KINDS } from '../errors.ts';
import { isCorrected } from './corrected.ts';
import { noteFinding, type Untaken } from './findings.ts';
import { messagesSince } from './messages-there.ts';
import { taskThere } from './places.ts';
import { asNotHad } from './referred.ts';
import { inParameter, type Source, TurnLost } from './source.ts';
import { messageThere, takeMessage } from './take-message.ts';
import { takeOutcome } from './take-outcome.ts';
import { takeTask } from './take-task.ts';
import { mayHaveMore, type Read, type Unlisted, unlistedOf } from './unlisted.ts';

/** How a server was asked. */
export interface Asked {
  /** When it answered first, by its own clock; undefined: nothing was asked. */
  readonly asOf: Date | undefined;
  /** What could not be carried here, through no fault of the partner's: it is asked for again. */
  readonly faults: readonly unknown[];
}

/** What went wrong so far. */
interface Troubles {
  readonly faults: unknown[];
  /** How often in a row the server did not answer when something was taken. */
  unanswered: number;
}

/** After so many it is away, and not only what was asked for. */
const MOST_UNANSWERED = 3;

/** So many are asked for in one search: their names fit into an address. */
const AT_ONCE = 20;

/**
 * Asks a partner's server for what the hub has put there, and for messages about it, and takes what has changed.
 * @param since what has changed since then is asked for, of what was read before; undefined: everything, and what has ended
 * @throws NotAnswered when the server does not answer
 */
export async function askServer(deps: DeliverDeps, source: Source, since: Date | undefined): Promise<Asked> {
  const troubles: Troubles = { faults: [], unanswered: 0 };
  const watched = await askedFor(deps.store.db, source, since);
  const ended: Read[] = [];
  let asOf: Date | undefined;
  for (const query of taskQueries(watched, since)) {
    const found = await searchThere(source.base, query, source.context);
    asOf ??= found.asOf;
    for (const [task, at] of matched(found.resources, watched, source)) {
      const there = taskThere(source, task);
      if (mayHaveMore({ at, found: there }, since === undefined)) ended.push({ at, found: there });
      const isAsRead = at.digest === there.digest && !at.again;
      if (isAsRead && (since || !at.isOwner || !(await isCorrected(deps.store.db, source, task)))) continue;
      const { resourceId, loopId } = at;
      const untaken = { here: { type: 'Task', resourceId }, ...there, loopId, taskId: resourceId, isOfTask: true };
      await orFinding(deps, source, untaken, troubles, () => takeTask(deps, source, at, there));
    }
  }
  for (const each of await unlistedOf(deps.store.db, source, ended)) await takeUnlisted(deps, source, each, troubles);
  const messages = await messagesSince(deps, source, since);
  for (const message of messages.resources) await takeOne(deps, source, message, troubles);
  return { asOf: asOf ?? messages.asOf, faults: troubles.faults };
}

async function askedFor(sql: Sql, { organizationId }: Source, since: Date | undefined): Promise<WatchedTask[]> {
  if (since) return watchedTasks(sql, organizationId);
  await tryAgain(sql, organizationId);
  return [...(await watchedTasks(sql, organizationId)), ...(await lateTasks(sql, organizationId))];
}

/** Those that were read before as they have changed; the others as they are. Pure. */
export function taskQueries(watched: readonly WatchedTask[], since: Date | undefined): string[] {
  const isNew = ({ digest, again, lacksOutcome }: WatchedTask): boolean =>
    since === undefined || digest === null || again || lacksOutcome;
  const changed = since ? `&_lastUpdated=ge${since.toISOString()}` : '';
  const [whole, known] = [watched.filter(isNew), watched.filter((each) => !isNew(each))];
  return [...queriesOf(known, changed), ...queriesOf(whole, '')];
}

function queriesOf(watched: readonly WatchedTask[], changed: string): string[] {
  const queries: string[] = [];
  for (let at = 0; at < watched.length; at += AT_ONCE) {
    const names = watched.slice(at, at + AT_ONCE).map(({ identifier }) => inParameter(identifier));
    queries.push(`Task?identifier=${names.join(',')}${changed}&_count=${2 * AT_ONCE}`);
  }
  return queries;
}

/** The Tasks there that are those of the hub. Of several under one identifier it is the one that was read before, or the first. */
function* matched(
  resources: readonly Resource[],
  watched: readonly WatchedTask[],
  { base }: Source,
): Generator<[Task, WatchedTask]> {
  for (const each of watched) {
    const named = resources.filter((resource): resource is Task => isNamed(resource, each.identifier));
    const task = named.find(({ id }) => `${base}/Task/${id}` === each.there) ?? named[0];
    if (task) yield [task, each];
  }
}

function isNamed(resource: Resource, identifier: string): boolean {
  if (resource.resourceType !== 'Task' || typeof resource.id !== 'string') return false;
  const { identifier: said } = resource;
  return Array.isArray(said) && said.some((each) => `${each?.system ?? ''}|${each?.value ?? ''}` === identifier);
}

async function takeUnlisted(deps: DeliverDeps, source: Source, unlisted: Unlisted, troubles: Troubles): Promise<void> {
  const { resourceId: taskId, loopId } = unlisted.at;
  const { there, digest } = unlisted.had;
  const untaken = { here: undefined, there, digest, loopId, taskId, isOfTask: true };
  await orFinding(deps, source, untaken, troubles, () => takeOutcome(deps, source, unlisted));
}

async function takeOne(deps: DeliverDeps, source: Source, message: Communication, troubles: Troubles): Promise<void> {
  const found = await messageThere(deps.store.db, source, message);
  if (!found) return;
  const { there, digest, loopId, taskId, known } = found;
  const untaken = { here: known, there, digest, loopId, taskId, isOfTask: false };
  await orFinding(deps, source, untaken, troubles, () => takeMessage(deps, source, found));
}

/** What is refused is kept and shown; what the hub itself could not do is tried again. */
async function orFinding(
  deps: DeliverDeps,
  source: Source,
  untaken: Untaken,
  troubles: Troubles,
  take: () => Promise<void>,
): Promise<void> {
  try {
    await take();
    troubles.unanswered = 0;
  } catch (thrown) {
    if (thrown instanceof TurnLost) throw thrown;
    if (thrown instanceof NotAnswered) troubles.unanswered += 1;
    if (troubles.unanswered >= MOST_UNANSWERED) throw thrown;
    const refusal = thrown instanceof NotAnswered ? asNotHad(thrown) : thrown;
    if (refusal instanceof AppError && ERROR_KINDS[refusal.kind].status < 500)
      await noteFinding(deps, source, untaken, refusal);
    else troubles.faults.push(thrown);
  }
}
