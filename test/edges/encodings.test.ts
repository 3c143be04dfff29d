import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle } from '@medplum/fhirtypes';
import { call, fetchAsOperator, texts } from '../support/api.ts';
import { startHub, type TestHub } from '../support/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub('embedded');
});
afterAll(() => hub?.close());

const OBSERVATION =
  '{"resourceType":"Observation","status":"final","code":{"text":"Größe"},"valueQuantity":{"value":1.0 }}';
const XML =
  '<Observation xmlns="http://hl7.org/fhir"><status value="final"/><code><text value="Größe"/></code></Observation>';

interface Sent {
  readonly status: number;
  readonly text: string;
}

async function send(path: string, type: string, bytes: Uint8Array<ArrayBuffer>): Promise<Sent> {
  const answer = await fetchAsOperator(`${hub.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: bytes,
  });
  return { status: answer.status, text: await answer.text() };
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text));
const latin1 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'latin1'));
const utf16 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'utf16le'));
/** What JSON is made of stands in it as other letters. @see https://www.rfc-editor.org/rfc/rfc2152 */
const utf7 = (text: string): Uint8Array<ArrayBuffer> =>
  utf8(
    text.replace(
      /["{}[\]]/g,
      (sign) =>
        `+${Buffer.from([0, sign.charCodeAt(0)])
          .toString('base64')
          .replaceAll('=', '')}-`,
    ),
  );

/** Beside the API these are read of anybody. */
const DOORS = ['/fhir/R4/Observation', '/api/plans', '/nowhere'];

// A process that could not read one of them ended: whatever it had under way was lost.
describe('JSON with a decimal that is kept as it is written', () => {
  test('and a mark at its start that says it is UTF-8 is read', async () => {
    const { status, text } = await send('/fhir/R4/Observation', 'application/fhir+json', utf8(`\uFEFF${OBSERVATION}`));
    expect([status, text]).toEqual([201, expect.stringContaining('"value":1.0')]);
    for (const door of DOORS)
      expect((await send(door, 'application/json', utf8(`\uFEFF${OBSERVATION}`))).status).toBeLessThan(500);
  });

  test.each([
    ['utf-7', utf7],
    ['utf-16', utf16],
    ['utf-16le', utf16],
    ['utf-32', utf16],
  ])('is not read in %s', async (charset, encoded) => {
    for (const door of DOORS) {
      const { status } = await send(door, `application/json;charset=${charset}`, encoded(OBSERVATION));
      expect([door, status]).toEqual([door, 415]);
    }
    expect(await call('GET', `${hub.url}/health`)).toMatchObject({ status: 200 });
  });
});

test('what is nested too deep is not read in an encoding that hides it', async () => {
  const deep = '['.repeat(5_000) + ']'.repeat(5_000);
  for (const door of DOORS)
    expect(await send(door, 'application/json;charset=utf-7', utf7(deep))).toMatchObject({ status: 415 });
});

describe('letters that are not UTF-8 are refused, not kept as others', () => {
  test.each([
    ['JSON', '/fhir/R4/Observation', 'application/fhir+json', OBSERVATION],
    ['JSON that says it is UTF-8', '/fhir/R4/Observation', 'application/fhir+json; charset=utf-8', OBSERVATION],
    ['XML', '/fhir/R4/Observation', 'application/fhir+xml', XML],
    ['a form', '/fhir/R4/Patient/_search', 'application/x-www-form-urlencoded', 'name=Größe'],
  ])('in %s', async (_name, path, type, text) => {
    const answer = await send(path, type, latin1(text));
    expect([answer.status, texts({ ...answer, headers: new Headers(), body: JSON.parse(answer.text) })]).toEqual([
      400,
      ['The body is not UTF-8: some of its letters are in another encoding. Nothing was changed; send it in UTF-8.'],
    ]);
    expect((await send(path, type, utf8(text))).status).toBeLessThan(300);
  });
});

/** Letters as the bytes that they are in UTF-8. */
const asBytes = (text: string): string => Buffer.from(text).toString('latin1');

describe('letters beyond ASCII in a header are read', () => {
  const patient = (value: string): object => ({ resourceType: 'Patient', identifier: [{ system: 'urn:s', value }] });
  const createUnless = (value: string, ifNoneExist: string): Promise<{ readonly status: number }> =>
    call('POST', `${hub.fhir}/Patient`, { body: patient(value), headers: { 'if-none-exist': ifNoneExist } });

  test.each([
    ['as UTF-8', 'Å王', asBytes('Å王')],
    ['as Latin-1', 'Åland', 'Åland'],
    ['with percent signs', 'Øl', encodeURIComponent('Øl')],
  ])('%s: what is there already is not made again', async (_name, value, written) => {
    const answers = [
      await createUnless(value, `identifier=urn:s|${written}`),
      await createUnless(value, `identifier=urn:s|${written}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 200]);
  });

  test('in a Provenance, as in a body', async () => {
    const provenance = {
      resourceType: 'Provenance',
      recorded: '2026-01-01T00:00:00Z',
      agent: [{ who: { display: 'Åsa 王' } }],
    };
    const headers = { 'x-provenance': asBytes(JSON.stringify(provenance)) };
    const { body } = await call<{ id: string }>('POST', `${hub.fhir}/Patient`, { body: patient('p'), headers });
    const found = await call<Bundle>('GET', `${hub.fhir}/Provenance?target=Patient/${body.id}`);
    expect(JSON.stringify(found.body)).toContain('Åsa 王');
  });
});
