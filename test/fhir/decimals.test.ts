import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchAsOperator } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const NUMBERS = ['1.0', '1.50', '100', '0.010', '1e2', '1.0E-3', '-0.0', '12345678901234567.8900'];

/** An Observation as text: what this language would make of the numbers is not what is sent. */
function observation(value: string, more = ''): string {
  return `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":${value},"unit":"mg"}${more}}`;
}

// See https://hl7.org/fhir/R4/datatypes.html#decimal: "the precision of the decimal value has significance".
describe.each(databaseKinds())('decimals are read back as they were written (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const ask = async (method: string, path: string, body?: string, type = 'application/fhir+json'): Promise<string> => {
    const headers = { ...(body === undefined ? {} : { 'content-type': type }), prefer: 'return=representation' };
    const answer = await fetchAsOperator(`${hub.fhir}/${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    if (answer.status >= 300) throw new Error(`${answer.status}: ${text}`);
    return text;
  };
  const idIn = (text: string): string => /"id":"([^"]+)"/.exec(text)?.[1] ?? '';
  /** The number of the quantity, as it stands in a text. */
  const valueIn = (text: string): string | undefined =>
    (/"valueQuantity":\s*\{\s*"value":\s*([^,}\s]+)/.exec(text) ?? /<value value="([^"]+)"\/><unit/.exec(text))?.[1];

  test.each(NUMBERS)('%s: in what is answered, read, searched, and in its history', async (number) => {
    const created = await ask('POST', 'Observation', observation(number));
    const path = `Observation/${idIn(created)}`;
    const texts = [created];
    for (const each of [path, `${path}/_history/1`, `${path}/_history`, `Observation?_id=${idIn(created)}`]) {
      for (const how of ['', '_pretty=true', '_format=xml']) {
        texts.push(await ask('GET', each + (how && (each.includes('?') ? '&' : '?')) + how));
      }
    }
    texts.push(await ask('GET', `${path}?_elements=value`), await ask('GET', `${path}?_summary=data`));
    expect(texts.map(valueIn)).toEqual(texts.map(() => number));
  });

  test('sent as XML', async () => {
    const xml =
      '<Observation xmlns="http://hl7.org/fhir"><status value="final"/><code><text value="x"/></code>' +
      '<valueQuantity><value value="2.50"/><unit value="mg"/></valueQuantity>' +
      '<component><code><extension url="http://a"><valueDecimal value="3.0"/></extension></code></component></Observation>';
    const created = await ask('POST', 'Observation', xml, 'application/fhir+xml');
    expect([valueIn(created), /"valueDecimal":([\d.]+)/.exec(created)?.[1]]).toEqual(['2.50', '3.0']);
    const again = await ask('GET', `Observation/${idIn(created)}?_format=xml`);
    expect([valueIn(again), again.includes('<valueDecimal value="3.0"/>')]).toEqual(['2.50', true]);
  });

  test.each(['1e400', '-1e400', '1e308000'])('not where it is too large to be kept: %s', async (number) => {
    const refused = ask('POST', 'Observation', observation(number));
    await expect(refused).rejects.toThrow(/^400: /);
    await expect(refused).rejects.toThrow(
      'This number is too large to be kept: write one between -1.79e308 and 1.79e308.',
    );
    const xml = `<Observation xmlns="http://hl7.org/fhir"><status value="final"/><code><text value="x"/></code><valueQuantity><value value="${number}"/></valueQuantity></Observation>`;
    await expect(ask('POST', 'Observation', xml, 'application/fhir+xml')).rejects.toThrow(
      /^400: .*This number is too large/,
    );
  });

  test('in a transaction whose references are led to what it makes', async () => {
    const subject = ',"subject":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000001"}';
    const entries = [
      '{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001","request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient"}}',
      `{"request":{"method":"POST","url":"Observation"},"resource":${observation('7.00', subject)}}`,
      `{"request":{"method":"POST","url":"Observation"},"resource":${observation('8.10', subject)}}`,
    ];
    await ask('POST', '', `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`);
    const found = await ask('GET', 'Observation?value-quantity=7,8.1&_sort=_lastUpdated');
    expect([...found.matchAll(/"value":([\d.]+)/g)].map(([, value]) => value).sort()).toEqual(['7.00', '8.10']);
    expect(found).toContain('"reference":"Patient/');
  });

  test('after changes of other elements, and after those of their own', async () => {
    const created = await ask('POST', 'Observation', observation('1.0', ',"referenceRange":[{"low":{"value":1.0}}]'));
    const path = `Observation/${idIn(created)}`;
    const patch = (body: string): Promise<string> => ask('PATCH', path, body, 'application/json-patch+json');
    expect(valueIn(await patch('[{"op":"replace","path":"/status","value":"amended"}]'))).toBe('1.0');
    expect(valueIn(await patch('[{"op":"replace","path":"/valueQuantity/value","value":2.500}]'))).toBe('2.500');
    expect(valueIn(await patch('[{"op":"replace","path":"/valueQuantity","value":{"value":3.0,"unit":"mg"}}]'))).toBe(
      '3.0',
    );
    const part = (name: string, value: string): string => `{"name":"${name}",${value}}`;
    const parts = [
      part('type', '"valueCode":"replace"'),
      part('path', '"valueString":"Observation.referenceRange[0].low.value"'),
      part('value', '"valueDecimal":4.20'),
    ];
    const change = `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[${parts.join(',')}]}]}`;
    const ranged = await ask('PATCH', path, change);
    expect([valueIn(ranged), /"low":\{"value":([\d.]+)/.exec(ranged)?.[1]]).toEqual(['3.0', '4.20']);
    expect(valueIn(await ask('PUT', path, observation('5.0', `,"id":"${idIn(created)}"`)))).toBe('5.0');
    expect(valueIn(await ask('GET', path))).toBe('5.0');
    expect(
      [...(await ask('GET', `${path}/_history`)).matchAll(/"valueQuantity":\{"value":([\d.]+)/g)].map(
        ([, value]) => value,
      ),
    ).toEqual(['5.0', '3.0', '3.0', '2.500', '1.0', '1.0']);
  });

  describe('after a patch', () => {
    const of = (...values: string[]): string =>
      `{"resourceType":"Observation","status":"final","code":{"text":"x"},"component":[${values
        .map((value) => `{"code":{"text":"x"},"valueQuantity":{"value":${value}}}`)
        .join(',')}]}`;
    const values = (text: string): string[] => [...text.matchAll(/"value":([^,}]+)/g)].map(([, value = '']) => value);
    const patched = async (before: string, body: string, type?: string): Promise<string[]> => {
      const path = `Observation/${idIn(await ask('POST', 'Observation', before))}`;
      const answered = values(await ask('PATCH', path, body, type ?? 'application/json-patch+json'));
      expect(values(await ask('GET', path))).toEqual(answered);
      return answered;
    };
    const LARGE = '12345678901234567.8900';

    test.each([
      ['takes one away', '[{"op":"remove","path":"/component/0"}]', ['2.50', LARGE]],
      ['puts one in', '[{"op":"copy","from":"/component/2","path":"/component/0"}]', [LARGE, '1.0', '2.50', LARGE]],
      ['moves one', '[{"op":"move","from":"/component/2","path":"/component/0"}]', [LARGE, '1.0', '2.50']],
      [
        'moves one elsewhere',
        '[{"op":"move","from":"/component/1/valueQuantity","path":"/valueQuantity"}]',
        ['1.0', LARGE, '2.50'],
      ],
      [
        'copies a number',
        '[{"op":"copy","from":"/component/2/valueQuantity/value","path":"/component/0/valueQuantity/value"}]',
        [LARGE, '2.50', LARGE],
      ],
      [
        'adds one',
        '[{"op":"add","path":"/component/-","value":{"code":{"text":"x"},"valueQuantity":{"value":1.00}}}]',
        ['1.0', '2.50', LARGE, '1.00'],
      ],
      [
        'writes one more exactly',
        '[{"op":"replace","path":"/component/0/valueQuantity/value","value":1.000}]',
        ['1.000', '2.50', LARGE],
      ],
      [
        'writes one less exactly',
        '[{"op":"replace","path":"/component/0/valueQuantity/value","value":1}]',
        ['1', '2.50', LARGE],
      ],
      [
        'adds a whole number beside',
        '[{"op":"add","path":"/valueSampledData","value":{"origin":{"value":1.0},"period":1.00,"dimensions":1,"data":"E"}}]',
        ['1.0', '2.50', LARGE, '1.0'],
      ],
    ])('that %s', async (_what, body, expected) => {
      expect(await patched(of('1.0', '2.50', LARGE), body)).toEqual(expected);
    });

    const parameters = (...parts: string[]): string =>
      `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[${parts.join(',')}]}]}`;
    const part = (name: string, value: string): string => `{"name":"${name}",${value}}`;
    const at = (type: string, path: string): string[] => [
      part('type', `"valueCode":"${type}"`),
      part('path', `"valueString":"${path}"`),
    ];
    const quantity = '"valueQuantity":{"value":9.0}';

    test.each([
      ['takes one away', parameters(...at('delete', 'Observation.component[0]')), ['2.50', LARGE]],
      [
        'moves one',
        parameters(
          ...at('move', 'Observation.component'),
          part('source', '"valueInteger":2'),
          part('destination', '"valueInteger":0'),
        ),
        [LARGE, '1.0', '2.50'],
      ],
      [
        'replaces one',
        parameters(...at('replace', 'Observation.component[0].value'), part('value', quantity)),
        ['9.0', '2.50', LARGE],
      ],
      [
        'writes one more exactly',
        parameters(...at('replace', 'Observation.component[0].value.value'), part('value', '"valueDecimal":1.000')),
        ['1.000', '2.50', LARGE],
      ],
      [
        'writes one less exactly',
        parameters(...at('replace', 'Observation.component[0].value.value'), part('value', '"valueDecimal":1')),
        ['1', '2.50', LARGE],
      ],
    ])('by FHIRPath that %s', async (_what, body, expected) => {
      expect(await patched(of('1.0', '2.50', LARGE), body, 'application/fhir+json')).toEqual(expected);
    });
  });

  test('of a resource itself', async () => {
    const charge =
      '{"resourceType":"ChargeItem","status":"billable","code":{"text":"x"},"subject":{"display":"x"},"factorOverride":0.80}';
    const created = await ask('POST', 'ChargeItem', charge);
    const read = await ask('GET', `ChargeItem/${idIn(created)}`);
    const changed = await ask('PUT', `ChargeItem/${idIn(created)}`, read.replace('billable', 'billed'));
    const short = await ask('GET', `ChargeItem/${idIn(created)}?_elements=factorOverride`);
    expect([created, read, changed, short].map((text) => /"factorOverride":([\d.]+)/.exec(text)?.[1])).toEqual(
      Array(4).fill('0.80'),
    );
  });

  test('and whole numbers have no point', async () => {
    const text = '{"resourceType":"Bundle","type":"searchset","total":1.0}';
    const refused = ask('POST', 'Bundle/$validate', text);
    expect(await refused).toContain('Write a whole number here as one: without decimal point and exponent.');
  });
});
