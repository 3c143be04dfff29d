import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openApiDocument } from '../../src/openapi.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const TEXT = 'Present a valid access token: Authorization: Bearer <token>.';

/** What is open to anybody: it says what the hub is, or is how somebody gets in. */
const OPEN = ['/health', '/fhir/R4/metadata', '/fhir/R4/.well-known/smart-configuration', '/api/openapi.json'];

/** How somebody gets in, of the JSON API; and what a client answers by a link, whose code is in the body. */
const WAYS_IN =
  /^(get \/api\/sign-in(\/oidc\/.*)?|post \/api\/(setup|mailbox\/(code|open)|client-answers(\/look)?|session|session\/link|invitations\/\w+|sign-in\/oidc\/\{id\}\/back-channel-logout))$/;

/** Of the FHIR API: one of each way in. */
const FHIR: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/Patient'],
  ['GET', '/Patient/PATIENT'],
  ['HEAD', '/Patient/PATIENT'],
  ['GET', '/Patient/PATIENT/_history/1'],
  ['GET', '/_history'],
  ['GET', '/Patient/PATIENT/$everything'],
  ['GET', '/Patient/PATIENT/*'],
  ['GET', '/$export'],
  ['GET', '/$export-status?job=x'],
  ['GET', '/ValueSet/$expand?url=x'],
  ['GET', '/Binary/x'],
  ['GET', '/nowhere/at/all'],
  ['POST', '/Patient'],
  ['POST', '/Patient/_search'],
  ['POST', ''],
  ['POST', '/Task/$validate'],
  ['PUT', '/Patient/PATIENT'],
  ['PATCH', '/Patient/PATIENT'],
  ['DELETE', '/Patient/PATIENT'],
];

describe.each(databaseKinds())('without a token, on the machine of the hub itself (%s)', (kind) => {
  let hub: TestHub;
  let patient = '';
  beforeAll(async () => {
    hub = await startHub(kind);
    const body = { resourceType: 'Patient', name: [{ family: 'Hidden' }] };
    patient = (await done(call('POST', `${hub.fhir}/Patient`, { body }))).id;
  });
  afterAll(() => hub?.close());

  test.each(['/fhir/R4/metadata', '/fhir/R4/Patient', '/fhir/R4/nowhere'])(
    'what %s answers is data: a browser shows it, and runs, loads and frames nothing of it',
    async (path) => {
      const { headers } = await call('GET', `${hub.url}${path}`, { token: null });
      expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none';sandbox");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    },
  );

  test('its pages run no script but their own, and are in no frame of another site', async () => {
    // A page is no JSON; where none is built, it is what says so.
    const { headers } = await fetch(`${hub.url}/`);
    const policy = headers.get('content-security-policy')?.split(';');
    expect(policy).toEqual(
      expect.arrayContaining(["script-src 'self'", "script-src-attr 'none'", "object-src 'none'"]),
    );
    expect(policy).toEqual(expect.arrayContaining(["style-src 'self'", "frame-ancestors 'self'"]));
  });

  test.each(FHIR)('%s /fhir/R4%s is refused', async (method, path) => {
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? '{"resourceType":"Patient"}' : undefined;
    const answer = await call(method, `${hub.fhir}${path.replace('PATIENT', patient)}`, { token: null, body });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="careloop"']);
    if (method !== 'HEAD') expect(answer.body).toMatchObject({ issue: [{ code: 'login', details: { text: TEXT } }] });
  });

  test('every route of the JSON API that is described is refused, but the ways in, and so is one that is not there', async () => {
    const { paths } = openApiDocument() as { paths: Record<string, Record<string, unknown>> };
    const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((each) => [each, path]));
    expect(routes.length).toBeGreaterThan(5);
    const behind = routes.filter((route) => !WAYS_IN.test(route.join(' ')));
    for (const [method = '', path = ''] of [...behind, ['get', '/api/nowhere']]) {
      const url = hub.url + path.replaceAll(/\{\w+\}/g, 'x');
      const answer = await call(method.toUpperCase(), url, { token: null });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
    }
  });

  test.each([
    ['another scheme', 'Basic Y2FyZWxvb3A6'],
    ['no token', 'Bearer'],
    ['a token nobody was given', `Bearer ${'x'.repeat(43)}`],
  ])('%s is refused', async (_what, authorization) => {
    const answer = await call('GET', `${hub.fhir}/Patient`, { headers: { authorization } });
    expect(answer.status).toBe(401);
  });

  test('what says what the hub is, is open', async () => {
    for (const path of OPEN) expect((await call('GET', hub.url + path, { token: null })).status).toBe(200);
  });
});
