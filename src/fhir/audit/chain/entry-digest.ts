import { createHash } from 'node:crypto';

/**
 * The columns of `audit` an entry's bytes are made of, in this order. A column that is added later comes last and may
 * be NULL, so that entries of before have the same bytes as ever; none is ever taken away.
 */
const COLUMNS = [
  'id',
  'recorded_at',
  'action',
  'organization_id',
  'client_id',
  'request_id',
  'resource_type',
  'resource_id',
  'version',
  'patient',
  'interaction',
  'query',
  'refusal',
  'recipient',
  'purpose',
  'basis',
  'person_id',
  'person_roles',
  'about_person',
  'about_client',
  'times',
  'break_glass',
  'door',
] as const;

/** The columns of an entry as text. */
export type SealedEntry = Readonly<Record<(typeof COLUMNS)[number], string | null>>;

/** The columns of `audit` as SealedEntry has them: moments in microseconds since 1970, so that none is rounded. */
export const ENTRY_COLUMNS = COLUMNS.map((name) =>
  name === 'recorded_at'
    ? '(extract(epoch FROM recorded_at) * 1000000)::bigint::text AS recorded_at'
    : `${name}::text AS ${name}`,
).join(', ');

/**
 * The bytes of an entry: a JSON list of its columns that are not NULL, each a list of name and text, without spaces,
 * in UTF-8. E.g. `[["id","7"],["recorded_at","1764404510000000"],["action","C"],…]`. Pure.
 */
function bytesOf(entry: SealedEntry): Buffer {
  return Buffer.from(JSON.stringify(COLUMNS.filter((name) => entry[name] !== null).map((name) => [name, entry[name]])));
}

/** SHA-256 of the bytes of an entry. Pure. */
export function digestOf(entry: SealedEntry): Buffer {
  return createHash('sha256').update(bytesOf(entry)).digest();
}
