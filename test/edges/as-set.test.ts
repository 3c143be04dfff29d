import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { openDeps } from '../../src/deps.ts';
import { problemOf } from '../../src/outbound/policy.ts';
import { type Answer, call, texts } from '../support/api.ts';
import { freshStore } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe('a hub whose limits are set lower', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub('embedded', { settings: { BODY_LIMIT_BYTES: '20000', BUNDLE_ENTRY_LIMIT: '3' } });
  });
  afterAll(() => hub?.close());

  const send = (path: string, body: unknown): Promise<Answer> => call('POST', `${hub.url}${path}`, { body });

  test('takes no larger body, in any form', async () => {
    const patient = { resourceType: 'Patient', name: [{ text: 'x'.repeat(20_000) }] };
    const refused = await send('/fhir/R4/Patient', patient);
    expect([refused.status, texts(refused)]).toEqual([
      413,
      ['The body is larger than 20000 bytes. Split it, or send documents as references.'],
    ]);
    const xml = `<Patient xmlns="http://hl7.org/fhir"><language value="${'x'.repeat(20_000)}"/></Patient>`;
    for (const [path, type, body] of [
      ['/fhir/R4/Patient', 'application/fhir+xml', xml],
      ['/fhir/R4/Binary', 'image/png', 'x'.repeat(20_001)],
      ['/fhir/R4/Patient/_search', 'application/x-www-form-urlencoded', `name=${'x'.repeat(20_000)}`],
      ['/api/plans', 'application/json', `{"title":"${'x'.repeat(20_000)}"}`],
    ] as const) {
      const answer = await call('POST', `${hub.url}${path}`, { body, headers: { 'content-type': type } });
      expect([path, answer.status]).toEqual([path, 413]);
    }
    const smaller = { ...patient, name: [{ text: 'x'.repeat(19_000) }] };
    expect(await send('/fhir/R4/Patient', smaller)).toMatchObject({ status: 201 });
  });

  test.each(['batch', 'transaction'])('takes no %s of more entries', async (type) => {
    const bundle = (entries: number): object => ({
      resourceType: 'Bundle',
      type,
      entry: Array.from({ length: entries }, () => ({ request: { method: 'GET', url: 'Organization/careloop' } })),
    });
    const refused = await send('/fhir/R4', bundle(4));
    expect([refused.status, texts(refused)]).toEqual([
      413,
      ['The Bundle has 4 entries; at most 3 are accepted. Split it.'],
    ]);
    expect(await send('/fhir/R4', bundle(3))).toMatchObject({ status: 200 });
  });
});

test('a hub that others can reach calls by http where it is set to, and nowhere else', async () => {
  const store = await freshStore('embedded');
  const problems: (string | undefined)[] = [];
  for (const OUTBOUND_HTTP of ['false', 'true']) {
    const settings = { HOST: '0.0.0.0', PUBLIC_URL: 'https://hub.example', LOG_LEVEL: 'silent', OUTBOUND_HTTP };
    const deps = await openDeps(readConfig({ ...settings, ...store.settings }));
    problems.push(problemOf('http://partner.example/hook', deps.outboundPolicy));
    await deps.close();
  }
  await store.remove();
  expect(problems).toEqual([expect.any(String), undefined]);
});
