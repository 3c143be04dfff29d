import type { Resource } from '@medplum/fhirtypes';
import type { Verdict } from '../../requirement.ts';
import { isOutcome } from '../../server/answer.ts';
import type { Server } from '../../server/server.ts';
import { pass, require, requireStatus } from '../../verdict.ts';

/** @see https://hl7.org/fhir/R4/http.html#read */
export async function reads(server: Server, type: string): Promise<Verdict> {
  const { id } = await server.example(type);
  const answer = await server.call('GET', `${type}/${id}`);
  requireStatus(answer, [200], `GET ${type}/[id]`);
  const read = answer.json as Partial<Resource>;
  require(read.resourceType === type && read.id === id, `GET ${type}/[id] answered another resource.`);
  require(/^(W\/)?"/.test(answer.headers.get('etag') ?? ''), `GET ${type}/[id] answered no ETag.`);
  const unknown = await server.call('GET', `${type}/conformance-nobody`);
  requireStatus(unknown, [404], `GET ${type}/[an id that is not there]`);
  require(isOutcome(unknown), 'A read that finds nothing is answered without an OperationOutcome.');
  return pass('GET answered the resource with its ETag, and 404 with an OperationOutcome for an unknown id.');
}

/** @see https://hl7.org/fhir/R4/http.html#cread */
export async function readsIfModified(server: Server, type: string): Promise<Verdict> {
  const { id } = await server.example(type);
  const since = { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' };
  requireStatus(
    await server.call('GET', `${type}/${id}`, { headers: since }),
    [304],
    `GET ${type}/[id] with If-Modified-Since after the change`,
  );
  const before = { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:10 GMT' };
  requireStatus(
    await server.call('GET', `${type}/${id}`, { headers: before }),
    [200],
    `GET ${type}/[id] with If-Modified-Since before the change`,
  );
  return pass('If-Modified-Since is answered 304 when nothing changed since, else 200.');
}

/** @see https://hl7.org/fhir/R4/http.html#vread */
export async function readsVersions(server: Server, type: string): Promise<Verdict> {
  const { id, meta } = await server.example(type);
  const answer = await server.call('GET', `${type}/${id}/_history/${meta?.versionId ?? '1'}`);
  requireStatus(answer, [200], `GET ${type}/[id]/_history/[version]`);
  return pass('GET answered the version.');
}
