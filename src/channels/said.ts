import type { Communication, Task } from '@medplum/fhirtypes';
import { mapReferences } from '../fhir/references.ts';
import { SYSTEMS } from '../loops/words.ts';

export type SaidMessage = Communication & { id: string };

/**
 * A message about a referral for the server of its recipient: under the hub's identifier for it, by which it is answered
 * too; what is attached is read from this hub. One that was withdrawn says nothing any more.
 * @see https://hl7.org/fhir/R4/communication.html
 */
export function messageOutside(message: SaidMessage, task: Task & { id: string }, hubBase: string): Communication {
  const {
    id,
    meta,
    identifier = [],
    about,
    subject,
    payload,
    ...said
  } = mapReferences(message, (each) => absolute(each, hubBase));
  const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = meta ?? {};
  const own = { system: SYSTEMS.message, value: id };
  const contents = (payload ?? []).map(({ contentAttachment, ...content }) =>
    contentAttachment?.url
      ? { ...content, contentAttachment: { ...contentAttachment, url: absolute(contentAttachment.url, hubBase) } }
      : { ...content, ...(contentAttachment ? { contentAttachment } : {}) },
  );
  const isWithdrawn = message.status === 'entered-in-error';
  // What it said of the client goes too: who was shown a part may be shown none by now.
  const client = isWithdrawn && subject ? { reference: subject.reference } : subject;
  return {
    ...said,
    ...(client ? { subject: client } : {}),
    meta: { ...kept, source: `${hubBase}/Communication/${id}` },
    identifier: [own, ...identifier.filter(({ system, value }) => system !== own.system || value !== own.value)],
    about: [aboutTask(task, hubBase)],
    ...(contents.length > 0 && !isWithdrawn ? { payload: contents } : {}),
  } as Communication;
}

/** A Task here, as partners know it: by where it stands, and by its identifier. */
export function aboutTask(task: Task & { id: string }, hubBase: string): NonNullable<Communication['about']>[number] {
  const identifier = task.identifier?.[0];
  return { type: 'Task', reference: `${hubBase}/Task/${task.id}`, ...(identifier ? { identifier } : {}) };
}

export function absolute(reference: string, hubBase: string): string {
  return /^[A-Z][A-Za-z]+\//.test(reference) ? `${hubBase}/${reference}` : reference;
}
