import type { Organization, ServiceRequest, Task } from '@medplum/fhirtypes';
import { lockNames } from '../db/locks.ts';
import { organizationBehind } from '../directory/directory.ts';
import { AppError } from '../errors.ts';
import { type Caller, visibleTo } from '../fhir/caller.ts';
import { idOf } from '../fhir/references.ts';
import type { Stored, UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { replacing, SYSTEMS } from '../loops/words.ts';
import { askNext } from './ask-next.ts';
import { noteReplaced, replacedReferral } from './reopening/replaced.ts';
import { putByHub, type ReferralDeps, recordSteps, type StoredTask, tellOwner } from './task-changes.ts';

/**
 * A referral arrives: a Task that asks for a ServiceRequest to be fulfilled. It gets its loop, and is offered on.
 * Runs in the transaction that stores it: when anything is wrong, nothing of it is kept.
 * @param because why it is asked again, where it replaces one that has ended
 * @throws AppError naming the element at fault
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/referral_workflow.html
 */
export async function receiveReferral(
  unit: UnitOfWork,
  deps: ReferralDeps,
  task: StoredTask,
  because?: string,
): Promise<StoredTask> {
  await requireSender(unit, deps, task);
  const receiver = await requireReceiver(unit, deps, task);
  const request = await requireRequest(unit, task);
  await refuseSecond(unit, task);
  const old = await replacedReferral(unit, task, request);
  const whole = { ...task, ...whatIsImplied(task, request, deps) };
  const root = await putByHub(unit, replacing(whole, old?.id));
  const said = old ? { ...root, statusReason: { text: because ?? `It replaces loop ${old.id}.` } } : root;
  recordSteps(unit, root.id, said, [{ from: null, to: 'requested', implied: false }]);
  if (old) noteReplaced(unit, deps, old, root);
  if (receiver === deps.hubOrg) await askNext(unit, deps, root, request);
  else tellOwner(unit, 'offer', root.id, root, receiver);
  return root;
}

async function requireSender(unit: UnitOfWork, deps: ReferralDeps, task: StoredTask): Promise<void> {
  const sender = await organizationBehind(unit, task.requester?.reference);
  if (!sender) {
    throw refused(
      task,
      'requester',
      'referral.unknown-sender',
      'The requester is not an organization this hub knows. Refer to the Organization (or PractitionerRole) that is registered here.',
    );
  }
  const { caller } = unit;
  if (caller.kind === 'client' && caller.organizationId !== sender && caller.organizationId !== deps.hubOrg) {
    throw new AppError(
      'forbidden',
      'referral.other-sender',
      'You may send referrals for your own organization only; the requester is another.',
      {
        issues: [{ text: 'The requester is not your organization.', expression: 'Task.requester' }],
        subject: { type: 'Task', id: task.id },
      },
    );
  }
}

async function requireReceiver(unit: UnitOfWork, deps: ReferralDeps, task: StoredTask): Promise<string> {
  if (!task.owner) return deps.hubOrg;
  const receiver = idOf('Organization', task.owner);
  if (receiver === deps.hubOrg) return receiver;
  const organization = receiver ? await unit.find<Organization>('Organization', receiver) : undefined;
  if (organization && organization.active !== false) return organization.id;
  if (organization) {
    throw refused(
      task,
      'owner',
      'referral.receiver-gone',
      `The owner is not active any more. Address the hub itself (Organization/${deps.hubOrg}), or another agency.`,
    );
  }
  throw refused(
    task,
    'owner',
    'referral.unknown-receiver',
    `The owner is not an organization this hub knows. Address the hub itself (Organization/${deps.hubOrg}), or an agency that is registered here.`,
  );
}

async function requireRequest(unit: UnitOfWork, task: StoredTask): Promise<Stored<ServiceRequest>> {
  const id = idOf('ServiceRequest', task.focus);
  const request = id ? await unit.find<ServiceRequest>('ServiceRequest', id) : undefined;
  if (!request) {
    throw refused(
      task,
      'focus',
      'referral.no-request',
      'A referral says what is asked: focus must be a ServiceRequest on this hub. Send it in the same Bundle.',
    );
  }
  if (task.for?.reference && request.subject.reference !== task.for.reference) {
    throw refused(
      task,
      'for',
      'referral.other-client',
      'The Task is for one person and its ServiceRequest about another.',
    );
  }
  return request;
}

/** The same business identifier must not open a second loop. */
async function refuseSecond(unit: UnitOfWork, task: StoredTask): Promise<void> {
  const tokens = identifierTokens(task);
  if (tokens.length === 0) return;
  const requester = `Task.requester=${task.requester?.reference ?? ''}`;
  // Waits here while the same referral is being received on another connection.
  await lockNames(
    unit.tx,
    tokens.map((token) => `${requester} ${token}`),
  );
  const [stored] = await unit.tx.query<{ id: string }>(sameIdentifierSql(unit.caller), [tokens, task.id, requester]);
  const other = stored ?? besideIt(unit, task, tokens);
  if (!other) return;
  throw new AppError(
    'duplicate',
    'referral.known',
    `This referral is known: Task/${other.id} has the same identifier. Read it there; send a new referral under a new identifier.`,
    {
      issues: [
        {
          text: `Task/${other.id} has the same identifier from the same requester.`,
          expression: 'Task.identifier',
          code: 'duplicate',
        },
      ],
      subject: { type: 'Task', id: task.id },
    },
  );
}

function identifierTokens({ identifier = [] }: Task): string[] {
  return identifier.map(({ system, value }) => `Task.identifier=${system ?? ''}|${value ?? ''}`);
}

/** Another referral of the same Bundle under the same identifier. */
function besideIt(unit: UnitOfWork, task: StoredTask, tokens: readonly string[]): { id: string } | undefined {
  const others = unit.changes.flatMap(({ after }) =>
    after?.resourceType === 'Task' && after.id !== task.id ? [after] : [],
  );
  return others.find(
    (other) =>
      other.requester?.reference === task.requester?.reference &&
      identifierTokens(other).some((token) => tokens.includes(token)),
  );
}

/** Of what a sender may not see, e.g. the draft of somebody else in its name, it is not told. */
export function sameIdentifierSql(caller: Caller): string {
  return `
    SELECT id FROM resource WHERE type = 'Task' AND NOT deleted AND tokens && $1::text[] AND id <> $2
      AND tokens @> ARRAY[$3::text] AND ${visibleTo(caller)} LIMIT 1`;
}

/** What a referral needs and its sender may have left out: for whom, an owner, an identifier to speak of it by. */
function whatIsImplied(task: StoredTask, request: ServiceRequest, deps: ReferralDeps): Partial<Task> {
  return {
    for: task.for ?? request.subject,
    owner: task.owner ?? { reference: `Organization/${deps.hubOrg}` },
    identifier: task.identifier?.length ? task.identifier : [{ system: SYSTEMS.task, value: task.id }],
    authoredOn: task.authoredOn ?? task.meta?.lastUpdated,
  } as Partial<Task>;
}

function refused(task: StoredTask, element: string, code: string, text: string): AppError {
  return new AppError('unprocessable', code, text, {
    issues: [{ text, expression: `Task.${element}` }],
    subject: { type: 'Task', id: task.id },
  });
}
