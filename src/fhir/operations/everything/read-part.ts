import type { Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { type Caller, visibleTo } from '../../caller.ts';
import { type Compartment, compartmentKeys } from './compartment.ts';

/** The parts of a patient's record, in the order they are answered. */
export const PARTS = ['patient', 'compartment', 'referred'] as const;

export type Part = (typeof PARTS)[number];

/** What is wanted of a record. */
export interface Wanted {
  readonly caller: Caller;
  readonly compartment: Compartment;
  /** Only these types; all when empty. */
  readonly types: readonly string[];
  /** Only what changed at or after this moment. */
  readonly since: Date | undefined;
}

/** After which resource of a part to go on: by type and id, which do not change. */
export interface After {
  readonly type: string;
  readonly id: string;
}

/** The next resources of a part of a patient's record, of those the caller may see. */
export async function readPart(
  sql: Sql,
  wanted: Wanted,
  patientId: string,
  part: Part,
  after: After,
  limit: number,
): Promise<Resource[]> {
  const { caller, compartment, types, since } = wanted;
  const keys = part === 'patient' ? [] : compartmentKeys(compartment, patientId);
  const bound = part === 'referred' ? [...compartment.keys(), 'Patient'] : [];
  const values = [patientId, keys, bound, types, since?.toISOString() ?? null, after.type, after.id, limit];
  const rows = await sql.query<{ content: Resource }>(STATEMENTS[part](caller), values);
  return rows.map(({ content }) => content);
}

/** What holds of each resource that is answered. Each statement uses all values, so that their types are known. */
function page(caller: Caller, from: string, condition: string): string {
  return `SELECT resource.content FROM ${from}
    WHERE NOT resource.deleted AND ${visibleTo(caller)} AND ${condition}
      AND NOT resource.type = ANY($3::text[])
      AND (cardinality($4::text[]) = 0 OR resource.type = ANY($4::text[]))
      AND ($5::timestamptz IS NULL OR resource.last_updated >= $5::timestamptz)
      AND (resource.type, resource.id) > ($6::text, $7::text)
    ORDER BY resource.type, resource.id LIMIT $8::int`;
}

/** Materialized: found by the index of tokens first, whatever the order of the page would suggest to the planner. */
function members(caller: Caller): string {
  return `member AS MATERIALIZED (
    SELECT resource.type, resource.id FROM resource
    WHERE resource.tokens && $2::text[] AND resource.type <> 'Patient' AND NOT resource.deleted AND ${visibleTo(caller)})`;
}

/** The addresses a resource refers to that are on this server. */
const REFERENCES = `jsonb_path_query(resource.content::jsonb, 'lax $.**.reference') AS found(value)
  CROSS JOIN LATERAL regexp_match(found.value #>> '{}', '^([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/.*)?$') AS address(parts)`;

/** A role leads to a person and an organization, that to a place: as far as this. */
const FARTHEST = 3;

const STATEMENTS: Readonly<Record<Part, (caller: Caller) => string>> = {
  patient: (caller) =>
    page(caller, 'resource', `resource.type = 'Patient' AND resource.id = $1::text AND cardinality($2::text[]) = 0`),
  compartment: (caller) =>
    `WITH ${members(caller)} ${page(caller, 'member JOIN resource USING (type, id)', '$1::text IS NOT NULL')}`,
  referred: (caller) => `WITH RECURSIVE ${members(caller)},
    holder(type, id) AS (SELECT type, id FROM member UNION ALL SELECT 'Patient', $1::text),
    referred(type, id, far) AS (
      SELECT address.parts[1], address.parts[2], 1 FROM holder JOIN resource USING (type, id) CROSS JOIN LATERAL ${REFERENCES}
      WHERE NOT resource.deleted AND ${visibleTo(caller)} AND address.parts IS NOT NULL AND NOT address.parts[1] = ANY($3::text[])
      UNION
      SELECT address.parts[1], address.parts[2], far + 1 FROM referred JOIN resource USING (type, id) CROSS JOIN LATERAL ${REFERENCES}
      WHERE far < ${FARTHEST} AND NOT resource.deleted AND ${visibleTo(caller)} AND address.parts IS NOT NULL AND NOT address.parts[1] = ANY($3::text[])),
    once AS MATERIALIZED (SELECT DISTINCT type, id FROM referred)
    ${page(caller, 'once JOIN resource USING (type, id)', 'true')}`,
};

/** The next patient the caller may see, by id. */
export async function nextPatient(sql: Sql, caller: Caller, after: string): Promise<string | undefined> {
  const [row] = await sql.query<{ id: string }>(
    `SELECT id FROM resource WHERE type = 'Patient' AND id > $1 AND NOT deleted AND ${visibleTo(caller)} ORDER BY id LIMIT 1`,
    [after],
  );
  return row?.id;
}
