import type { Resource } from '@medplum/fhirtypes';
import type { Verdict } from '../../requirement.ts';
import { type Answer, isOutcome, type Kept } from '../../server/answer.ts';
import type { Server } from '../../server/server.ts';
import { pass, require, requireStatus } from '../../verdict.ts';

const LANGUAGE = 'en-US';

/** @see https://hl7.org/fhir/R4/http.html#update */
export async function updates(server: Server, type: string): Promise<Verdict> {
  const created = await server.example(type);
  const answer = await put(server, created, LANGUAGE);
  requireStatus(answer, [200], `PUT ${type}/[id]`);
  const read = await server.call('GET', `${type}/${created.id}`);
  require((read.json as Resource).language === LANGUAGE, `What PUT ${type}/[id] changed is not there when it is read.`);
  const elsewhere = await server.call('PUT', `${type}/${created.id}`, { body: { ...created, id: 'another' } });
  requireStatus(elsewhere, [400, 422], `PUT ${type}/[id] with another id in the resource`);
  return pass('PUT answered 200 and the change is read back; a resource with another id was refused.');
}

/** @see https://hl7.org/fhir/R4/http.html#concurrency */
export async function holdsToVersions(server: Server, type: string): Promise<Verdict> {
  const created = await server.example(type);
  const etag = (await server.call('GET', `${type}/${created.id}`)).headers.get('etag') ?? '';
  require(/^(W\/)?"[^"]+"$/.test(etag), `GET ${type}/[id] answered no ETag to name the version by.`);
  requireStatus(
    await put(server, created, LANGUAGE, etag),
    [200],
    `PUT ${type}/[id] with the current ETag in If-Match`,
  );
  const stale = await put(server, created, 'fr', etag);
  requireStatus(stale, [412, 409], `PUT ${type}/[id] with an old ETag in If-Match`);
  require(isOutcome(stale), 'A conflict is answered without an OperationOutcome.');
  const { json } = await server.call('GET', `${type}/${created.id}`);
  require((json as Resource).language === LANGUAGE, 'The refused update changed the resource.');
  return pass('If-Match let the update of the current version pass and refused the one of an old version.');
}

function put(server: Server, created: Kept, language: string, ifMatch?: string): Promise<Answer> {
  const headers: Record<string, string> = ifMatch ? { 'if-match': ifMatch } : {};
  return server.call('PUT', `${created.resourceType}/${created.id}`, { body: { ...created, language }, headers });
}
