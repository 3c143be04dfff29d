import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome, Patient } from '@medplum/fhirtypes';
import { fromXml } from '../../src/fhir/xml/from-xml.ts';
import { toXml } from '../../src/fhir/xml/to-xml.ts';
import { call, done, fetchAsOperator, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const JSON_TYPE = 'application/fhir+json; charset=utf-8';
const XML_TYPE = 'application/fhir+xml; charset=utf-8';
const PATIENT: Patient = {
  resourceType: 'Patient',
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Åsa &amp; <b>co</b></p></div>' },
  name: [{ family: 'Löwenström', given: ['Åsa', 'M "Maggan" <x>'] }],
  birthDate: '1950-05-05',
  multipleBirthInteger: 2,
};

describe.each(databaseKinds())('the form of what is said (%s)', (kind) => {
  let hub: TestHub;
  let url = '';
  beforeAll(async () => {
    hub = await startHub(kind);
    const { id } = await done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: PATIENT }));
    url = `${hub.fhir}/Patient/${id}`;
  });
  afterAll(() => hub?.close());

  async function get(address: string, accept?: string, method = 'GET'): Promise<[number, string | null, string]> {
    const response = await fetchAsOperator(address, { method, headers: accept === undefined ? {} : { accept } });
    return [response.status, response.headers.get('content-type'), await response.text()];
  }

  async function sendXml(
    method: string,
    address: string,
    body: string,
    type = 'application/fhir+xml',
  ): Promise<Response> {
    return fetchAsOperator(address, { method, body, headers: { 'content-type': type } });
  }

  test.each([
    ['', undefined, JSON_TYPE],
    ['', '*/*', JSON_TYPE],
    ['', 'application/json', JSON_TYPE],
    ['', 'application/fhir+xml', XML_TYPE],
    ['', 'text/xml, application/json;q=0.5', XML_TYPE],
    ['', 'application/fhir+json;q=0.5, application/fhir+xml;q=0.4', JSON_TYPE],
    ['', 'application/fhir+json; fhirVersion=4.0', JSON_TYPE],
    ['', 'application/fhir+json; charset=utf-8', JSON_TYPE],
    ['', 'application/fhir+xml;charset=UTF-8;q=0.9, application/json;q=0.8', XML_TYPE],
    ['', 'application/fhir+xml; fhirVersion="4.0"', XML_TYPE],
    ['', 'text/html, application/xhtml+xml, */*;q=0.8', JSON_TYPE],
    ['', 'application/fhir+xml, */*', XML_TYPE],
    ['', 'application/fhir+json;q=0, */*', XML_TYPE],
    ['', '*/*;q=0.8, application/fhir+json;q=0.2', XML_TYPE],
    ['', '*/*;q=0.8, application/fhir+xml;q=0.2', JSON_TYPE],
    ['', 'application/json;q=0.1, application/fhir+json, application/xml;q=0.5', JSON_TYPE],
    ['?_format=application/fhir%2Bxml;fhirVersion=4.0', undefined, XML_TYPE],
    ['?_format=xml', 'application/json', XML_TYPE],
    ['?_format=application/fhir%2Bxml', undefined, XML_TYPE],
    ['?_format=application/fhir+xml', undefined, XML_TYPE],
    ['?_format=json', 'application/fhir+xml', JSON_TYPE],
    ['?_format=', undefined, JSON_TYPE],
    ['?_format=', 'application/fhir+xml', XML_TYPE],
    ['?_format', 'application/fhir+xml', XML_TYPE],
  ])('is what is asked for: %s Accept %s', async (query, accept, type) => {
    const [status, said, body] = await get(url + query, accept);
    expect([status, said]).toEqual([200, type]);
    const read = type === XML_TYPE ? fromXml(body) : (JSON.parse(body) as Patient);
    expect(read).toMatchObject(PATIENT);
  });

  test.each([
    ['', 'text/turtle'],
    ['?_format=ttl', undefined],
    ['', 'application/pdf'],
    ['', 'application/fhir+json;q=0, application/fhir+xml;q=0, */*'],
    ['', 'application/fhir+json; fhirVersion=3.0'],
    ['', 'application/fhir+xml; fhirVersion="5.0", application/json;q=0'],
    ['?_format=application/fhir%2Bjson;fhirVersion=3.0', undefined],
    ['?_format=html', undefined],
    ['?_format=*/*', undefined],
  ])('that there is not is refused, in JSON: %s Accept %s', async (query, accept) => {
    const [status, type, body] = await get(url + query, accept);
    expect([status, type]).toEqual([406, JSON_TYPE]);
    expect((JSON.parse(body) as OperationOutcome).issue[0]?.details?.text).toBe(
      'Answers come as application/fhir+json or application/fhir+xml. Ask for one of them in Accept or _format.',
    );
  });

  test('that there is not is refused before anything is written', async () => {
    const accept = { accept: 'application/pdf' };
    const family = `Unwritten${crypto.randomUUID().slice(0, 8)}`;
    const patient = { resourceType: 'Patient', name: [{ family }] };
    const entry = [{ request: { method: 'POST', url: 'Patient' }, resource: patient }];
    const answers = [
      await call('POST', `${hub.fhir}/Patient`, { body: patient, headers: accept }),
      await call('PUT', url, { body: { ...patient, id: url.split('/').at(-1) }, headers: accept }),
      await call('DELETE', url, { headers: accept }),
      await call('PATCH', url, { body: [{ op: 'add', path: '/active', value: true }], headers: accept }),
      await call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry }, headers: accept }),
      await call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'batch', entry }, headers: accept }),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('etag'), answer.headers.get('location')]).toEqual([406, null, null]);
    }
    expect((await call<Bundle>('GET', `${hub.fhir}/Patient?family=${family}&_summary=count`)).body.total).toBe(0);
    expect((await call<Patient>('GET', url)).body.meta?.versionId).toBe('1');
  });

  test('is of FHIR R4: what says to be of another version is refused', async () => {
    const send = (type: string): ReturnType<typeof call> =>
      call('POST', `${hub.fhir}/Patient`, { body: PATIENT, headers: { 'content-type': type } });
    expect((await send('application/fhir+json; fhirVersion=4.0')).status).toBe(201);
    const other = await send('application/fhir+json; fhirVersion=3.0');
    expect([other.status, texts(other)]).toEqual([
      415,
      ['This server speaks FHIR R4. Send R4 with fhirVersion=4.0 in the Content-Type, or without a version.'],
    ]);
  });

  test('is that of errors, searches, histories and the metadata too', async () => {
    for (const path of ['Patient/nobody', 'Patient?_count=1', 'Patient/_history', 'metadata']) {
      const [, type, body] = await get(`${hub.fhir}/${path}${path.includes('?') ? '&' : '?'}_format=xml`);
      expect(type).toBe(XML_TYPE);
      expect(fromXml(body).resourceType).toBe(
        path === 'metadata' ? 'CapabilityStatement' : path.endsWith('nobody') ? 'OperationOutcome' : 'Bundle',
      );
    }
  });

  test('is made for people to read on request', async () => {
    const [, , json] = await get(`${url}?_pretty=true`);
    expect(json.split('\n').length).toBeGreaterThan(10);
    const [, , xml] = await get(`${url}?_pretty=true&_format=xml`);
    expect(xml).toContain('\n  <birthDate value="1950-05-05"/>');
    expect(fromXml(xml)).toEqual(fromXml((await get(`${url}?_format=xml`))[2]));
  });

  test('has headers without a body for HEAD', async () => {
    for (const address of [url, `${hub.fhir}/Patient?_count=1`, `${hub.fhir}/metadata`]) {
      const whole = await fetchAsOperator(address);
      const head = await fetchAsOperator(address, { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([200, '']);
      for (const name of ['etag', 'last-modified', 'content-type']) {
        expect(head.headers.get(name)).toBe(whole.headers.get(name));
      }
    }
    expect((await fetchAsOperator(`${hub.fhir}/Patient/nobody`, { method: 'HEAD' })).status).toBe(404);
  });

  test('may be XML: what is created, changed and answered by it is the same', async () => {
    const made = await sendXml('POST', `${hub.fhir}/Patient`, toXml(PATIENT));
    const location = made.headers.get('location') ?? '';
    const stored = (await call<Patient & { id: string }>('GET', location)).body;
    expect([made.status, stored]).toEqual([201, expect.objectContaining(PATIENT)]);
    const changed = await sendXml(
      'PUT',
      `${hub.fhir}/Patient/${stored.id}`,
      toXml({ ...stored, gender: 'other' }),
      'text/xml',
    );
    expect(((await changed.json()) as Patient).gender).toBe('other');
    const bundle: Bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ request: { method: 'POST', url: 'Patient' }, resource: PATIENT }],
    };
    const all = await sendXml('POST', `${hub.fhir}?_format=xml`, toXml(bundle));
    expect(fromXml(await all.text())).toMatchObject({
      type: 'transaction-response',
      entry: [{ response: { status: '201' } }],
    });
  });

  test.each([
    [
      'not closed',
      '<Patient xmlns="http://hl7.org/fhir"><active value="true"/>',
      /^The body is not FHIR XML: in line 1/,
    ],
    [
      'with a document type',
      '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"/>',
      /a document type \(<!DOCTYPE …>\) is not accepted\.$/,
    ],
    ['in no namespace', '<Patient/>', /<Patient> is not in the namespace http:\/\/hl7\.org\/fhir\.$/],
    ['of no type', '<Thing xmlns="http://hl7.org/fhir"/>', /^<Thing> is not an R4 resource type\.$/],
    [
      'with text between elements',
      '<Patient xmlns="http://hl7.org/fhir">x</Patient>',
      /text stands between elements; values of FHIR are attributes\.$/,
    ],
    ['of nothing', ' ', /^The body is not FHIR XML/],
    [
      'nested without end',
      `<Patient xmlns="http://hl7.org/fhir">${'<extension url="x">'.repeat(100)}`,
      /elements are nested more than 64 deep\.$/,
    ],
  ])('is refused %s, saying where', async (_name, body, text) => {
    const answer = await sendXml('POST', `${hub.fhir}/Patient`, body);
    const outcome = (await answer.json()) as OperationOutcome;
    expect([answer.status, outcome.issue[0]?.details?.text]).toEqual([400, expect.stringMatching(text)]);
  });

  test.each(['text/plain', 'application/pdf', 'multipart/form-data; boundary=x'])(
    'that is neither JSON nor XML is refused: %s',
    async (type) => {
      const answer = await call('POST', `${hub.fhir}/Patient`, { body: 'x', headers: { 'content-type': type } });
      expect([answer.status, texts(answer)]).toEqual([
        415,
        [
          'Send JSON or FHIR XML: Content-Type application/fhir+json or application/fhir+xml (application/json-patch+json for a JSON Patch).',
        ],
      ]);
    },
  );

  describe('may be shortened', () => {
    const elements = async (query: string): Promise<string[]> =>
      Object.keys((await call<Patient>('GET', `${url}?${query}`)).body).sort();

    test('to some elements', async () => {
      expect(await elements('_elements=birthDate,name')).toEqual(['birthDate', 'id', 'meta', 'name', 'resourceType']);
      expect(await elements('_elements=Patient.multipleBirth')).toEqual([
        'id',
        'meta',
        'multipleBirthInteger',
        'resourceType',
      ]);
    });

    test('to elements named one by one; not at all by what names nothing', async () => {
      const wanted = ['birthDate', 'id', 'meta', 'name', 'resourceType'];
      expect(await elements('_elements=birthDate&_elements=name')).toEqual(wanted);
      const whole = await elements('');
      for (const nothing of ['_elements=', '_summary=', '_summary=&_elements='])
        expect(await elements(nothing)).toEqual(whole);
      const found = await call<Bundle>('GET', `${hub.fhir}/Patient?_elements=&_summary=`);
      expect([found.status, Object.keys(found.body.entry?.[0]?.resource ?? {}).sort()]).toEqual([200, whole]);
    });

    test('to a summary, the text, or the data', async () => {
      expect(await elements('_summary=true')).toEqual(['birthDate', 'id', 'meta', 'name', 'resourceType']);
      expect(await elements('_summary=text')).toEqual(['id', 'meta', 'resourceType', 'text']);
      expect(await elements('_summary=data')).not.toContain('text');
      expect(await elements('_summary=false')).toContain('text');
    });

    test('and says so', async () => {
      const { body } = await call<Patient>('GET', `${url}?_summary=true`);
      expect(body.meta?.tag).toEqual([
        { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' },
      ]);
      expect((await call<Patient>('GET', url)).body.meta?.tag).toBeUndefined();
    });

    test('but not in two ways at once, or in one that there is not', async () => {
      const both = await call('GET', `${url}?_summary=true&_elements=name`);
      expect([both.status, texts(both)]).toEqual([
        400,
        ['_summary and _elements ask for different things. Send one of them.'],
      ]);
      const other = await call('GET', `${url}?_summary=short`);
      expect([other.status, texts(other)]).toEqual([400, ['_summary must be one of true, text, data, count, false.']]);
    });
  });
});
