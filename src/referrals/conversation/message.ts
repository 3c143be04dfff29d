import type { Communication, CommunicationPayload } from '@medplum/fhirtypes';
import { idOf, type LocalReference, parseLocal } from '../../fhir/references.ts';
import type { Stored } from '../../fhir/store/unit-of-work.ts';
import { sortedKeys } from '../../loops/projection/canonical.ts';
import { SYSTEMS } from '../../loops/words.ts';

export type StoredMessage = Stored<Communication>;

/** Says until when a message needs an answer: Communication.extension, a dateTime. */
const ANSWER_BY = 'https://careloop.dev/fhir/StructureDefinition/answer-by';

/** Until when a message needs an answer, as it says; undefined: it needs none. Pure. */
export function answerByOf({ extension }: Communication): string | undefined {
  return extension?.find(({ url }) => url === ANSWER_BY)?.valueDateTime;
}

/** The extension that says it. Pure. */
export function asAnswerBy(at: Date): NonNullable<Communication['extension']> {
  return [{ url: ANSWER_BY, valueDateTime: at.toISOString() }];
}

const SAID: ReadonlySet<string | undefined> = new Set(['completed', 'in-progress']);

/** Whether it has been said: neither still being written nor withdrawn. Pure. */
export function isSaid({ status }: Pick<Communication, 'status'>): boolean {
  return SAID.has(status);
}

export function isWithdrawn({ status }: Pick<Communication, 'status'>): boolean {
  return status === 'entered-in-error';
}

/** The Tasks here that it is about. Pure. */
export function tasksOf({ about }: Communication): string[] {
  return [...new Set((about ?? []).flatMap((each) => idOf('Task', each) ?? []))];
}

/** The message that it names as the one it answers: by reference, or by the identifier under which it was pushed. Pure. */
export function answeredBy({ inResponseTo }: Communication): string | undefined {
  const [named] = inResponseTo ?? [];
  const identifier = named?.identifier;
  return idOf('Communication', named) ?? (identifier?.system === SYSTEMS.message ? identifier.value : undefined);
}

/** The organizations here that it is addressed to. Pure. */
export function recipientsOf({ recipient }: Communication): string[] {
  return (recipient ?? []).flatMap((each) => idOf('Organization', each) ?? []);
}

/** What is attached to it and is kept here: contents (Binary), and resources it refers to. Pure. */
export function attachedTo({ payload }: Communication): LocalReference[] {
  return (payload ?? []).flatMap(
    ({ contentAttachment, contentReference }: CommunicationPayload) =>
      parseLocal(contentAttachment?.url) ?? parseLocal(contentReference?.reference) ?? [],
  );
}

/** What the hub completes where its writer leaves it out: a repeated write leaves it out again. */
const COMPLETED = ['identifier', 'subject', 'sender', 'recipient', 'sent', 'received'] as const;

/** A message as it would stand after a write, but for when it was received and what the hub says of it. Pure. */
function saidIn(before: Communication, message: Communication): string {
  const kept = Object.fromEntries(COMPLETED.map((name) => [name, message[name] ?? before[name]]));
  const { meta: _meta, received: _received, text: _text, ...said } = { ...message, ...kept };
  return JSON.stringify(sortedKeys(said));
}

/** Whether a write leaves a message as it is, but for when it was received. Pure. */
export function saysTheSame(before: Communication, after: Communication): boolean {
  return saidIn(before, before) === saidIn(before, after);
}

/** Whether a write says nothing of a message but that it was received: its recipient may say so. Pure. */
export function isReceipt(before: Stored, after: Stored | undefined): boolean {
  if (before.resourceType !== 'Communication' || after?.resourceType !== 'Communication') return false;
  return tasksOf(before).length > 0 && saysTheSame(before, after);
}
