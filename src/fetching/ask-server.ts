import type { Communication, Resource, Task } from '@medplum/fhirtypes';
import { NotAnswered, searchThere } from '../channels/fhir-fetch.ts';
import { type WatchedTask, watchedTasks } from '../counterparts/counterparts.ts';
import type { DeliverDeps } from '../deliveries/deliver-deps.ts';
import { AppError, ERROR_KINDS } from '../errors.ts';
import { noteFinding, type Untaken } from './findings.ts';
import { messagesSince } from './messages-there.ts';
import { taskThere } from './places.ts';
import type { Source } from './source.ts';
import { messageThere, takeMessage } from './take-message.ts';
import { takeTask } from './take-task.ts';

/** How a server was asked. */
export interface Asked {
  /** When it answered first, by its own clock; undefined: nothing was asked. */
  readonly asOf: Date | undefined;
  /** What could not be carried here, through no fault of the partner's: it is asked for again. */
  readonly faults: readonly unknown[];
}

/** How a turn is taken: everything that is watched, or what has changed. */
export interface Scope {
  /** What has changed since then, of what was read before; undefined: everything. */
  readonly since: Date | undefined;
  /** Called before each question and each thing that is taken. @throws when another has the turn by now */
  readonly goOn: () => Promise<void>;
}

/** So many are asked for in one search: their names fit into an address. */
const AT_ONCE = 20;

/**
 * Asks a partner's server for what the hub has put there, and for messages about it, and takes what has changed.
 * @throws NotAnswered when the server does not answer
 */
export async function askServer(deps: DeliverDeps, source: Source, scope: Scope): Promise<Asked> {
  const faults: unknown[] = [];
  const watched = await watchedTasks(deps.store.db, source.organizationId);
  let asOf: Date | undefined;
  for (const query of taskQueries(watched, scope.since)) {
    await scope.goOn();
    const found = await searchThere(source.base, query, source.context);
    asOf ??= found.asOf;
    for (const [task, at] of matched(found.resources, watched, source)) {
      const there = taskThere(source, task);
      if (at.digest === there.digest && !at.again) continue;
      await scope.goOn();
      const untaken = {
        type: 'Task',
        ...there,
        resourceId: at.resourceId,
        loopId: at.loopId,
        taskId: at.resourceId,
      } as const;
      await orFinding(deps, source, untaken, faults, () => takeTask(deps, source, at, there));
    }
  }
  await scope.goOn();
  const messages = await messagesSince(deps, source, scope.since);
  for (const message of messages.resources) {
    await scope.goOn();
    await takeOne(deps, source, message, faults);
  }
  return { asOf: asOf ?? messages.asOf, faults };
}

/** Those that were read before as they have changed; the others as they are. Pure. */
export function taskQueries(watched: readonly WatchedTask[], since: Date | undefined): string[] {
  const isNew = ({ digest, again }: WatchedTask): boolean => since === undefined || digest === null || again;
  const changed = since ? `&_lastUpdated=ge${since.toISOString()}` : '';
  return [
    ...queriesOf(
      watched.filter((each) => isNew(each)),
      '',
    ),
    ...queriesOf(
      watched.filter((each) => !isNew(each)),
      changed,
    ),
  ];
}

function queriesOf(watched: readonly WatchedTask[], changed: string): string[] {
  const queries: string[] = [];
  for (let at = 0; at < watched.length; at += AT_ONCE) {
    const names = watched.slice(at, at + AT_ONCE).map(({ identifier }) => encodeURIComponent(inToken(identifier)));
    queries.push(`Task?identifier=${names.join(',')}${changed}&_count=${2 * AT_ONCE}`);
  }
  return queries;
}

/** @see https://hl7.org/fhir/R4/search.html#escaping */
function inToken(identifier: string): string {
  return identifier.replace(/[\\,$]/g, (each) => `\\${each}`);
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

async function takeOne(deps: DeliverDeps, source: Source, message: Communication, faults: unknown[]): Promise<void> {
  try {
    const found = await messageThere(deps.store.db, source, message);
    if (!found) return;
    const { there, digest, loopId, taskId, known } = found;
    const untaken = { type: 'Communication', resourceId: known?.resourceId, there, digest, loopId, taskId } as const;
    await orFinding(deps, source, untaken, faults, () => takeMessage(deps, source, found));
  } catch (thrown) {
    // What is no Communication is of no referral.
    if (!(thrown instanceof AppError)) throw thrown;
  }
}

/** What is refused is kept and shown; what the hub itself could not do is tried again. */
async function orFinding(
  deps: DeliverDeps,
  source: Source,
  untaken: Untaken,
  faults: unknown[],
  take: () => Promise<void>,
): Promise<void> {
  try {
    await take();
  } catch (thrown) {
    if (thrown instanceof NotAnswered) throw thrown;
    if (thrown instanceof AppError && ERROR_KINDS[thrown.kind].status < 500)
      await noteFinding(deps, source, untaken, thrown);
    else faults.push(thrown);
  }
}
