import type { RowWriter } from '../db/row-writer.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';

/** The channel on which changed loops are announced; the payload is the loop's id. */
export const LOOP_CHANNEL = 'careloop_loop';

/** Likewise of loops that are part of a mandated report. */
export const RESTRICTED_LOOP_CHANNEL = 'careloop_loop_restricted';

/** Announces that there is something new of a loop, whose row is as it was. */
export function announceLoop(unit: UnitOfWork, loopId: string): void {
  unit.add(loopNews, { loop_id: loopId });
}

const loopNews: RowWriter<{ loop_id: string }> = {
  name: 'loop_news',
  columns: { loop_id: 'text' },
  // Nothing is done by a part of a statement that only reads, unless somebody asks what it found.
  mustAffectEach: true,
  usuallyOne: true,
  statement: (
    rows,
  ) => `SELECT pg_notify(CASE WHEN restricted THEN '${RESTRICTED_LOOP_CHANNEL}' ELSE '${LOOP_CHANNEL}' END, id)
    FROM loop JOIN ${rows} ON loop.id = r.loop_id`,
};
