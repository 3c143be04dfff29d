import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Binary, Bundle } from '@medplum/fhirtypes';
import { call, done, fetchAsOperator, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { type BadRequest, expectRefusal, post } from './refusal.ts';

const PDF = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff, 0xfe, 0x0d, 0x0a, 0x80]);
const FHIR = { accept: 'application/fhir+json' };

describe.each(databaseKinds())('Binary (%s)', (kind) => {
  let hub: TestHub;
  let patientId: string;
  beforeAll(async () => {
    hub = await startHub(kind, { settings: { BODY_LIMIT_BYTES: '200000' } });
    patientId = (await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id;
  });
  afterAll(() => hub?.close());

  const send = async (body: Uint8Array | string, type: string | undefined, more: object = {}): Promise<Response> =>
    fetchAsOperator(`${hub.fhir}/Binary`, {
      method: 'POST',
      // A text would be given a type.
      body: typeof body === 'string' ? Buffer.from(body) : body,
      headers: { ...(type === undefined ? {} : { 'content-type': type }), ...more },
    });
  const sent = async (...args: Parameters<typeof send>): Promise<Binary & { id: string }> => {
    const answer = await send(...args);
    expect(answer.status).toBe(201);
    return (await answer.json()) as Binary & { id: string };
  };
  const get = (id: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetchAsOperator(`${hub.fhir}/Binary/${id}`, { headers });

  test('takes content as it is, and gives it back so', async () => {
    const binary = await sent(PDF, 'application/pdf');
    expect(binary).toMatchObject({
      resourceType: 'Binary',
      contentType: 'application/pdf',
      data: PDF.toString('base64'),
    });
    for (const accept of ['application/pdf', 'application/*', '*/*', 'text/html, application/pdf;q=0.9']) {
      const answer = await get(binary.id, { accept });
      expect([accept, answer.status, answer.headers.get('content-type')]).toEqual([accept, 200, 'application/pdf']);
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(PDF);
    }
    const { headers } = await get(binary.id, { accept: 'application/pdf' });
    const safe = ['content-disposition', 'x-content-type-options', 'content-security-policy', 'etag'];
    expect(safe.map((name) => headers.get(name))).toEqual([
      'attachment',
      'nosniff',
      "default-src 'none'; sandbox",
      'W/"1"',
    ]);
    expect((await get(binary.id, { accept: 'application/pdf', 'if-none-match': 'W/"1"' })).status).toBe(304);
    const versioned = await fetchAsOperator(`${hub.fhir}/Binary/${binary.id}/_history/1`, {
      headers: { accept: 'application/pdf' },
    });
    expect(Buffer.from(await versioned.arrayBuffer())).toEqual(PDF);
  });

  test('gives the resource to those who ask for FHIR', async () => {
    const { id } = await sent(PDF, 'application/pdf');
    expect((await call<Binary>('GET', `${hub.fhir}/Binary/${id}`, { headers: FHIR })).body.data).toBe(
      PDF.toString('base64'),
    );
    expect((await call<Binary>('GET', `${hub.fhir}/Binary/${id}?_format=json`)).body.contentType).toBe(
      'application/pdf',
    );
    // An empty _format is none.
    expect((await fetchAsOperator(`${hub.fhir}/Binary/${id}?_format=`)).headers.get('content-type')).toBe(
      'application/pdf',
    );
    const xml = await get(id, { accept: 'application/fhir+xml' });
    expect(await xml.text()).toContain('<contentType value="application/pdf"/>');
    // As engine clients ask: FHIR first, anything else rather than nothing.
    const liked = await get(id, { accept: 'application/fhir+json, */*; q=0.1' });
    expect(liked.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    expect((await get(id, { accept: 'image/png' })).status).toBe(406);
    const { body } = await call<Bundle>('GET', `${hub.fhir}/Binary?_id=${id}`);
    expect(body.entry?.[0]?.resource).toMatchObject({ resourceType: 'Binary', id });
  });

  test('takes a Binary as a resource, in JSON and in XML', async () => {
    const json = { resourceType: 'Binary', contentType: 'text/plain', data: 'aGVq' };
    const inXml =
      '<?xml version="1.0"?><Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/><data value="aGVq"/></Binary>';
    for (const [body, type] of [
      [JSON.stringify(json), 'application/fhir+json'],
      [JSON.stringify(json), 'application/json'],
      [inXml, 'application/fhir+xml'],
    ] as const) {
      const { id, data } = await sent(body, type);
      expect([type, data]).toEqual([type, 'aGVq']);
      expect(await (await get(id)).text()).toBe('hej');
    }
  });

  test.each([
    ['JSON that is no Binary', '{ "a":1 }', 'application/json'],
    ['another resource', '{"resourceType":"Patient"}', 'application/fhir+json'],
    ['JSON that is not quite', '{ "a":', 'application/json'],
    ['XML that is no Binary', '<a>\n</a>', 'application/xml'],
    ['text', 'Åsa\r\n', 'text/plain; charset=utf-8'],
    ['a form', 'a=1&b=2', 'application/x-www-form-urlencoded'],
  ])('takes %s as content, byte for byte', async (_name, text, type) => {
    const binary = await sent(text, type);
    expect(binary.contentType).toBe(type);
    const answer = await get(binary.id);
    expect([answer.headers.get('content-type'), Buffer.from(await answer.arrayBuffer()).toString()]).toEqual([
      type,
      text,
    ]);
  });

  test('takes content without a type as bytes', async () => {
    expect((await sent(PDF, undefined)).contentType).toBe('application/octet-stream');
  });

  test('does not put into a header what is none', async () => {
    const body = { resourceType: 'Binary', contentType: 'text/html; <x>', data: 'aGVq' };
    const { id } = await done(call('POST', `${hub.fhir}/Binary`, { body }));
    const none = await call('POST', `${hub.fhir}/Binary`, { body: { ...body, contentType: 'text/html <x> é' } });
    expect([none.status, texts(none)]).toEqual([
      400,
      [
        'This is not a code of the value set http://hl7.org/fhir/ValueSet/mimetypes. Write a media type, e.g. "application/pdf".',
      ],
    ]);
    expect((await get(id)).headers.get('content-type')).toBe('application/octet-stream');
  });

  test('is replaced by other content, under its id', async () => {
    const { id } = await sent(PDF, 'application/pdf');
    const answer = await fetchAsOperator(`${hub.fhir}/Binary/${id}`, {
      method: 'PUT',
      body: 'new',
      headers: { 'content-type': 'text/plain' },
    });
    expect([answer.status, await (await get(id)).text()]).toEqual([200, 'new']);
  });

  test('is in the record of whom X-Security-Context names', async () => {
    const { id, securityContext } = await sent(PDF, 'application/pdf', {
      'x-security-context': `Patient/${patientId}`,
    });
    expect(securityContext).toEqual({ reference: `Patient/${patientId}` });
    expect((await get(id)).headers.get('x-security-context')).toBe(`Patient/${patientId}`);
    const refused = await send(PDF, 'application/pdf', { 'x-security-context': 'Patient/none' });
    expect(refused.status).toBe(422);
  });

  test('may be as large as the limit, and no larger', async () => {
    const { id } = await sent(Buffer.alloc(200_000, 0xab), 'image/png');
    expect((await (await get(id)).arrayBuffer()).byteLength).toBe(200_000);
    expect((await send(Buffer.alloc(200_001), 'image/png')).status).toBe(413);
  });

  test.each<BadRequest>([
    [
      'FHIR JSON that is none',
      'POST /fhir/R4/Binary',
      { body: '{' },
      400,
      'The body is not JSON: in line 1, column 2, a closing brace is expected. Correct it and send it again.',
    ],
    ['nothing', 'POST /fhir/R4/Binary', {}, 400, 'Send a Binary as JSON in the body.', 'Binary'],
    [
      'a resource of another type elsewhere',
      'POST /fhir/R4/Patient',
      { body: post({ resourceType: 'Binary' }) },
      400,
      'The body has no resourceType, but is sent to Patient.',
      'resourceType',
    ],
  ])('refuses %s', (...request) => expectRefusal(hub, request));
});
