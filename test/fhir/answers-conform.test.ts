import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, Observation, Patient, Resource } from '@medplum/fhirtypes';
import { examine } from '../../src/fhir/validate/validate.ts';
import { fromXml } from '../../src/fhir/xml/from-xml.ts';
import { call, done, fetchAsOperator } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const PATIENT: Patient = { resourceType: 'Patient', gender: 'other', name: [{ family: 'Berg' }] };

const bundle = (type: Bundle['type'], ...entry: BundleEntry[]): Bundle => ({ resourceType: 'Bundle', type, entry });
const get = (url: string, more: object = {}): BundleEntry => ({ request: { method: 'GET', url, ...more } });
const post = (resource: Resource): BundleEntry => ({
  request: { method: 'POST', url: resource.resourceType },
  resource,
});

describe.each(databaseKinds())('whatever is answered is valid R4, in JSON and in XML (%s):', (kind) => {
  let hub: TestHub;
  let here: string;
  let gone: string;
  beforeAll(async () => {
    hub = await startHub(kind);
    const create = async (body: Resource): Promise<string> =>
      `${body.resourceType}/${(await done(call('POST', `${hub.fhir}/${body.resourceType}`, { body }))).id}`;
    [here, gone] = [await create(PATIENT), await create(PATIENT)];
    const observation: Observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'Weight' },
      subject: { reference: here },
      valueQuantity: { value: 70, unit: 'kg' },
    };
    await create(observation);
    await done(call('DELETE', `${hub.fhir}/${gone}`));
  });
  afterAll(() => hub?.close());

  /** What is asked, with the places of what is there. */
  const ASKED: readonly (readonly [string, string, (() => unknown)?])[] = [
    ['GET', '@here'],
    ['GET', '@here?_summary=true'],
    ['GET', 'Observation?_summary=text'],
    ['GET', 'Observation?_summary=data'],
    ['GET', 'Observation?_elements=value'],
    ['GET', 'Patient?_revinclude=*&_include=*&colour=blue'],
    ['GET', 'Patient?name=nobody'],
    ['GET', 'Patient?_summary=count'],
    ['GET', '?_type=Patient,Observation&_count=1'],
    ['GET', '@here/*'],
    ['GET', '_history'],
    ['GET', '@here/_history?_count=1'],
    ['GET', '@gone/_history'],
    ['GET', '_history?_since=2999-01-01T00:00:00Z'],
    ['GET', '@gone'],
    ['GET', 'Patient/nobody'],
    ['GET', 'Colour/1'],
    ['GET', 'Patient?birthdate=tomorrow'],
    ['PUT', '_history', () => PATIENT],
    ['POST', 'Patient', () => ({ ...PATIENT, gender: 'unsaid' })],
    ['GET', 'metadata'],
    ['GET', 'AuditEvent'],
    ['GET', '@here/$everything'],
    ['GET', '@here/$everything?_type=Condition'],
    ['GET', 'ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender'],
    ['GET', 'ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender&filter=nothing'],
    ['GET', 'ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender&count=0'],
    ['GET', 'ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/administrative-gender&code=x&system=urn:x'],
    ['GET', 'CodeSystem/$lookup?system=http://hl7.org/fhir/observation-status&code=final'],
    ['POST', 'Patient/$validate', () => ({ ...PATIENT, gender: 'unsaid' })],
    ['POST', 'Patient/$match', () => PATIENT],
    ['GET', 'Subscription/$status'],
    ['POST', '', () => bundle('transaction', post(PATIENT), get(here), get('Patient?name=nobody'))],
    [
      'POST',
      '',
      () =>
        bundle(
          'batch',
          post({ ...PATIENT, gender: 'unsaid' } as never),
          get('Patient/nobody'),
          get(here, { ifNoneMatch: 'W/"1"' }),
          get('metadata'),
          { request: { method: 'DELETE', url: 'Basic/nobody' } },
        ),
    ],
  ];

  const ask = async (method: string, path: string, body: unknown, accept: string): Promise<string> => {
    const address = path.replace('@here', here).replace('@gone', gone);
    const response = await fetchAsOperator(`${hub.fhir}/${address}`, {
      method,
      headers: { accept, prefer: 'return=representation', 'content-type': 'application/fhir+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(response.headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
    return response.text();
  };
  const faultsOf = (resource: Resource): string[] =>
    examine(resource, [])
      .findings.filter(({ severity }) => severity === 'error')
      .map(({ text, expression }) => `${expression}: ${text}`);

  test.each(ASKED.map(([method, path, body]) => ({ method, path, body })))('$method $path', async (asked) => {
    const { method, path, body } = asked;
    const json = JSON.parse(await ask(method, path, body?.(), 'application/fhir+json')) as Resource;
    expect(faultsOf(json)).toEqual([]);
    const xml = fromXml(await ask(method, path, body?.(), 'application/fhir+xml'));
    expect([xml.resourceType, faultsOf(xml)]).toEqual([json.resourceType, []]);
  });
});
