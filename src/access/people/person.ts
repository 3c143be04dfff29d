import type { Sql } from '../../db/database.ts';
import type { Role } from '../../fhir/role.ts';

/** Somebody who may sign in. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly organizationId: string;
  readonly roles: readonly Role[];
  /** Of a client: whose record it sees. */
  readonly patientId?: string | undefined;
  readonly active: boolean;
  readonly createdAt: Date;
  /** How it proves who it is; nothing of it leaves the hub. */
  readonly credentials: Credentials;
}

export interface Credentials {
  /** A hash; undefined: none was chosen yet. */
  readonly password: string | undefined;
  /** Whether there is a second factor; its secret is sealed elsewhere. */
  readonly secondFactor: boolean;
}

export type NewPerson = Omit<Person, 'active' | 'credentials' | 'createdAt'>;

interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly organization_id: string;
  readonly roles: Role[];
  readonly patient_id: string | null;
  readonly active: boolean;
  readonly created_at: Date;
  readonly password: string | null;
  readonly second_factor: boolean;
}

/** An e-mail address as it is compared. Pure. */
export function emailKey(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase();
}

/** @returns false when somebody has this e-mail address already */
export async function insertPerson(sql: Sql, person: NewPerson, now: Date): Promise<boolean> {
  const { id, name, email, organizationId, roles, patientId } = person;
  const rows = await sql.query(
    `INSERT INTO person (id, name, email, email_key, organization_id, roles, patient_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6::text[], $7, $8) ON CONFLICT (email_key) DO NOTHING RETURNING id`,
    [id, name, email.trim(), emailKey(email), organizationId, roles, patientId ?? null, now],
  );
  return rows.length > 0;
}

/** Whoever has an e-mail address, active or not. */
export async function personByEmail(sql: Sql, email: string): Promise<Person | undefined> {
  const [row] = await sql.query<PersonRow>('SELECT * FROM person WHERE email_key = $1', [emailKey(email)]);
  return row && personOf(row);
}

export async function personById(sql: Sql, id: string, lock: '' | 'FOR UPDATE' = ''): Promise<Person | undefined> {
  if (!UUID.test(id)) return undefined;
  const [row] = await sql.query<PersonRow>(`SELECT * FROM person WHERE id = $1 ${lock}`, [id]);
  return row && personOf(row);
}

/** All people, by name. */
export async function listPeople(sql: Sql): Promise<Person[]> {
  const rows = await sql.query<PersonRow>('SELECT * FROM person ORDER BY name, id');
  return rows.map(personOf);
}

/** Whether anybody is there who could ever sign in. */
export async function isAnybodyThere(sql: Sql): Promise<boolean> {
  return (await sql.query('SELECT 1 FROM person LIMIT 1')).length > 0;
}

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function personOf(row: PersonRow): Person {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    organizationId: row.organization_id,
    roles: row.roles,
    patientId: row.patient_id ?? undefined,
    active: row.active,
    createdAt: row.created_at,
    credentials: {
      password: row.password ?? undefined,
      secondFactor: row.second_factor,
    },
  };
}
