import type { RowWriter } from '../../db/row-writer.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { announceLoop } from '../announce-loop.ts';
import type { FiringRecord } from '../projection/records.ts';
import { ESCALATIONS } from '../words.ts';
import { escalationBy } from './escalation.ts';

/**
 * Says on the row of a loop how far it has come, once a rung was done of something that is awaited. Nothing else of the row
 * depends on that, and so it need not be made anew.
 */
export function escalate(unit: UnitOfWork, loopId: string, fired: Pick<FiringRecord, 'what' | 'result'>): void {
  unit.add(escalations, { loop_id: loopId, escalation: escalationBy(fired) });
  announceLoop(unit, loopId);
}

const ORDER = `ARRAY[${ESCALATIONS.map((each) => `'${each}'`).join(', ')}]`;

/** It never goes back while the same is awaited. */
const escalations: RowWriter<{ loop_id: string; escalation: string }> = {
  name: 'loop_escalation',
  columns: { loop_id: 'text', escalation: 'text' },
  usuallyOne: true,
  statement: (rows) => `UPDATE loop SET escalation = r.escalation FROM ${rows}
    WHERE loop.id = r.loop_id
      AND COALESCE(array_position(${ORDER}, loop.escalation), 0) < array_position(${ORDER}, r.escalation)`,
};
