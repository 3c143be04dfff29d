import type { Resource } from '@medplum/fhirtypes';
import { z } from 'zod';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { patientOf } from '../../fhir/audit/patient-of.ts';
import { type Caller, visibleTo } from '../../fhir/caller.ts';
import { parseLocal } from '../../fhir/references.ts';
import { decide } from './decide.ts';
import { disclosedResource } from './disclosed-resource.ts';
import type { Decision } from './disclosure.ts';
import { loadConsents, loadRecipient } from './load-consents.ts';
import type { ConsentPolicy } from './policy.ts';
import { COORDINATION_OF_CARE } from './purposes.ts';

export const questionBody = z.strictObject({
  resource: z
    .string()
    .regex(/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/)
    .describe('What is to be disclosed: Type/id'),
  recipient: z
    .string()
    .regex(/^[A-Za-z0-9\-.]{1,64}$/)
    .describe('To whom: the id of an Organization'),
  purpose: z
    .string()
    .regex(/^[A-Z]{1,20}$/)
    .default(COORDINATION_OF_CARE)
    .describe('What for: a code of v3 PurposeOfUse'),
  addressed: z.boolean().default(false).describe('Whether its sender addressed the recipient itself'),
});
export type Question = z.infer<typeof questionBody>;

/** May it be disclosed, and because of what; and the id of whom it is about. @throws AppError (404) when it is not there for the caller */
export async function explain(
  sql: Sql,
  caller: Caller,
  { resource: name, recipient, purpose, addressed }: Question,
  { policy, now }: { readonly policy: ConsentPolicy; readonly now: Date },
): Promise<Decision & { readonly client: string | undefined }> {
  const { type = '', id = '' } = parseLocal(name) ?? {};
  const [row] = await sql.query<{ content: Resource; author: string; sender: string | null }>(
    `SELECT content, author_org AS author, ${SENDER_SQL} AS sender FROM resource WHERE type = $1 AND id = $2 AND NOT deleted AND ${visibleTo(caller)}`,
    [type, id],
  );
  if (!row) throw new AppError('notFound', 'consent.no-resource', `There is no ${name} here.`);
  const client = patientOf(row.content);
  const consents = client === undefined ? [] : ((await loadConsents(sql, [client])).get(client) ?? []);
  const decision = decide(
    {
      recipient: await loadRecipient(sql, recipient),
      purpose,
      resource: disclosedResource(type, id, row.content, row.author),
      from: row.sender ?? row.author,
      addressed,
      now,
    },
    consents,
    policy,
  );
  return { ...decision, client };
}

/** Of a Task, who sent the referral that it is of. */
const SENDER_SQL = `(SELECT loop.sender_org FROM loop WHERE resource.type = 'Task'
  AND loop.id = coalesce(split_part(resource.content -> 'partOf' -> 0 ->> 'reference', '/', 2), resource.id))`;
