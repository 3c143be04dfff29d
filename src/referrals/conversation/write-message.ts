import { createHash } from 'node:crypto';
import type { Binary, Communication } from '@medplum/fhirtypes';
import { endOf } from '../../calendars/end-of.ts';
import { checkWrite, transact } from '../../fhir/store/transact.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { spanOf } from '../../loops/policy/policy.ts';
import { calendarsOf } from '../../loops/projection/project.ts';
import { kindOf } from '../../loops/projection/records.ts';
import { loadRecords, lockLoop } from '../../loops/projection/store.ts';
import { SYSTEMS } from '../../loops/words.ts';
import type { Context } from '../by-hand/open-loop.ts';
import { type Addressee, addresseesOf, chosen, noSuchLoop } from './addressees.ts';
import type { MessageBody } from './api.ts';
import { bytesIn } from './attachments.ts';
import { sameMessage } from './check-message.ts';
import { asAnswerBy, type StoredMessage } from './message.ts';

/**
 * Somebody writes about a loop, by the page or the API: it becomes a Communication that passes the same rules as those that
 * partners send. Sent again under the same key, it is the message that is there.
 */
export function writeMessage(
  context: Context,
  loopId: string,
  body: MessageBody,
): Promise<{ id: string; isNew: boolean }> {
  return transact(context.store, context.caller, async (unit) => {
    const addressee = chosen(await addresseesOf(unit, loopId), body);
    // A draft that was withdrawn was never sent.
    if (!(await lockLoop(unit, loopId))) throw noSuchLoop();
    const id = unit.newId();
    const identifier = [{ system: SYSTEMS.message, value: body.key ?? id }];
    const known = body.key === undefined ? undefined : await sameMessage(unit, { id, identifier });
    if (known !== undefined) return { id: known, isNew: false };
    const payload = [{ contentString: body.text }, ...(await attach(context, unit, id, body.attachments ?? []))];
    const answerBy = await answerByFor(context, unit, loopId, addressee, body);
    const message: StoredMessage = {
      resourceType: 'Communication',
      id,
      identifier,
      status: 'completed',
      about: [{ reference: `Task/${addressee.task.id}` }],
      ...(addressee.task.priority ? { priority: addressee.task.priority } : {}),
      ...(body.inResponseTo ? { inResponseTo: [{ reference: `Communication/${body.inResponseTo}` }] } : {}),
      ...(answerBy ? { extension: asAnswerBy(answerBy) } : {}),
      sender: { reference: `Organization/${unit.caller.organizationId}` },
      recipient: [{ reference: `Organization/${addressee.organizationId}` }],
      sent: unit.now.toISOString(),
      payload,
    };
    await unit.create<Communication>(await checkWrite(context.store, unit, undefined, message));
    return { id, isNew: true };
  });
}

type Payload = NonNullable<Communication['payload']>;

/** Contents are kept by themselves, so that who lists messages does not read them all. */
async function attach(
  { store }: Context,
  unit: UnitOfWork,
  messageId: string,
  attachments: NonNullable<MessageBody['attachments']>,
): Promise<Payload> {
  const attached: Payload = [];
  for (const { title, contentType, data } of attachments) {
    const securityContext = { reference: `Communication/${messageId}` };
    const binary = { resourceType: 'Binary', id: unit.newId(), contentType, securityContext, data } as const;
    await unit.create<Binary>(await checkWrite<Binary>(store, unit, undefined, binary));
    const hash = createHash('sha1').update(Buffer.from(data, 'base64')).digest('base64');
    const url = `Binary/${binary.id}`;
    attached.push({ contentAttachment: { contentType, url, title, size: bytesIn(data), hash } });
  }
  return attached;
}

/** Until when an answer is needed: the moment that is said, or the time the policy gives, while who is asked works. */
async function answerByFor(
  { referrals }: Context,
  unit: UnitOfWork,
  loopId: string,
  { organizationId }: Addressee,
  { answerBy, needsAnswer }: MessageBody,
): Promise<Date | undefined> {
  if (answerBy) return new Date(answerBy);
  const records = needsAnswer && (await loadRecords(unit.tx, loopId, referrals.hubOrg));
  if (!records) return undefined;
  const policy = referrals.policies.of(kindOf(records));
  return endOf(unit.now, spanOf(policy, 'answer'), calendarsOf(records, referrals)(organizationId));
}
