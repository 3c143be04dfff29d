import { leaseMs } from '../deliveries/deliver.ts';
import type { Deps } from '../deps.ts';
import { hubOf, transact } from '../fhir/store/transact.ts';
import { recountLoops } from '../loops/counts/recount.ts';
import { checkLoops } from '../loops/projection/check.ts';
import { LOOP_MARK } from '../loops/projection/store.ts';
import { addMessages } from '../outbox/outbox.ts';
import { LOST_DELIVERIES_SQL } from './checks.ts';
import { examine, linesOf, type Verdict } from './examine.ts';

export const DOCTOR_USAGE = `  careloop doctor [--json]
      examines the store: that every open loop has somebody who must act, by when; that rows, messages, shares and the
      audit are what they must be. A line for each finding, with what mends it; exit code 1 when there is one
  careloop loops rebuild
      makes the row of every loop anew that is not what its Tasks, messages and firings make of it, and what its Tasks say of it
  careloop loops recount
      counts all loops anew, while the hub goes on, and mends how many are told of
  careloop deliveries requeue
      has every delivery looked at again that no message speaks of to the workers`;

export const doctorCommands = {
  doctor: async (deps: Deps, { json }: { readonly json?: boolean | undefined }): Promise<number> => {
    const verdict = await examineHub(deps);
    console.log(json ? JSON.stringify(verdict) : linesOf(verdict).join('\n'));
    return verdict.ok ? 0 : 1;
  },
  'loops rebuild': async (deps: Deps): Promise<number> => {
    const { loops, differed, untold } = await checkLoops(deps.db, deps);
    const wrong = new Set([...differed, ...untold.map(({ loopId }) => loopId)]);
    for (const id of wrong) {
      await transact(deps.store, { kind: 'hub', organizationId: hubOf(deps.store) }, async (unit) =>
        unit.mark(LOOP_MARK, id),
      );
      console.log(`loop ${id} is made anew`);
    }
    console.log(`${loops} loops checked, ${wrong.size} made anew`);
    return 0;
  },
  'loops recount': async ({ db }: Deps): Promise<number> => {
    const differed = await recountLoops(db);
    console.log(`loops counted anew, ${differed} numbers mended`);
    return 0;
  },
  'deliveries requeue': async ({ db, now }: Deps): Promise<number> => {
    const lost = await db.transaction(async (tx) => {
      const rows = await tx.query<{ id: string }>(`${LOST_DELIVERIES_SQL} FOR UPDATE SKIP LOCKED`);
      await addMessages(
        tx,
        'deliver',
        rows.map(({ id }) => id),
        now(),
      );
      return rows;
    });
    console.log(`${lost.length} deliveries are looked at again`);
    return 0;
  },
};

/** As the settings of a hub have it. */
export function examineHub(deps: Deps, pauseMs?: number): Promise<Verdict> {
  return examine({ ...deps, leaseMs: leaseMs(deps.config.DELIVERY_TIMEOUT_MS) }, pauseMs);
}
