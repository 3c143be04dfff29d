import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call } from '../../support/api.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { operatorToken } from '../../support/operator.ts';
import type { Row, Subject } from '../requirement.ts';
import { checkAll } from '../run.ts';
import { openServer, type Target } from '../server/open-server.ts';
import type { Program, Registrar } from '../server/program.ts';
import { registerProgram } from '../smart/register.ts';

const sentence = (key: string, about: string): Subject => ({ kind: 'sentence', list: 'smart', key, about });

async function verdictOn(target: Target, subject: Subject): Promise<Pick<Row, 'result' | 'reason'>> {
  const open = openServer(target);
  const [row] = await checkAll(open, [{ id: 'x', source: 'x', verb: 'SHALL', title: 'x', subject }]);
  await open.close();
  return { result: row?.result ?? 'fail', reason: row?.reason ?? '' };
}

/** Gives everybody every token for ever, and everything to whoever asks. */
function startCareless(): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const answer = (body: object, type = 'application/fhir+json'): void =>
      void response.writeHead(200, { 'content-type': type }).end(JSON.stringify(body));
    const path = (request.url ?? '').split('?')[0];
    request.resume().on('end', () => {
      if (path === '/token')
        return answer({
          access_token: 't'.repeat(5_000),
          expires_in: 86_400,
          refresh_token: 'r',
          scope: 'system/*.cruds',
        });
      if (path?.endsWith('/smart-configuration'))
        return answer({ token_endpoint: `http://127.0.0.1:${port}/token`, keys_uri: 'keys', capabilities: [] });
      return answer({ resourceType: 'Bundle', type: 'searchset' });
    });
  });
  server.listen(0, '127.0.0.1');
  return once(server, 'listening').then(() => server);
}

const BACKEND = 'backend-services';
const WELL_KNOWN = 'conformance';
const SCOPES = 'scopes-and-launch-context';
const ASYMMETRIC = 'client-confidential-asymmetric';

describe('a server that gives everybody everything', () => {
  let careless: HttpServer;
  let target: Target;
  beforeAll(async () => {
    careless = await startCareless();
    const registrar: Registrar = { register: async () => 'somebody' };
    const base = `http://127.0.0.1:${(careless.address() as AddressInfo).port}`;
    target = { base, registrar, program: await registerProgram(registrar) };
  });
  afterAll(() => {
    careless.close();
  });

  test.each<[string, string, string]>([
    ['126', SCOPES, 'The configuration does not list capabilities.'],
    ['127', SCOPES, 'A program that asks for system/Patient.read is told that it has something else.'],
    ['128', SCOPES, 'POST Patient (system/Patient.read) was answered 200, not 403.'],
    ['130', SCOPES, 'An entry of a batch that the scope covers is refused.'],
    ['134', SCOPES, 'The token is longer than 4,096 characters.'],
    ['243', BACKEND, 'GET Task (system/Patient.rs) was answered 200, not 403.'],
    ['244', BACKEND, 'GET of a type that there is not was answered 200, not 400 or 404.'],
    ['247', BACKEND, 'GET Patient without a token was answered 200, not 401.'],
    ['248', BACKEND, 'A refresh token was issued.'],
    ['249', BACKEND, 'An assertion signed with another key was answered 200, not 400 or 401.'],
    ['250', BACKEND, 'A program was granted a scope that it is not registered for.'],
    ['251', BACKEND, 'A grant there is not was answered 200, not 400 or 401.'],
    ['252', BACKEND, 'An error has neither error_description nor error_uri.'],
    ['255', BACKEND, 'The token_type is not bearer.'],
    ['260', BACKEND, 'More or something else was granted than was asked for.'],
    ['261', BACKEND, 'expires_in is more than 300.'],
    ['296', ASYMMETRIC, 'A program signed in whose keys nobody asked for.'],
    ['336', ASYMMETRIC, 'An assertion that was used before was answered 200, not 400 or 401.'],
    ['338', ASYMMETRIC, 'An assertion that names other keys was answered 200, not 400 or 401.'],
    ['370', WELL_KNOWN, 'A program that asks for system/Task.rs?status=draft is not granted that.'],
    [
      '374',
      WELL_KNOWN,
      'GET .well-known/smart-configuration that accepts XML was answered as application/fhir+json, not JSON.',
    ],
    ['378', WELL_KNOWN, 'keys_uri is no absolute address.'],
    ['384', WELL_KNOWN, 'The configuration does not list grant_types_supported.'],
    ['394', WELL_KNOWN, 'The configuration does not list code_challenge_methods_supported.'],
  ])('fails by sentence %s of %s', async (key, page, reason) => {
    expect(await verdictOn(target, sentence(key, page))).toEqual({ result: 'fail', reason });
  });

  test('is asked nothing that only those do who let people launch apps', async () => {
    expect(await verdictOn(target, sentence('352', WELL_KNOWN))).toEqual({
      result: 'not applicable',
      reason: 'The server does not list launch-ehr among its capabilities.',
    });
  });
});

describe('a hub of one’s own', () => {
  let hub: TestHub;
  let registrar: Registrar;
  let program: Program;
  beforeAll(async () => {
    hub = await startHub('embedded');
    registrar = {
      register: async (details) => {
        const body = { name: 'A program', organizationId: 'careloop', ...details };
        return (await call<{ id: string }>('POST', `${hub.url}/api/clients`, { body })).body.id;
      },
    };
    program = await registerProgram(registrar);
  });
  afterAll(() => hub?.close());

  const token = async (): Promise<string> => operatorToken(hub.url) ?? '';

  test.each([
    ['127', SCOPES],
    ['130', SCOPES],
    ['249', BACKEND],
    ['250', BACKEND],
    ['266', BACKEND],
    ['296', ASYMMETRIC],
    ['336', ASYMMETRIC],
    ['341', ASYMMETRIC],
    ['394', WELL_KNOWN],
  ])('passes sentence %s of %s', async (key, page) => {
    const target = { base: hub.fhir, token, registrar, program };
    expect(await verdictOn(target, sentence(key, page))).toMatchObject({ result: 'pass' });
  });

  test('is not asked for tokens where no program is registered, and says so', async () => {
    expect(await verdictOn({ base: hub.fhir, token }, sentence('249', BACKEND))).toEqual({
      result: 'not applicable',
      reason: 'No program is registered for this command: name one with --client and --key.',
    });
  });
});
