import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { issueOf, openSmallHall, type SmallHall } from './small-hall.ts';

let hall: SmallHall;
beforeAll(async () => {
  hall = await openSmallHall();
});
afterAll(() => hall?.close());
const ask: SmallHall['ask'] = (...request) => hall.ask(...request);

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a body', () => {
  test.each([
    'application/json',
    'application/fhir+json',
    'application/fhir+json; charset=utf-8',
    'application/json-patch+json',
  ])('of the type %s is read', async (type) => {
    expect(await ask('/echo', { 'content-type': type }, '{"a":"Å"}')).toMatchObject({ status: 200, text: '{"a":"Å"}' });
  });

  test.each<[string, Record<string, string>, string, number, string]>([
    [
      'of another type',
      { 'content-type': 'text/xml' },
      '<a/>',
      415,
      'Send JSON or FHIR XML: Content-Type application/fhir+json or application/fhir+xml (application/json-patch+json for a JSON Patch).',
    ],
    [
      'of no type',
      {},
      '{}',
      415,
      'Send JSON or FHIR XML: Content-Type application/fhir+json or application/fhir+xml (application/json-patch+json for a JSON Patch).',
    ],
    [
      'in another character set',
      { 'content-type': 'application/json; charset=koi8-r' },
      '{}',
      415,
      'Send the body in UTF-8, plain or with gzip.',
    ],
    [
      'packed in a way we do not know',
      { ...JSON_TYPE, 'content-encoding': 'zip' },
      '{}',
      415,
      'Send the body in UTF-8, plain or with gzip.',
    ],
    [
      'that is not JSON',
      JSON_TYPE,
      '{"a":\n  1,\n  "b": }',
      400,
      'The body is not JSON: in line 3, column 8, a value is expected. Correct it and send it again.',
    ],
    [
      'that is a bare word',
      JSON_TYPE,
      '"a"',
      400,
      'The body is not JSON: it is neither an object nor a list. Correct it and send it again.',
    ],
    [
      'that is too large',
      JSON_TYPE,
      JSON.stringify('x'.repeat(2_000)),
      413,
      'The body is larger than 1000 bytes. Split it, or send documents as references.',
    ],
    [
      'that says it is packed and is not',
      { ...JSON_TYPE, 'content-encoding': 'gzip' },
      '{}',
      400,
      'The body cannot be unpacked. Send it plain, or packed with gzip.',
    ],
    [
      'that says it is packed with Brotli and is not',
      { ...JSON_TYPE, 'content-encoding': 'br' },
      '{"a": 1}',
      400,
      'The body cannot be unpacked. Send it plain, or packed with gzip.',
    ],
  ])('%s is refused', async (_name, headers, body, status, text) => {
    const answer = await ask('/echo', headers, body);
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/fhir+json; charset=utf-8']);
    expect(issueOf(answer)).toMatchObject({ severity: 'error', details: { text } });
  });
});

describe('an address', () => {
  test('where nothing is says where something is', async () => {
    const answer = await ask('/nowhere');
    expect(answer.status).toBe(404);
    expect(issueOf(answer)).toMatchObject({
      code: 'not-found',
      details: { text: 'There is nothing at this address. The FHIR API is at /fhir/R4, the page at /.' },
    });
  });

  test('that is not well formed is the caller’s to correct', async () => {
    const answer = await ask('/path/%E0%A4%A');
    expect(answer.status).toBe(400);
    expect(issueOf(answer)).toMatchObject({
      details: {
        text: 'The address is not well formed: a % in it is not followed by two hexadecimal digits of UTF-8.',
      },
    });
  });
});

describe('an error becomes an OperationOutcome:', () => {
  test.each([
    ['ours, as it is', 'ours', 429, 'Too much at once. Try again later.'],
    ['the engine’s, as it is', 'engine', 400, 'Not good.'],
    [
      'an unknown one, of which nothing is told',
      'fault',
      500,
      'Internal error. Nothing was changed; report it with the request id.',
    ],
    ['no error at all, likewise', 'text', 500, 'Internal error. Nothing was changed; report it with the request id.'],
  ])('%s', async (_name, what, status, text) => {
    const answer = await ask(`/throw/${what}`);
    expect(answer.status).toBe(status);
    expect(issueOf(answer)).toMatchObject({ details: { text } });
    expect(JSON.parse(answer.text)).not.toHaveProperty('id');
    expect(answer.text).not.toContain('secret');
  });

  test('a request that does not fit, with each place', async () => {
    const answer = await ask('/throw/zod');
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).issue).toEqual([
      expect.objectContaining({ expression: ['name'], code: 'invalid' }),
      expect.objectContaining({ details: expect.objectContaining({ text: expect.stringContaining('other') }) }),
    ]);
  });
});
