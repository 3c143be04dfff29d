import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { idOf } from '../../fhir/references.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { prohibitsContact } from '../../loops/client-contact.ts';
import { isTerminal, wantsCancel } from '../../loops/words.ts';
import { askNext, legsOf, ownerId } from '../ask-next.ts';
import { stopAsking } from '../confirmation/end.ts';
import { shareAnew } from '../sharing/share-loops.ts';
import { putByHub, type ReferralDeps, recordSteps, type StoredTask, sameStatus } from '../task-changes.ts';
import { checkUpdate, settleUpdate } from '../updates/update-status.ts';
import { type Asked, changedIn, orderNow } from './order.ts';
import { tellChanged } from './tell-changed.ts';

/** Has a loop follow what its sender changed on the request. */
export async function followRequest(
  unit: UnitOfWork,
  deps: ReferralDeps,
  loopId: string,
  was: Stored<ServiceRequest>,
  is: Stored<ServiceRequest>,
): Promise<void> {
  const root = await unit.lock<Task>('Task', loopId, BY_HUB);
  if (!root) return;
  if (prohibitsContact(is) && !prohibitsContact(was))
    await stopAsking(unit, loopId, 'The client must not be contacted.');
  const ends = ENDS[is.status ?? ''];
  if (ends && is.status !== was.status) await withdraw(unit, deps, root, ends);
  else await askAnew(unit, deps, { root, request: is }, was);
}

/** What a sender says of its request, as what it says of its Task. @see https://hl7.org/fhir/R4/valueset-request-status.html */
const ENDS: Readonly<Record<string, { readonly status: 'cancelled' | 'entered-in-error'; readonly text: string }>> = {
  revoked: { status: 'cancelled', text: 'The request was revoked.' },
  'entered-in-error': { status: 'entered-in-error', text: 'The request was entered in error.' },
};

/** As if the sender had said so on its Task: of what has begun, that is a request to stop. */
async function withdraw(
  unit: UnitOfWork,
  deps: ReferralDeps,
  root: StoredTask,
  { status, text }: (typeof ENDS)[string],
): Promise<void> {
  if (isTerminal(root.status) || (status === 'cancelled' && wantsCancel(root))) return;
  const checked = await checkUpdate(unit, deps, root, { ...root, status, statusReason: { text } });
  await settleUpdate(unit, deps, root, await putByHub(unit, checked));
}

/** Who is asked is asked for what it says now, and told; where nobody is asked yet, somebody may be. */
async function askAnew(unit: UnitOfWork, deps: ReferralDeps, asked: Asked, was: ServiceRequest): Promise<void> {
  const changed = changedIn(was, asked.request);
  if (changed.length === 0) return;
  const root = await nameClient(unit, asked);
  const isDirect = ownerId(root) !== deps.hubOrg;
  const legs = isDirect ? [] : await legsOf(unit, root.id);
  for (const leg of legs) await passOn(unit, deps, { ...asked, root }, leg);
  if (isTerminal(root.status)) return;
  if (isDirect) {
    await shareAnew(unit, deps, root, asked.request);
    return tellChanged(unit, root, changed);
  }
  // That it says something else now is of the timeline; who works on it is told by a message.
  const statusReason = { text: `The request was changed: ${changed.join(', ')}.` };
  recordSteps(unit, root.id, { ...root, statusReason, lastModified: unit.now.toISOString() }, [sameStatus(root)]);
  if (legs.length === 0 && asked.request.status === 'active') await askNext(unit, deps, root, asked.request);
}

/** Who was named by no record at first, is by the one that the request names now. */
async function nameClient(unit: UnitOfWork, { root, request }: Asked): Promise<StoredTask> {
  if (isTerminal(root.status) || root.for?.reference || !request.subject.reference) return root;
  return putByHub(unit, { ...root, for: request.subject } as StoredTask);
}

/** The hub's own request to one organization says what its sender asks now; of what has ended, only whether the client may be contacted. */
async function passOn(unit: UnitOfWork, deps: ReferralDeps, asked: Asked, leg: StoredTask): Promise<void> {
  const order = await unit.lock<ServiceRequest>('ServiceRequest', idOf('ServiceRequest', leg.focus) ?? '', BY_HUB);
  if (!order) return;
  const now = isTerminal(leg.status) ? inDetail(order, asked.request) : orderNow(deps, asked, order);
  const changed = changedIn(order, now);
  if (changed.length === 0) return;
  const written = await unit.put<ServiceRequest>(now, BY_HUB);
  if (isTerminal(leg.status)) return;
  await shareAnew(unit, deps, leg, written);
  await tellChanged(unit, leg, changed);
}

function inDetail(order: Stored<ServiceRequest>, { orderDetail }: ServiceRequest): Stored<ServiceRequest> {
  const { orderDetail: _before, ...kept } = order;
  return { ...kept, ...(orderDetail ? { orderDetail } : {}) } as typeof order;
}
