import type { Communication, DocumentReference, Reference, Resource, Task } from '@medplum/fhirtypes';
import { digestOf } from '../channels/digest.ts';
import { type NotAnswered, readThere } from '../channels/fhir-fetch.ts';
import { AppError } from '../errors.ts';
import { validate } from '../fhir/validate/validate.ts';
import { addressThere } from './relink.ts';
import type { Source } from './source.ts';

/** A resource as it was read on a partner's server. */
export interface Had {
  /** Its address there. */
  readonly there: string;
  readonly resource: Resource;
  readonly digest: string;
}

/** What may come with a Task or a message; anything else stays where it is. */
const TAKEN = ['Procedure', 'Observation', 'QuestionnaireResponse', 'DocumentReference', 'Binary'] as const;
const MOST = 50;

/** Whether a partner's server lists something and does not give it: it is asked for again. */
export function isNotHad({ code }: AppError): boolean {
  return code === 'fetch.not-had';
}

/** The outcomes that a Task lists, by where they stand. Pure. */
export function outcomesOf({ output = [] }: Task): Referred[] {
  return output.map(({ valueReference }, at) => ({
    reference: valueReference?.reference,
    expression: `Task.output[${at}].valueReference`,
  }));
}

/** What is attached to a message. Pure. */
export function attachedTo({ payload = [] }: Communication): Referred[] {
  return payload.map(({ contentAttachment, contentReference }, at) => ({
    reference: contentAttachment?.url ?? (contentReference as Reference | undefined)?.reference,
    expression: `Communication.payload[${at}]`,
  }));
}

/** Something that a resource refers to, and where. */
export interface Referred {
  readonly reference: string | undefined;
  readonly expression: string;
}

/**
 * Reads what a Task or message refers to on its own server, and the contents of documents among it.
 * @throws AppError where something is not given, or is nothing that is taken; NotAnswered where the server is away
 */
export async function readReferred(source: Source, referred: readonly Referred[]): Promise<Had[]> {
  const had = new Map<string, Had>();
  for (const each of referred) {
    const there = addressThere(each.reference, source);
    if (there === undefined || had.has(there)) continue;
    if (had.size >= MOST) throw refused('fetch.too-many', `More than ${MOST} things are listed here.`, each);
    const read = await readOne(source, there, each);
    had.set(there, read);
    if (read.resource.resourceType !== 'DocumentReference') continue;
    for (const content of await readReferred(source, contentsOf(read.resource, each))) had.set(content.there, content);
  }
  return [...had.values()];
}

/** A server that answers otherwise, and not when this is asked for: that is no reason to hear of nothing else. Pure. */
export function asNotHad({ outcome }: NotAnswered): AppError {
  const text = `Something that is listed here could not be read on its server (${outcome.code}).`;
  return new AppError('unprocessable', 'fetch.not-had', text);
}

async function readOne({ base, context }: Source, there: string, referred: Referred): Promise<Had> {
  const type = there.slice(base.length + 1).split('/')[0];
  if (!TAKEN.some((each) => each === type)) {
    const text = `A ${type} is not taken from here. List a Procedure, Observation, QuestionnaireResponse or DocumentReference.`;
    throw refused('fetch.type', text, referred);
  }
  const answer = await readThere(there, context);
  if ('not' in answer) {
    const text = `The ${type} that is listed here could not be read on its server (${answer.not}). Put it there, or let the hub read it.`;
    throw refused('fetch.not-had', text, referred);
  }
  const { resource } = answer;
  if (resource.resourceType !== type) throw refused('fetch.type', `This is no ${type}.`, referred);
  validate(resource);
  return { there, resource, digest: digestOf(resource) };
}

function contentsOf({ content }: DocumentReference, { expression }: Referred): Referred[] {
  return content.flatMap(({ attachment }) =>
    isBinary(attachment.url) ? [{ reference: attachment.url, expression }] : [],
  );
}

function isBinary(url: string | undefined): boolean {
  return url !== undefined && /(^|\/)Binary\/[^/]+$/.test(url);
}

function refused(code: string, text: string, { expression }: Referred): AppError {
  return new AppError('unprocessable', code, text, { issues: [{ text, expression }] });
}
