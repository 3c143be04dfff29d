import { insertInto, type RowWriter } from '../../db/row-writer.ts';
import type { LocalReference } from '../../fhir/references.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';

interface CarriedRow {
  type: string;
  resource_id: string;
  label: string;
}

const carriedRows: RowWriter<CarriedRow> = insertInto(
  'label_carried',
  { type: 'text', resource_id: 'text', label: 'text' },
  'ON CONFLICT DO NOTHING',
);

/** Keeps that a resource has labels only because of what it comes from, in the transaction that gives it them. */
export function noteCarried(unit: UnitOfWork, { type, id }: LocalReference, labels: readonly string[]): void {
  for (const label of new Set(labels)) unit.add(carriedRows, { type, resource_id: id, label });
}

/** The labels that a resource has only because of what it comes from, as far as that was kept. */
export async function carriedBy(unit: UnitOfWork, { type, id }: LocalReference): Promise<ReadonlySet<string>> {
  const rows = await unit.tx.query<{ label: string }>(
    'SELECT label FROM label_carried WHERE type = $1 AND resource_id = $2',
    [type, id],
  );
  return new Set(rows.map(({ label }) => label));
}

/** Forgets labels that were taken off. */
export async function forgetCarried(
  unit: UnitOfWork,
  { type, id }: LocalReference,
  labels: readonly string[],
): Promise<void> {
  const sql = 'DELETE FROM label_carried WHERE type = $1 AND resource_id = $2 AND label = ANY ($3::text[])';
  await unit.tx.query(sql, [type, id, labels]);
}
