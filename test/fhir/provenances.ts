import type { Bundle, Provenance } from '@medplum/fhirtypes';
import type { Database, Sql } from '../../src/db/database.ts';
import { call, found } from '../support/api.ts';
import type { TestHub } from '../support/hub.ts';

/** The Provenances of a resource that a caller finds, in the order of what they are about. */
export async function provenancesOf(hub: TestHub, name: string, token?: string): Promise<Provenance[]> {
  const answer = await call<Bundle>('GET', `${hub.fhir}/Provenance?target=${name}`, { token });
  return found<Provenance>(answer).sort((a, b) => number(a) - number(b));
}

function number({ id }: Provenance): number {
  return Number(id?.replace(/^change-/, ''));
}

/** What a Provenance says: of which versions, what was done, for whom. */
export function said({ target, activity, agent }: Provenance): readonly unknown[] {
  const versions = target.map(({ reference }) => reference?.replace(/\/[^/]+\/_history\//, ' '));
  return [versions.join(), activity?.coding?.[0]?.code, agent.map(({ onBehalfOf }) => onBehalfOf?.reference).join()];
}

/** Entries of the audit as a partner's creates leave them, of nothing that is stored. */
export async function writeEntries(sql: Sql, first: number, count: number): Promise<void> {
  await sql.query(
    `INSERT INTO audit (recorded_at, action, organization_id, client_id, request_id, resource_type, resource_id, version)
     SELECT '2026-03-02T09:00:00Z', 'C', 'partner', 'program', 'r' || n, 'Basic', 'b' || n, 1
     FROM generate_series($1::int, $2::int) AS n`,
    [first, first + count - 1],
  );
}

/** How many Provenances there are of which of these, and how many in all. */
export async function madeOf(db: Database): Promise<{ all: number; versions: number; entries: number }> {
  const [row] = await db.query<{ all: number; versions: number; entries: number }>(
    `SELECT count(*)::int AS all, count(DISTINCT content #>> '{target,0,reference}')::int AS versions,
       (SELECT count(*)::int FROM audit WHERE resource_type = 'Provenance') AS entries
     FROM resource WHERE type = 'Provenance' AND content #>> '{target,0,reference}' LIKE 'Basic/b%'`,
  );
  return row ?? { all: 0, versions: 0, entries: 0 };
}
