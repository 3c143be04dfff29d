import type { ServiceRequest } from '@medplum/fhirtypes';
import type { Sql } from '../db/database.ts';
import { AppError } from '../errors.ts';

/**
 * Whether a request says that its client must not be reached out to. By its code, in whatever language it is displayed.
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/StructureDefinition-SDOHCC-ServiceRequest.html
 */
export function prohibitsContact({ orderDetail }: ServiceRequest): boolean {
  return (orderDetail ?? []).some(({ coding }) => coding?.some(({ code }) => code === 'contacting-subject-prohibited'));
}

/**
 * Every way to a client (a text message, an e-mail, a letter, a Task of the client's own) asks here before it says
 * anything about a referral, in the transaction in which it decides to.
 * @throws AppError (422) when the referral prohibits it, whoever asks, and for every part of it
 */
export async function requireContactAllowed(sql: Sql, loopId: string): Promise<void> {
  const [loop] = await sql.query<{ prohibited: boolean }>(
    'SELECT contact_prohibited AS prohibited FROM loop WHERE id = $1 FOR SHARE',
    [loopId],
  );
  if (loop && !loop.prohibited) return;
  const text = loop
    ? 'This referral says that its client must not be contacted (orderDetail contacting-subject-prohibited). Speak with who sent it.'
    : 'There is no such loop, and nobody is contacted about it.';
  throw new AppError('unprocessable', 'client.contact-prohibited', text, {
    issues: [{ text, expression: 'ServiceRequest.orderDetail' }],
  });
}
