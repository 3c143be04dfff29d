import type { LocalReference } from '../../fhir/references.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';

/** As in `stands_unlabelled` (migration 0103). PostgreSQL tells locks of two numbers from those of one, as `lockNames` takes. */
const CLASS = 727_003;

/**
 * Waits until nobody is giving labels to these: then they can be read, and nobody begins to until this transaction has ended.
 * @see https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS
 */
export function awaitLabels(unit: UnitOfWork, sources: readonly LocalReference[]): Promise<unknown> {
  return unit.tx.query(lockSql('pg_advisory_xact_lock_shared'), [sources.map(nameOf)]);
}

/** Waits for all who write what comes from these, and lets nobody write more of it until this transaction has ended. */
export function holdLabels(unit: UnitOfWork, grown: readonly LocalReference[]): Promise<unknown> {
  return unit.tx.query(lockSql('pg_advisory_xact_lock'), [grown.map(nameOf)]);
}

/** Always in one order. */
function lockSql(how: string): string {
  return `SELECT ${how}(${CLASS}, lock) FROM (
    SELECT DISTINCT label_lock(name) AS lock FROM unnest($1::text[]) AS name ORDER BY lock) AS locks`;
}

function nameOf({ type, id }: LocalReference): string {
  return `${type}/${id}`;
}
