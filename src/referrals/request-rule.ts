import type { ServiceRequest } from '@medplum/fhirtypes';
import { idOf } from '../fhir/references.ts';
import type { WriteRule } from '../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { prohibitsContact } from '../loops/client-contact.ts';
import { LOOP_MARK, lockLoop } from '../loops/projection/store.ts';
import { legsOf } from './ask-next.ts';
import { stopAsking } from './confirmation/end.ts';

/** A request that begins or ceases to say that its client must not be contacted says so of its loop, and in every part; nobody asks it any more. */
export function requestRule(): WriteRule {
  return {
    types: ['ServiceRequest'],
    settle: async ({ before, after }, unit) => {
      const [was, is] = [before, after] as (Stored<ServiceRequest> | undefined)[];
      if (!was || !is || prohibitsContact(was) === prohibitsContact(is)) return;
      const loops = await unit.tx.query<{ id: string }>(LOOPS_SQL, [[`Task.focus=ServiceRequest/${is.id}`]]);
      for (const { id } of loops) {
        await lockLoop(unit, id);
        unit.mark(LOOP_MARK, id);
        if (prohibitsContact(is)) await stopAsking(unit, id, 'The client must not be contacted.');
        for (const leg of await legsOf(unit, id)) await sayInOrder(unit, idOf('ServiceRequest', leg.focus), is);
      }
    },
  };
}

const LOOPS_SQL = `
  SELECT loop.id FROM resource task JOIN loop ON loop.id = task.id
  WHERE task.type = 'Task' AND NOT task.deleted AND task.tokens @> $1::text[] ORDER BY loop.id`;

async function sayInOrder(
  unit: UnitOfWork,
  orderId: string | undefined,
  { orderDetail }: ServiceRequest,
): Promise<void> {
  const order = orderId ? await unit.lock<ServiceRequest>('ServiceRequest', orderId, BY_HUB) : undefined;
  if (!order) return;
  const { orderDetail: _before, ...kept } = order;
  await unit.put<ServiceRequest>({ ...kept, ...(orderDetail ? { orderDetail } : {}) } as typeof order, BY_HUB);
}
