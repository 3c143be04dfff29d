import type { Communication, Task } from '@medplum/fhirtypes';
import type { PartnerEndpoint } from '../directory/directory.ts';
import { mapReferences } from '../fhir/references.ts';
import type { OutboundRequest } from '../outbound/outbound.ts';
import type { Outgoing, SendContext } from './channel.ts';
import { answerReminder, reminderOf } from './reminder.ts';
import { absolute, messageOutside } from './said.ts';

const FHIR_JSON = 'application/fhir+json';

/** A Task there, in the version that was looked at. */
export interface Looked {
  readonly id: string;
  readonly version: string;
}

/** One request to a partner's server. */
export interface PartnerRequest {
  readonly url: string;
  readonly init: OutboundRequest;
}

/** An offer makes a Task there, a reminder and a message a Communication; all else changes what is there. */
export function isCreated({ kind, said }: Outgoing): boolean {
  if (kind === 'message') return said?.status !== 'entered-in-error';
  return kind === 'offer' || kind === 'reminder';
}

/** What is written there: a Task as it is seen outside, or a message about it. */
function writtenThere({ kind, deliveryId, task, said }: Outgoing, { hubBase }: SendContext): Task | Communication {
  if (said)
    return kind === 'message' ? messageOutside(said, task, hubBase) : answerReminder(deliveryId, said, task, hubBase);
  return kind === 'reminder' ? reminderOf(deliveryId, task, hubBase) : asSeenOutside(task, hubBase);
}

/**
 * Says a message. Pure.
 * @param there what is to be written over, and nothing newer than that
 */
export function requestFor(
  message: Outgoing,
  endpoint: PartnerEndpoint | undefined,
  context: SendContext,
  there: Looked | undefined,
): PartnerRequest {
  const written = writtenThere(message, context);
  const { method, place, headers } = wayOf(written, isCreated(message), there);
  return {
    url: `${endpoint?.address}/${written.resourceType}${place}`,
    init: {
      method,
      headers: { ...headersOf(message), 'content-type': FHIR_JSON, ...headers },
      body: JSON.stringify(there ? { ...written, id: there.id } : written),
      signal: context.signal,
    },
  };
}

/** How something is written there, at most once and over nothing that is newer. @see https://hl7.org/fhir/R4/http.html#concurrency */
function wayOf(
  written: Task | Communication,
  creates: boolean,
  there: Looked | undefined,
): { readonly method: 'POST' | 'PUT'; readonly place: string; readonly headers: Record<string, string> } {
  const condition = identifierQuery(written);
  if (creates) return { method: 'POST', place: '', headers: { 'if-none-exist': condition } };
  if (!there) return { method: 'PUT', place: `?${condition}`, headers: {} };
  return { method: 'PUT', place: `/${there.id}`, headers: { 'if-match': `W/"${there.version}"` } };
}

/** Asks for what a message is about. Pure. */
export function searchFor(
  message: Outgoing,
  endpoint: PartnerEndpoint | undefined,
  context: SendContext,
): PartnerRequest {
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
