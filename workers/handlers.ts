import { deliver } from '../src/deliveries/deliver.ts';
import { mailCode } from '../src/deliveries/mails/mail-code.ts';
import { tellOfLoop } from '../src/deliveries/mails/tell-of-loop.ts';
import { tellSupervisor } from '../src/deliveries/mails/tell-supervisor.ts';
import type { Deps } from '../src/deps.ts';
import { runExport } from '../src/fhir/operations/export/run-export.ts';
import { wakeSubscription } from '../src/fhir/subscriptions/wake.ts';
import type { OutboxMessage } from '../src/outbox/outbox.ts';

/** What carries out an outbox message, by its kind. It is given ids only, and may be called twice for the same one. */
export type Handlers = Readonly<Record<OutboxMessage['kind'], (subjectId: string) => Promise<unknown>>>;

/** The handlers of every kind of message; they cannot tell by which queue they are called. */
export function handlersOf(deps: Deps): Handlers {
  // Nobody has called: the address is as it is set.
  const telling = {
    ...deps.delivering,
    db: deps.db,
    now: deps.now,
    address: deps.hubAddress({ get: () => undefined }),
  };
  return {
    deliver: (deliveryId) => deliver(deps.delivering, deliveryId),
    export: (jobId) => runExport(deps.exporting, jobId),
    mail: (mailId) => tellSupervisor(telling, mailId),
    'mailbox-code': (mailId) => mailCode(telling, mailId),
    'loop-mail': (mailId) => tellOfLoop(telling, mailId),
    wake: (timer) => wakeSubscription(deps.store, { kind: 'hub', organizationId: deps.hubOrg }, timer),
  };
}
