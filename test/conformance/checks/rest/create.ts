import type { Resource } from '@medplum/fhirtypes';
import { exampleOf } from '../../examples/example.ts';
import type { Verdict } from '../../requirement.ts';
import { isOutcome } from '../../server/answer.ts';
import type { Server } from '../../server/server.ts';
import { pass, require, requireStatus } from '../../verdict.ts';
import { missingFrom } from './compare.ts';

/** @see https://hl7.org/fhir/R4/http.html#create */
export async function creates(server: Server, type: string): Promise<Verdict> {
  const sent = await exampleOf<Resource>(server, type);
  const { id } = await server.create(sent);
  const answer = await server.call('GET', `${type}/${id}`);
  requireStatus(answer, [200], `GET ${type}/[id] after POST ${type}`);
  // A server decides about the status of its subscriptions.
  const compared = type === 'Subscription' ? { ...sent, status: undefined } : sent;
  const missing = missingFrom(answer.json, compared, type);
  require(missing.length === 0, `What was created is read back without ${missing.join(', ')}.`);
  const refused = await server.call('POST', type, { body: { resourceType: type, conformanceNonsense: true } });
  requireStatus(refused, [400, 422], `POST ${type} with an element that FHIR does not have`);
  require(isOutcome(refused), `POST ${type} with nonsense was refused without an OperationOutcome.`);
  return pass('POST answered 201, and GET the same content; an unknown element was refused with an OperationOutcome.');
}
