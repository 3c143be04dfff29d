import type { Bundle, Communication, Task } from '@medplum/fhirtypes';
import type { PartnerEndpoint } from '../directory/directory.ts';
import { mapReferences } from '../fhir/references.ts';
import { isTerminal } from '../loops/words.ts';
import type { OutboundRequest } from '../outbound/outbound.ts';
import type { Channel, Outgoing, SendContext, SendOutcome, Stood } from './channel.ts';
import { digestOf } from './digest.ts';
import { fromResponse, fromThrown } from './http-outcome.ts';
import { readJson } from './read-json.ts';
import { answerReminder, reminderOf } from './reminder.ts';
import { absolute, messageOutside } from './said.ts';

const FHIR_JSON = 'application/fhir+json';

/**
 * The partner has a FHIR server. An offer is created there under the hub's business identifier, at most once; news
 * about a referral update the Task it is known by there. The partner reads what it refers to from this hub.
 * @see https://hl7.org/fhir/R4/http.html#ccreate
 * @see https://hl7.org/fhir/R4/http.html#cond-update
 */
export const fhirPush: Channel = {
  name: 'fhir-push',
  send: async (message, endpoint, context) => {
    const first = await lookFirst(message, endpoint, context);
    if (first) return first;
    const asked = isCreated(message) ? 'create' : 'update';
    return exchange(requestFor(message, endpoint, context), context, fromResponse.bind(undefined, asked));
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
 */
async function lookFirst(
  message: Outgoing,
  endpoint: PartnerEndpoint | undefined,
  context: SendContext,
): Promise<SendOutcome | undefined> {
  const { stood, task, kind } = message;
  // What may be read no more is said at once, whatever stands there.
  if (!stood || kind === 'consent' || isCreated(message)) return undefined;
  const look = (response: Response, body: unknown): { there: Task | undefined } => ({
    there: response.ok ? standingIn(body, stood, endpoint) : undefined,
  });
  const answer = await exchange(searchFor(message, endpoint, context), context, look, LARGEST_TASKS);
  // Where it cannot be found out, it is said as ever.
  const there = 'there' in answer ? answer.there : undefined;
  if (!there) return undefined;
  if (kind === 'cancel' && isTerminal(there.status) && !isTerminal(task.status) && !isNews(there, stood))
    return { kind: 'delivered', code: ENDED_THERE };
  const until = new Date(context.now.getTime() + HEARD_BY_THEN_MS);
  return isNews(there, stood) ? { kind: 'wait', code: CHANGED_THERE, until } : undefined;
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

interface PartnerRequest {
  readonly url: string;
  readonly init: OutboundRequest;
}

/** An offer makes a Task there, a reminder and a message a Communication; all else changes what is there. */
function isCreated({ kind, said }: Outgoing): boolean {
  if (kind === 'message') return said?.status !== 'entered-in-error';
  return kind === 'offer' || kind === 'reminder';
}

/** What is written there: a Task as it is seen outside, or a message about it. */
function writtenThere({ kind, deliveryId, task, said }: Outgoing, { hubBase }: SendContext): Task | Communication {
  if (said)
    return kind === 'message' ? messageOutside(said, task, hubBase) : answerReminder(deliveryId, said, task, hubBase);
  return kind === 'reminder' ? reminderOf(deliveryId, task, hubBase) : asSeenOutside(task, hubBase);
}

function requestFor(message: Outgoing, endpoint: PartnerEndpoint | undefined, context: SendContext): PartnerRequest {
  const written = writtenThere(message, context);
  const condition = identifierQuery(written);
  const creates = isCreated(message);
  const query = creates ? '' : `?${condition}`;
  return {
    url: `${endpoint?.address}/${written.resourceType}${query}`,
    init: {
      method: creates ? 'POST' : 'PUT',
      headers: { ...headersOf(message), 'content-type': FHIR_JSON, ...(creates ? { 'if-none-exist': condition } : {}) },
      body: JSON.stringify(written),
      signal: context.signal,
    },
  };
}

function searchFor(message: Outgoing, endpoint: PartnerEndpoint | undefined, context: SendContext): PartnerRequest {
  const written = writtenThere(message, context);
  return {
    url: `${endpoint?.address}/${written.resourceType}?${identifierQuery(written)}`,
    init: { method: 'GET', headers: headersOf(message), signal: context.signal },
  };
}

function headersOf(message: Outgoing): Record<string, string> {
  return { accept: FHIR_JSON, 'x-correlation-id': message.loopId, 'x-request-id': message.deliveryId };
}

/** The business identifier a Task or message is known by on both sides. */
function identifierQuery(written: Task | Communication): string {
  const identifier = written.identifier?.[0];
  const token = identifier?.system ? `${identifier.system}|${identifier.value}` : (identifier?.value ?? '');
  return `identifier=${encodeURIComponent(token)}`;
}

/** A Task with references a partner can follow, without the id and version it has here. */
function asSeenOutside(task: Task & { id: string }, hubBase: string): Task {
  const { id, meta, ...said } = mapReferences(task, (reference) => absolute(reference, hubBase));
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = meta ?? {};
  return { ...said, meta: { ...kept, source: `${hubBase}/Task/${id}` } };
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
