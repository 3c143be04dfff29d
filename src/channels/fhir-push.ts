import type { Bundle, Task } from '@medplum/fhirtypes';
import type { PartnerEndpoint } from '../directory/directory.ts';
import { isTerminal } from '../loops/words.ts';
import type { Channel, Outgoing, SendContext, SendOutcome, Stood } from './channel.ts';
import { digestOf } from './digest.ts';
import { fromResponse, fromThrown } from './http-outcome.ts';
import { isCreated, type Looked, type PartnerRequest, requestFor, searchFor } from './push-requests.ts';
import { readJson } from './read-json.ts';

/**
 * The partner has a FHIR server. An offer is created there under the hub's business identifier, at most once; news
 * about a referral update the Task it is known by there. The partner reads what it refers to from this hub.
 * @see https://hl7.org/fhir/R4/http.html#ccreate
 * @see https://hl7.org/fhir/R4/http.html#cond-update
 * @see https://hl7.org/fhir/R4/http.html#concurrency
 */
export const fhirPush: Channel = {
  name: 'fhir-push',
  send: async (message, endpoint, context) => {
    const { outcome, there } = await lookFirst(message, endpoint, context);
    if (outcome) return outcome;
    const asked = isCreated(message) ? 'create' : 'update';
    return exchange(requestFor(message, endpoint, context, there), context, (response, body, now) =>
      there && response.status === 412 ? waitToHear(now) : fromResponse(asked, response, body, now),
    );
  },
  ask: async (message, endpoint, context) => {
    // An update under an identifier may be said twice; creating may not, unless the partner lacks it.
    if (!isCreated(message)) return undefined;
    return exchange(searchFor(message, endpoint, context), context, foundOrAbsent);
  },
};

const HEARD_BY_THEN_MS = 5_000;

/**
 * What was written there and not heard yet is not written over: the message waits until it was. Who has ended there what it
 * is to stop, need not be told.
 * @returns an outcome where nothing is to be written now; else what would be written over, where its server says its version
 */
async function lookFirst(
  message: Outgoing,
  endpoint: PartnerEndpoint | undefined,
  context: SendContext,
): Promise<{ readonly outcome?: SendOutcome; readonly there?: Looked | undefined }> {
  const { stood, task, kind } = message;
  // What may be read no more is said at once, whatever stands there.
  if (!stood || kind === 'consent' || isCreated(message)) return {};
  const look = (response: Response, body: unknown): { there: Task | undefined } => ({
    there: response.ok ? standingIn(body, stood, endpoint) : undefined,
  });
  const answer = await exchange(searchFor(message, endpoint, context), context, look, LARGEST_TASKS);
  // Where it cannot be found out, it is said as ever.
  const there = 'there' in answer ? answer.there : undefined;
  if (!there) return {};
  if (kind === 'cancel' && isTerminal(there.status) && !isTerminal(task.status) && !isNews(there, stood))
    return { outcome: { kind: 'delivered', code: ENDED_THERE } };
  return isNews(there, stood) ? { outcome: waitToHear(context.now) } : { there: lookedAt(there) };
}

function waitToHear(now: Date): SendOutcome {
  return { kind: 'wait', code: CHANGED_THERE, until: new Date(now.getTime() + HEARD_BY_THEN_MS) };
}

/** @see https://hl7.org/fhir/R4/datatypes.html#id */
function lookedAt({ id, meta }: Task): Looked | undefined {
  const version = meta?.versionId;
  return isId(id) && isId(version) ? { id, version } : undefined;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9\-.]{1,64}$/.test(value);
}

/** Something has been written there that was not heard yet. */
export const CHANGED_THERE = 'changed-there';
/** It was to be stopped there, and has ended. */
export const ENDED_THERE = 'ended-there';

function standingIn(body: unknown, { there }: Stood, endpoint: PartnerEndpoint | undefined): Task | undefined {
  const entries = (body as Bundle | undefined)?.entry;
  const tasks = (Array.isArray(entries) ? entries : []).flatMap(({ resource }) =>
    resource?.resourceType === 'Task' ? [resource] : [],
  );
  return tasks.find(({ id }) => `${endpoint?.address}/Task/${id}` === there) ?? tasks[0];
}

function isNews(there: Task, { digest, status }: Stood): boolean {
  return digest === null ? there.status !== status : digestOf(there) !== digest;
}

type Reader<T> = (response: Response, body: unknown, now: Date) => T;

async function exchange<T>(
  request: PartnerRequest,
  context: SendContext,
  read: Reader<T>,
  largest = LARGEST_ANSWER,
): Promise<T | SendOutcome> {
  try {
    const response = await context.outbound.call(request.url, request.init);
    return read(response, await readJson(response, largest), context.now);
  } catch (thrown) {
    return fromThrown(thrown);
  }
}

const LARGEST_ANSWER = 64 * 1024;
const LARGEST_TASKS = 1024 * 1024;

function foundOrAbsent(response: Response, body: unknown, now: Date): SendOutcome | undefined {
  if (!response.ok) return fromResponse('search', response, body, now);
  const bundle = body as Bundle | undefined;
  if (bundle?.resourceType !== 'Bundle') return { kind: 'unknown', code: 'unreadable-answer' };
  const found = bundle.entry?.[0]?.resource;
  if (!found?.id) return undefined;
  return { kind: 'delivered', code: 'found-there', receipt: `${found.resourceType}/${found.id}` };
}
