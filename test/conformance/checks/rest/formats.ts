import type { Patient } from '@medplum/fhirtypes';
import type { Verdict } from '../../requirement.ts';
import type { Server } from '../../server/server.ts';
import { pass, require, requireStatus } from '../../verdict.ts';

const XML = 'application/fhir+xml';
const JSON_TYPE = 'application/fhir+json';
const PATIENT_XML =
  '<Patient xmlns="http://hl7.org/fhir"><active value="true"/><name><family value="Example"/></name></Patient>';

/** @param format `xml` or `json` @see https://hl7.org/fhir/R4/http.html#mime-type */
export async function speaks(server: Server, format: string): Promise<Verdict> {
  return format === 'xml' ? speaksXml(server) : speaksJson(server);
}

async function speaksXml(server: Server): Promise<Verdict> {
  const headers = { 'content-type': XML, accept: XML, prefer: 'return=representation' };
  const created = await server.call('POST', 'Patient', { body: PATIENT_XML, headers });
  requireStatus(created, [201], 'POST Patient as XML');
  require(isXml(created.headers, created.text, 'Patient'), 'POST Patient with Accept XML was not answered in XML.');
  const id = /<id value="([^"]+)"/.exec(created.text)?.[1] ?? '';
  const asJson = await server.call('GET', `Patient/${id}`);
  require((asJson.json as Patient).name?.[0]?.family === 'Example', 'What was sent as XML is not read back as JSON.');
  const asXml = await server.call('GET', `Patient/${id}?_format=xml`, { headers: { accept: '*/*' } });
  require(isXml(asXml.headers, asXml.text, 'Patient'), 'GET with _format=xml was not answered in XML.');
  const refused = await server.call('GET', 'Patient/conformance-nobody', { headers: { accept: XML } });
  require(isXml(refused.headers, refused.text, 'OperationOutcome'), 'An error is not told in XML to who asks for XML.');
  const outside = '<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/hostname">]>';
  const entity = await server.call('POST', 'Patient', {
    body: outside + PATIENT_XML.replace('"Example"', '"&x;"'),
    headers,
  });
  requireStatus(entity, [400, 415, 422], 'POST of XML that refers to a file of the server');
  await server.call('DELETE', `Patient/${id}`);
  return pass('XML is taken and answered, also for errors and by _format; external entities are refused.');
}

async function speaksJson(server: Server): Promise<Verdict> {
  const { id } = await server.example('Patient');
  for (const accept of [JSON_TYPE, 'application/json', '*/*']) {
    const answer = await server.call('GET', `Patient/${id}`, { headers: { accept } });
    requireStatus(answer, [200], `GET Patient/[id] with Accept: ${accept}`);
    require((answer.json as Patient | undefined)?.id === id, `GET Patient/[id] with Accept: ${accept} is no JSON.`);
  }
  const answer = await server.call('GET', `Patient/${id}?_format=json`, { headers: { accept: XML } });
  require((answer.json as Patient | undefined)?.id === id, 'GET with _format=json was not answered in JSON.');
  return pass('JSON is taken and answered, by Accept and by _format.');
}

function isXml(headers: Headers, text: string, root: string): boolean {
  return (headers.get('content-type') ?? '').includes('xml') && new RegExp(`<${root}[\\s>]`).test(text);
}
