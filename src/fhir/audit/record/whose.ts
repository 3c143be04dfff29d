import type { Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { patientOf } from '../patient-of.ts';

/** The id of the patient in whose record a resource is, whoever asks; undefined when it is in nobody's, or not there. */
export async function whoseRecord(sql: Sql, type: string, id: string): Promise<string | undefined> {
  const values = [type, id];
  const [row] = await sql.query<{ content: Resource }>(
    'SELECT content FROM resource WHERE type = $1 AND id = $2 AND NOT deleted',
    values,
  );
  return patientOf(row?.content);
}
