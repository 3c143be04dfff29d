import type { Verdict } from '../../requirement.ts';
import { type Answer, bundleIn } from '../../server/answer.ts';
import type { Server } from '../../server/server.ts';
import { pass, require } from '../../verdict.ts';
import { createdFor, search } from './search.ts';

/**
 * @param include e.g. `Task:focus`, or with the type that is included, `Consent:source-reference:DocumentReference`
 * @see https://hl7.org/fhir/R4/search.html#include
 */
export async function includes(server: Server, type: string, include: string): Promise<Verdict> {
  // One statement spells HealthcareService as HealthCareService; the type is that of the resource it stands at.
  const [, name = '', aim] = include.split(':');
  const asked = [type, name, ...(aim ? [aim] : [])].join(':');
  const { id, finds } = await createdFor(server, type, name, aim);
  const answer = await search(server, type, `_id=${id}&_include=${asked}`);
  const found = includedIn(answer).includes(finds);
  require(found, `GET ${type}?_include=${asked} does not include what the resource refers to.`);
  const plain = await search(server, type, `_id=${id}`);
  require(includedIn(plain).length === 0, `GET ${type} without _include includes what nobody asked for.`);
  return pass('The answer holds what the resource refers to as include; without being asked it holds none.');
}

function includedIn(answer: Answer): string[] {
  const included = (bundleIn(answer).entry ?? []).filter((entry) => entry.search?.mode === 'include');
  return included.map(({ resource }) => `${resource?.resourceType}/${resource?.id}`);
}
