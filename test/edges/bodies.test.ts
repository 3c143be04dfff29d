import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call, fetchAsOperator, texts } from '../support/api.ts';
import { startHub, type TestHub } from '../support/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub('embedded');
});
afterAll(() => hub?.close());

const JSON_TYPE = 'application/fhir+json';
const XML_TYPE = 'application/fhir+xml';

interface Sent {
  readonly status: number;
  readonly text: string;
}

async function send(path: string, body: string | Buffer, type = JSON_TYPE, encoding?: string): Promise<Sent> {
  const headers = { 'content-type': type, ...(encoding ? { 'content-encoding': encoding } : {}) };
  const sent = typeof body === 'string' ? body : new Uint8Array(body);
  const response = await fetchAsOperator(`${hub.url}${path}`, { method: 'POST', headers, body: sent });
  return { status: response.status, text: await response.text() };
}

const DOORS = ['/fhir/R4/Patient', '/fhir/R4', '/api/plans', '/api/clients', '/fhir/R4/Patient/$validate'] as const;

describe('a bomb in a body', () => {
  const zeros = Buffer.alloc(200_000_000, ' ');
  const packed = { gzip: gzipSync(zeros), br: brotliCompressSync(zeros, { params: {} }), deflate: deflateSync(zeros) };

  test.each(['gzip', 'br', 'deflate'] as const)(
    'packed by %s is not unpacked further than the limit',
    async (encoding) => {
      expect(packed[encoding].length).toBeLessThan(1_000_000);
      const before = process.memoryUsage().arrayBuffers;
      for (const [path, type] of [
        [DOORS[0], JSON_TYPE],
        [DOORS[0], XML_TYPE],
        ['/fhir/R4/Binary', 'image/png'],
        ['/fhir/R4/Patient/_search', 'application/x-www-form-urlencoded'],
      ] as const) {
        expect(await send(path, packed[encoding], type, encoding)).toMatchObject({ status: 413 });
      }
      expect(await send('/oauth/token', packed[encoding], 'application/x-www-form-urlencoded', encoding)).toMatchObject(
        { status: 400 },
      );
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
    },
  );

  test('packed again and again is not unpacked at all', async () => {
    const twice = gzipSync(packed.gzip);
    for (const encoding of ['gzip, gzip', 'gzip,deflate', 'GZIP, br', 'compress', 'zstd', 'identity, gzip']) {
      for (const path of ['/fhir/R4/Patient', '/api/plans', '/oauth/token']) {
        const { status } = await send(
          path,
          twice,
          path === '/oauth/token' ? 'application/x-www-form-urlencoded' : JSON_TYPE,
          encoding,
        );
        expect({ encoding, path, isRefused: status === 415 || status === 400 }).toEqual({
          encoding,
          path,
          isRefused: true,
        });
      }
    }
  });

  test('of entities: no document type is read', async () => {
    const laughs = ['lol', ...'123456789'].map(
      (name, at, all) => `<!ENTITY l${name} "${at === 0 ? 'lol' : `&l${all[at - 1]};`.repeat(10)}">`,
    );
    const bombs = [
      `<!DOCTYPE Patient [${laughs.join('')}]><Patient xmlns="http://hl7.org/fhir"><id value="&l9;"/></Patient>`,
      '<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&x;"/></Patient>',
      '<!DOCTYPE Patient SYSTEM "http://127.0.0.1:9/x.dtd"><Patient xmlns="http://hl7.org/fhir"/>',
      '<Patient xmlns="http://hl7.org/fhir"><id value="&x;"/></Patient>',
      '<Patient xmlns="http://hl7.org/fhir" xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></Patient>',
    ];
    for (const bomb of bombs) {
      const { status, text } = await send(DOORS[0], bomb, XML_TYPE);
      expect({ status, leaks: text.includes('root:') }).toEqual({ status: 400, leaks: false });
    }
  });

  test.each([
    ['lists', '['.repeat(1_000_000)],
    ['closed lists', '['.repeat(1_000_000) + ']'.repeat(1_000_000)],
    ['objects', '{"a":'.repeat(500_000)],
    ['objects with a number that is kept as written', `${'{"a":'.repeat(100_000)}1.0${'}'.repeat(100_000)}`],
    [
      'what a resource carries',
      `{"resourceType":"Patient","extension":[${'{"extension":['.repeat(20_000)}${']}'.repeat(20_000)}]}`,
    ],
    ['objects behind a text with brackets and quotes', `{"a":"\\"[[[","b":${'['.repeat(65)}${']'.repeat(65)}}`],
  ])('of %s, each within the other, is not read', async (_name, body) => {
    for (const door of DOORS) {
      const { status, text } = await send(door, body);
      expect({ door, status }).toEqual({ door, status: 400 });
      expect(JSON.parse(text).issue[0].details.text).toMatch(/^The body is nested more than 64 deep\./);
    }
  });

  test('of elements in XML, each within the other, is not read', async () => {
    const deep = `<Patient xmlns="http://hl7.org/fhir">${'<extension>'.repeat(100_000)}`;
    expect(await send(DOORS[0], deep, XML_TYPE)).toMatchObject({ status: 400 });
  });

  test('of any depth is refused from the depth on that the hub is set to', async () => {
    const low = await startHub('embedded', { settings: { NESTING_LIMIT: '20' } });
    const deep = (levels: number): string =>
      `{"resourceType":"Basic","code":${'{"a":'.repeat(levels - 1)}1${'}'.repeat(levels)}`;
    const xml = `<Patient xmlns="http://hl7.org/fhir">${'<extension>'.repeat(20)}`;
    const body = async (text: string, type: string): Promise<string> => {
      const headers = { 'content-type': type };
      return (await fetchAsOperator(`${low.fhir}/Basic`, { method: 'POST', headers, body: text })).text();
    };
    const answers = [await body(deep(21), JSON_TYPE), await body(deep(20), JSON_TYPE), await body(xml, XML_TYPE)];
    await low.close();
    expect(answers.map((each) => /more than 20 deep/.test(each))).toEqual([true, false, true]);
  });

  test('brackets within texts are no depth', async () => {
    const patient = { resourceType: 'Patient', name: [{ text: `${'[{'.repeat(500)}\\"` }] };
    expect(await call('POST', `${hub.fhir}/Patient`, { body: patient })).toMatchObject({ status: 201 });
  });

  test.each([
    [
      'a number of a million digits',
      `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":${'9'.repeat(1_000_000)}}}`,
    ],
    [
      'an exponent of a million',
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e1000000}}',
    ],
    ['a key of a million characters', `{"resourceType":"Patient","${'k'.repeat(1_000_000)}":1}`],
    [
      'a hundred thousand keys',
      `{"resourceType":"Patient",${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`).join(',')}}`,
    ],
  ])('of %s is refused, and shortly', async (_name, body) => {
    const { status, text } = await send(DOORS[0], body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(text.length).toBeLessThan(100_000);
  });
});

describe('nothing in a request changes what every object has', () => {
  const POLLUTING = [
    '{"__proto__":{"polluted":1},"resourceType":"Patient"}',
    '{"constructor":{"prototype":{"polluted":1}},"resourceType":"Patient"}',
    '{"resourceType":"Patient","name":[{"__proto__":{"polluted":1}}]}',
    '{"resourceType":"Bundle","type":"batch","__proto__":{"polluted":1},"entry":[]}',
  ];

  test.each(POLLUTING)('%s', async (body) => {
    for (const door of DOORS) expect((await send(door, body)).status).toBeLessThan(500);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each([
    '__proto__[polluted]=1',
    '__proto__.polluted=1',
    'constructor[prototype][polluted]=1',
    '__proto__=1',
    'a[__proto__][polluted]=1',
  ])('the query %s', async (query) => {
    for (const path of ['/fhir/R4/Patient', '/fhir/R4/Task', '/api/loops', '/fhir/R4/Patient/$everything']) {
      expect((await call('GET', `${hub.url}${path}?${query}`)).status).toBeLessThan(500);
    }
    expect((await send('/fhir/R4/Patient/_search', query, 'application/x-www-form-urlencoded')).status).toBeLessThan(
      500,
    );
    expect((await send('/oauth/token', query, 'application/x-www-form-urlencoded')).status).toBe(400);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('what is kept by names that somebody gives: filters, linkIds, definitions, parameters', async () => {
    const names = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'];
    for (const name of names) {
      const filter = `{"name":"x","filter":{"${name}":"polluted"}}`;
      const item = [
        {
          linkId: name,
          type: 'string',
          definition: `http://hl7.org/fhir/StructureDefinition/Patient#Patient.${name}.polluted`,
        },
      ];
      const url = 'https://partner.example/q';
      const questionnaire = {
        resourceType: 'Questionnaire',
        id: 'q',
        url,
        status: 'active',
        subjectType: ['Patient'],
        item,
      };
      const extension = [
        {
          url: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemExtractionContext',
          valueCode: 'Patient',
        },
      ];
      const response = {
        resourceType: 'QuestionnaireResponse',
        status: 'completed',
        questionnaire: '#q',
        contained: [{ ...questionnaire, extension }],
        item: [{ linkId: name, answer: [{ valueString: 'polluted' }] }],
      };
      const parameters = { resourceType: 'Parameters', parameter: [{ name, valueString: 'polluted' }] };
      for (const [path, body] of [
        ['/api/loop-filters', filter],
        ['/fhir/R4/QuestionnaireResponse/$extract', JSON.stringify(response)],
        ['/fhir/R4/QuestionnaireResponse', JSON.stringify(response)],
        [
          '/fhir/R4/Questionnaire/$populate',
          JSON.stringify({
            ...parameters,
            parameter: [{ name: 'questionnaire', resource: questionnaire }, ...parameters.parameter],
          }),
        ],
        ['/fhir/R4/Patient/$match', JSON.stringify(parameters)],
        ['/fhir/R4/ValueSet/$expand', JSON.stringify(parameters)],
      ] as const) {
        const { status, text } = await send(path, body);
        expect({ path, name, isFault: status >= 500, text: status >= 500 ? text : '' }).toEqual({
          path,
          name,
          isFault: false,
          text: '',
        });
      }
      expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });

  test.each(['/__proto__/polluted', '/constructor/prototype/polluted', '/name/__proto__/polluted'])(
    'the patch at %s',
    async (path) => {
      const made = await call<{ id: string }>('POST', `${hub.fhir}/Patient`, {
        body: { resourceType: 'Patient', name: [{ text: 'x' }] },
      });
      const answer = await call('PATCH', `${hub.fhir}/Patient/${made.body.id}`, {
        headers: { 'content-type': 'application/json-patch+json' },
        body: [{ op: 'add', path, value: 1 }],
      });
      expect(answer.status).toBe(422);
      expect(texts(answer)).toHaveLength(1);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );
});
