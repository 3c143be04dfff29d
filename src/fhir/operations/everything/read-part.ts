import type { Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { type Caller, contentFor, visibleTo } from '../../caller.ts';
import { compartmentKeys, compartmentTypes } from '../../patient-compartment.ts';
import type { LocalReference } from '../../references.ts';
import { referredFrom } from './referred.ts';

/** The parts of a patient's record, in the order they are answered. */
export const PARTS = ['patient', 'compartment', 'referred'] as const;

export type Part = (typeof PARTS)[number];

/** What is wanted of a record. */
export interface Wanted {
  readonly caller: Caller;
  /** Only these types; all when empty. */
  readonly types: readonly string[];
  /** Only what changed at or after this moment. */
  readonly since: Date | undefined;
}

/**
 * The next resources of a part of a patient's record, of those the caller may see.
 * @param after what comes before it, by type and id, is done: these do not change
 */
export async function readPart(
  sql: Sql,
  wanted: Wanted,
  patientId: string,
  part: Part,
  after: LocalReference,
  limit: number,
): Promise<Resource[]> {
  const patient = { type: 'Patient', id: patientId };
  if (part === 'patient') return readSome(sql, wanted, [patient], after, limit);
  const members = await membersOf(sql, wanted, patientId);
  if (part === 'compartment') return readSome(sql, wanted, members, after, limit);
  const bound = [...compartmentTypes(), 'Patient'];
  return readSome(sql, wanted, await referredFrom(sql, wanted.caller, bound, [patient, ...members]), after, limit);
}

/** What is in the compartment of a patient: found by the index of tokens, whatever the order of a page would suggest. */
function membersOf(sql: Sql, { caller }: Wanted, patientId: string): Promise<LocalReference[]> {
  return sql.query<LocalReference>(MEMBERS_SQL(caller), [membershipOf(patientId)]);
}

export const MEMBERS_SQL = (caller: Caller): string => `
  SELECT type, id FROM resource
  WHERE tokens && $1::text[] AND type <> 'Patient' AND NOT deleted AND ${visibleTo(caller)}`;

/** The keys of the search index that what belongs to a patient has one of. */
export function membershipOf(patientId: string): string[] {
  return compartmentTypes().flatMap((type) => compartmentKeys(type, [patientId]));
}

/** Those of some resources that are wanted, by type and id, after one of them. */
async function readSome(
  sql: Sql,
  { caller, types, since }: Wanted,
  all: readonly LocalReference[],
  after: LocalReference,
  limit: number,
): Promise<Resource[]> {
  const some = all.filter(({ type }) => types.length === 0 || types.includes(type));
  const names = [some.map(({ type }) => type), some.map(({ id }) => id)];
  const values = [...names, after.type, after.id, since?.toISOString() ?? null, limit];
  const rows = await sql.query<{ content: Resource }>(SOME_SQL(caller), values);
  return rows.map(({ content }) => content);
}

export const SOME_SQL = (caller: Caller): string => `
  SELECT ${contentFor(caller)} AS content FROM unnest($1::text[], $2::text[]) AS wanted(type, id) JOIN resource USING (type, id)
  WHERE NOT resource.deleted AND ${visibleTo(caller)} AND (resource.type, resource.id) > ($3::text, $4::text)
    AND ($5::timestamptz IS NULL OR resource.last_updated >= $5::timestamptz)
  ORDER BY resource.type, resource.id LIMIT $6::int`;

/** The next patient the caller may see, by id. */
export async function nextPatient(sql: Sql, caller: Caller, after: string): Promise<string | undefined> {
  const [row] = await sql.query<{ id: string }>(NEXT_PATIENT_SQL(caller), [after]);
  return row?.id;
}

export const NEXT_PATIENT_SQL = (caller: Caller): string =>
  `SELECT id FROM resource WHERE type = 'Patient' AND id > $1 AND NOT deleted AND ${visibleTo(caller)} ORDER BY id LIMIT 1`;
