import type { Bundle } from '@medplum/fhirtypes';
import type { Verdict } from '../../requirement.ts';
import { bundleIn } from '../../server/answer.ts';
import type { Server } from '../../server/server.ts';
import { pass, require, requireStatus } from '../../verdict.ts';

/** Polling for changes of several types at once. @see https://hl7.org/fhir/R4/http.html#transaction */
export async function batches(server: Server): Promise<Verdict> {
  const patient = await server.example('Patient');
  const asked = [`Patient?_id=${patient.id}&_lastUpdated=gt2000-01-01`, 'Task?_lastUpdated=gt2000-01-01&_count=1'];
  const urls = [...asked, 'Patient/conformance-nobody'];
  const body: Bundle = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: urls.map((url) => ({ request: { method: 'GET', url } })),
  };
  const answer = await server.call('POST', '', { body });
  requireStatus(answer, [200], 'POST of a batch');
  const { type, entry = [] } = bundleIn(answer);
  require(type === 'batch-response' &&
    entry.length === 3, 'A batch of three is not answered by a batch-response of three.');
  const statuses = entry.map(({ response }) => response?.status?.slice(0, 3));
  require(statuses.join() ===
    '200,200,404', `The searches and a read that finds nothing were answered ${statuses.join(', ')}.`);
  const found = (entry[0]?.resource as Bundle | undefined)?.entry?.some(({ resource }) => resource?.id === patient.id);
  require(found, 'A search in a batch does not find the resource.');
  return pass('Searches of several types were answered, each for itself, a failing one beside them.');
}
