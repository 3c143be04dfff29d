import { expect } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { nextTurnOf } from '../../src/fetching/take-turn.ts';
import type { LoopDetail } from '../../src/loops/api.ts';
import type { TimelineEntry } from '../../src/loops/timeline/api.ts';
import type { Clinic } from '../partners/clinic.ts';
import { call } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import type { TestHub } from '../support/hub.ts';
import { type Partner, sendReferral } from '../support/network.ts';

/** What tests of partners that write on their own servers do and see. */
export function ownServers(hub: () => TestHub) {
  const sql = <Row>(text: string, values: unknown[] = []): Promise<Row[]> => hub().deps.db.query<Row>(text, values);
  const loop = async (id: string): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub().url}/api/loops/${id}`)).body;
  const turnOf = async ({ id }: Partner): Promise<{ at: Date | null; code: string | null; failures: number }> => {
    const [row] = await sql<{ at: Date | null; code: string | null; failures: number }>(
      'SELECT at, last_code AS code, failures FROM fetching WHERE organization_id = $1',
      [id],
    );
    if (!row) throw new Error('Its server is not known to have anything.');
    return row;
  };
  /** Has a partner's server asked now, whoever does it, and waits until that is done. */
  const ask = async (partner: Partner): Promise<void> => {
    const started = new Date();
    await sql('UPDATE fetching SET at = $2 WHERE organization_id = $1', [partner.id, started]);
    const turn = await nextTurnOf(hub().deps.delivering, (thrown) => {
      throw thrown;
    });
    await turn?.done;
    await eventually(async () => {
      const [row] = await sql(
        'SELECT 1 FROM fetching WHERE organization_id = $1 AND lease_until IS NULL AND asked_at >= $2',
        [partner.id, started],
      );
      expect(row).toBeDefined();
    });
  };
  const findings = (loopId: string): Promise<{ code: string; text: string; resolved: boolean }[]> =>
    sql('SELECT code, text, resolved_at IS NOT NULL AS resolved FROM fetch_finding WHERE loop_id = $1 ORDER BY id', [
      loopId,
    ]);
  const statuses = async (id: string): Promise<Extract<TimelineEntry, { kind: 'status' }>[]> =>
    (await loop(id)).timeline.filter((entry) => entry.kind === 'status');
  /** Sends a referral, and waits until it stands on a clinic's server, and the hub knows that. */
  const offeredAt = async (
    clinic: Clinic,
    from: Partner,
    owner?: Partner,
  ): Promise<{ id: string; task: Task & { id: string } }> => {
    const known = new Set(clinic.tasks().map((each) => each.id));
    const id = await sendReferral(hub(), from, owner ? { owner: `Organization/${owner.id}` } : {});
    const task = await eventually(() => {
      const [put] = clinic.tasks().filter((each) => !known.has(each.id));
      if (!put) throw new Error('It is not there yet.');
      return put;
    });
    const here = task.meta?.source?.split('/').at(-1);
    await eventually(async () =>
      expect(await sql('SELECT 1 FROM counterpart WHERE resource_id = $1', [here])).toHaveLength(1),
    );
    return { id, task };
  };
  return { sql, loop, ask, turnOf, findings, statuses, offeredAt };
}
