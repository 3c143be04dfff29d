import type { Task } from '@medplum/fhirtypes';
import type { Outgoing, SendContext, SendOutcome } from '../channels/channel.ts';
import { channelFor } from '../channels/index.ts';
import { type Presented, presentedTo } from '../channels/presenting/presented.ts';
import { presenting } from '../channels/presenting/presenting.ts';
import type { SaidMessage } from '../channels/said.ts';
import { stoodThere } from '../counterparts/counterparts.ts';
import type { Sql } from '../db/database.ts';
import { mailOfMessage } from '../deadlines/mail.ts';
import { endpointOf, type PartnerEndpoint } from '../directory/directory.ts';
import type { Stored } from '../fhir/store/unit-of-work.ts';
import { announceLoop } from '../loops/announce-loop.ts';
import { asSent } from '../loops/next-step/on-task.ts';
import { LOOP_MARK, lockLoop } from '../loops/projection/store.ts';
import { isTerminal } from '../loops/words.ts';
import type { DeliverDeps } from './deliver-deps.ts';
import { settlementOf } from './delivery.ts';
import { type Prepare, WAITS_FOR_CONSENT } from './errand.ts';
import { mailErrand } from './mailbox-errand.ts';
import { type Sending, type Standing, standingOf, withoutContent } from './may-be-sent.ts';
import { messageNow, sayableMessage } from './message-errand.ts';
import { pauseEndpoint } from './pause-endpoint.ts';
import { noteThere } from './placed.ts';
import { loadMessage, type TaskMessage } from './store.ts';

/** A message about a Task of a referral to an organization. */
export function taskErrand(deps: DeliverDeps, about: TaskMessage): Prepare {
  return async (tx, row, now) => {
    const sending = {
      about,
      recipientOrg: row.recipientOrg,
      task: asSent(await loadMessage(tx, about, row.recipientOrg)),
    };
    const content = await contentOf(tx, deps, sending, now);
    if (!content || content === WAITS_FOR_CONSENT) return content;
    const { task, said } = content;
    const endpoint = await endpointOf(tx, row.recipientOrg);
    const mail = endpoint ? undefined : await mailErrand(tx, deps, sending, row, now);
    const presented = endpoint && (await presentedTo(tx, deps.secretKeys, endpoint));
    const stood =
      endpoint && !said && (await stoodThere(tx, row.recipientOrg, about.taskId, { deliveryId: row.id, now }));
    const message: Outgoing = {
      deliveryId: row.id,
      kind: about.kind,
      loopId: about.loopId,
      task,
      said,
      stood: stood || undefined,
    };
    return {
      endpointId: endpoint?.id ?? mail?.endpointId,
      discloses: endpoint && {
        resource: said ?? task,
        basis: `Task/${about.loopId}`,
        about: said
          ? { type: 'Communication', id: said.id }
          : { type: 'Task', id: about.taskId, version: about.taskVersion },
      },
      say: (doubtful) => mail?.say() ?? say(deps, message, endpoint, presented, doubtful),
      weigh: async (unit, outcome, attempt) => {
        if (about.kind !== 'reminder') await lockLoop(unit, about.loopId);
        return settlementOf(outcome, attempt, deps.schedule, unit.now, deps.chance());
      },
      follow: async (unit, outcome) => {
        // Nothing of the loop's row depends on whether a reminder has arrived.
        if (about.kind === 'reminder') announceLoop(unit, about.loopId);
        else unit.mark(LOOP_MARK, about.loopId);
        if (endpoint) noteThere(unit, deps, { about, task, endpoint }, outcome);
        if (outcome.kind === 'rejected' && outcome.endpoint) await pauseEndpoint(unit, endpoint, outcome.endpoint);
        if (said && !endpoint && !mail && about.kind === 'message' && deps.mail)
          await mailOfMessage(unit, about, row.recipientOrg);
      },
    };
  };
}

/** What a delivery says: a Task, and of a message about it that, too. */
interface Content {
  readonly task: Stored<Task>;
  readonly said: SaidMessage | undefined;
}

async function contentOf(
  tx: Sql,
  deps: DeliverDeps,
  sending: Sending,
  now: Date,
): Promise<Content | typeof WAITS_FOR_CONSENT | undefined> {
  const { about, task } = sending;
  if (about.messageId) {
    const said = sayableMessage(about.kind, await messageNow(tx, deps, sending, now));
    return said && said !== WAITS_FOR_CONSENT ? { task, said } : said;
  }
  const sayableTask = sayable(about.kind, task, await standingOf(tx, deps, sending, now));
  return sayableTask && sayableTask !== WAITS_FOR_CONSENT ? { task: sayableTask, said: undefined } : sayableTask;
}

/**
 * What may be said of a Task: all of it, only that it is not asked any more, nothing yet, or nothing at all. Who has not
 * been asked is not told that it may not be.
 */
function sayable(
  kind: TaskMessage['kind'],
  task: Stored<Task>,
  { isPermitted, status, hasOffer }: Standing,
): Stored<Task> | typeof WAITS_FOR_CONSENT | undefined {
  if (kind === 'consent' && !hasOffer) return undefined;
  // Who has done what it was to be reminded of, or may not read it now, is not reminded.
  if (kind === 'reminder') return isPermitted && status === task.status ? task : undefined;
  if (isPermitted) return task;
  switch (kind) {
    case 'consent':
    case 'cancel':
      return hasOffer ? withoutContent(task) : undefined;
    case 'offer':
      return isTerminal(status) ? undefined : WAITS_FOR_CONSENT;
    case 'status':
    case 'closing':
    case 'message':
      return WAITS_FOR_CONSENT;
  }
}

async function say(
  deps: DeliverDeps,
  message: Outgoing,
  endpoint: PartnerEndpoint | undefined,
  presented: Presented | undefined,
  doubtful: boolean,
): Promise<SendOutcome> {
  const paused = endpoint && endpoint.status !== 'active';
  if (paused) return { kind: 'wait', code: 'endpoint-paused', until: new Date(deps.store.now().getTime() + 300_000) };
  const channel = channelFor(endpoint);
  if (doubtful) {
    const answer = await channel.ask(message, endpoint, context(deps, presented));
    if (answer) return answer;
  }
  return channel.send(message, endpoint, context(deps, presented));
}

function context(deps: DeliverDeps, presented: Presented | undefined): SendContext {
  const { store, timeoutMs, hubBase } = deps;
  const outbound = presented ? presenting(deps.outbound, presented, deps.partnerTokens) : deps.outbound;
  return { signal: AbortSignal.timeout(timeoutMs), now: store.now(), hubBase, outbound };
}
