import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Organization } from '@medplum/fhirtypes';
import { type Answer, call, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import type { TestHub } from '../support/hub.ts';
import { type Program, startProgramOf } from './programs.ts';
import { ASKED, type Asked, type Known } from './scope-interactions.ts';
import { type ScopedHub, startScopedHub } from './scoped-hub.ts';

const ACTIONS = ['c', 'r', 'u', 'd', 's'];
/** The types that the interactions are about. */
const TYPES =
  'Patient Task Observation Organization Provenance Subscription AuditEvent Group List ValueSet CodeSystem Questionnaire'.split(
    ' ',
  );

/** Every scope but one. */
function allBut(scope: string): string {
  const [type, action] = scope.split('.');
  const letters = (each: string): string => ACTIONS.filter((one) => each !== type || one !== action).join('');
  return TYPES.map((each) => `system/${each}.${letters(each)}`).join(' ');
}

describe.each(databaseKinds())('scopes on the %s store', (kind) => {
  let scoped: ScopedHub;
  let hub: TestHub;
  let program: Program;
  let known: Known;
  let mine: string;
  beforeAll(async () => {
    scoped = await startScopedHub(kind);
    ({ hub, program, known, mine } = scoped);
  });
  afterAll(() => hub.close());
  const withScope: ScopedHub['with'] = (...asked) => scoped.with(...asked);

  const ask = async (asked: Asked, scope: string): Promise<Answer<unknown>> => {
    const { method, url, body, headers = {} } = asked;
    const said = body?.(known);
    return call(method, `${hub.fhir}/${encodeURI(url(known))}`.replace(/\/(?=$|\?)/, ''), {
      token: await program.token(scope),
      headers: { ...(said === undefined ? {} : { 'content-type': 'application/fhir+json' }), ...headers },
      ...(said === undefined ? {} : { body: said }),
    });
  };

  test.each(ASKED.map((asked) => [asked.name, asked] as const))(
    'who %s needs the scopes it needs',
    async (_name, asked) => {
      const answer = await ask(asked, asked.needs.map((need) => `system/${need}`).join(' '));
      expect({ status: answer.status, ok: answer.status < 400, body: answer.body }).toMatchObject({ ok: true });
      for (const need of asked.needs) {
        const refused = await ask(asked, allBut(need));
        expect({ need, status: refused.status }).toEqual({ need, status: 403 });
        expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
        if (asked.method === 'HEAD') continue;
        expect(refused.body).toMatchObject({
          resourceType: 'OperationOutcome',
          issue: [{ severity: 'error', code: 'forbidden' }],
        });
        expect(texts(refused)[0]).toContain(`the scope system/${need}`);
      }
    },
  );

  test('each entry of a batch is held against them by itself', async () => {
    const answer = await withScope('system/Task.r system/Observation.c', 'POST', '', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        { request: { method: 'GET', url: `Task/${known.task}` } },
        { request: { method: 'GET', url: 'Task?status=draft' } },
        { request: { method: 'GET', url: `Patient/${known.patient}/$everything` } },
        { request: { method: 'DELETE', url: `Task/${known.task}` } },
        {
          request: { method: 'POST', url: 'Observation' },
          resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' } },
        },
      ],
    });
    const statuses = (answer.body as Bundle).entry?.map(({ response }) => response?.status);
    expect(statuses).toEqual(['200', '403', '403', '403', '201']);
  });

  test('a Bundle that was accepted before is answered to those who might send it', async () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      identifier: { system: 'https://x.example', value: 'sent-twice' },
      entry: [
        {
          resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' } },
          request: { method: 'POST', url: 'Observation' },
        },
      ],
    };
    expect((await withScope('system/Observation.c', 'POST', '', bundle)).status).toBe(200);
    expect((await withScope('system/Observation.c', 'POST', '', bundle)).status).toBe(200);
    const refused = await withScope('system/Observation.r', 'POST', '', bundle);
    expect([refused.status, texts(refused)[0]]).toEqual([403, expect.stringContaining('system/Observation.c')]);
  });

  test('what comes along unnamed is left out when it may not be read, and the answer says so', async () => {
    const modes = ({ body }: Answer<unknown>): string[] =>
      ((body as Bundle).entry ?? []).map(({ resource, search }) => `${resource?.resourceType} ${search?.mode}`).sort();
    const url = `/Task?_id=${known.task}&_include=*`;
    expect(modes(await withScope('system/Task.rs', 'GET', url))).toEqual(['OperationOutcome outcome', 'Task match']);
    expect(modes(await withScope('system/Task.rs system/Organization.r', 'GET', url))).toEqual([
      'OperationOutcome outcome',
      'Organization include',
      'Task match',
    ]);
    expect(modes(await withScope('system/*.rs', 'GET', url))).toEqual([
      'Organization include',
      'Patient include',
      'Task match',
    ]);
  });

  test('who may write and not read is not shown what is there', async () => {
    const patch = [{ op: 'add', path: '/note', value: [{ text: 'hello' }] }];
    const headers = { 'content-type': 'application/json-patch+json' };
    const answer = await withScope('system/Task.u', 'PATCH', `/Task/${known.task}`, patch, headers);
    expect([answer.status, (answer.body as { resourceType: string }).resourceType]).toEqual([200, 'OperationOutcome']);
    const bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          request: { method: 'PATCH', url: `Task/${known.task}` },
          resource: {
            resourceType: 'Binary',
            contentType: headers['content-type'],
            data: Buffer.from(JSON.stringify(patch)).toString('base64'),
          },
        },
      ],
    };
    const both = await withScope('system/Task.u', 'POST', '', bundle, { prefer: 'return=representation' });
    expect(both.status).toBe(200);
    expect(JSON.stringify(both.body)).not.toContain(known.patient);
  });

  test('what is no type is not repeated to who asks for it', async () => {
    const answer = await withScope('system/Task.rs', 'GET', '?_type=Robin');
    expect([answer.status, JSON.stringify(answer.body).includes('Robin')]).toEqual([400, false]);
  });

  test('searches of everything find what may be searched', async () => {
    const types = async (scope: string, path: string): Promise<string[]> => {
      const answer = await withScope(scope, 'GET', path);
      expect(answer.status).toBe(200);
      return [...new Set(found(answer).map(({ resourceType }) => resourceType))].sort();
    };
    expect(await types('system/Task.s system/Organization.s', '?_count=1000')).toEqual(['Organization', 'Task']);
    expect(await types('system/Patient.r system/Task.s', `/Patient/${known.patient}/*?_count=1000`)).toEqual(['Task']);
    const everything = await withScope(
      'system/Patient.r system/Observation.r',
      'GET',
      `/Patient/${known.patient}/$everything`,
    );
    const named = ((everything.body as Bundle).entry ?? []).map(({ resource }) => resource?.resourceType);
    expect([...new Set(named)].sort()).toEqual(['Observation', 'Patient']);
  });

  test('an export is of what may be read, and its files are for those who may read it', async () => {
    const headers = { prefer: 'respond-async' };
    const begun = await withScope('system/Task.rs system/Patient.rs', 'GET', '/$export', undefined, headers);
    expect(begun.status).toBe(202);
    const address = begun.headers.get('content-location')?.slice(hub.fhir.length) ?? '';
    const [row] = await hub.deps.db.query<{ types: string[] }>(
      `SELECT wanted->'types' AS types FROM export_job WHERE id = $1`,
      [address.split('=')[1]],
    );
    expect(row?.types).toEqual(['Patient', 'Task']);
    const refused = await withScope('system/Task.rs', 'GET', address);
    expect([refused.status, texts(refused)[0]]).toEqual([403, expect.stringContaining('system/Patient.r')]);
    expect((await withScope('system/*.rs', 'GET', address)).status).toBe(202);
    expect((await withScope('system/Task.rs', 'DELETE', address)).status).toBe(403);
  });

  test('beside the FHIR API, loops are read with those of Tasks, and nothing else is done', async () => {
    const api = async (scope: string, method: string, path: string, body?: unknown): Promise<number> =>
      (await call(method, `${hub.url}/api${path}`, { token: await program.token(scope), ...(body ? { body } : {}) }))
        .status;
    expect(await api('system/Task.s', 'GET', '/loops')).toBe(200);
    expect(await api('system/Task.r', 'GET', '/loops')).toBe(403);
    expect(await api('system/Task.r', 'GET', '/loops/nothing')).toBe(404);
    expect(await api('system/Task.s', 'GET', '/loops/nothing')).toBe(403);
    expect(await api('system/Task.s?status=draft', 'GET', '/loops')).toBe(403);
    expect(await api('system/Task.cruds', 'GET', '/plans?clientId=x')).toBe(403);
    const atHub = await startProgramOf(hub, 'careloop', ['system/*.cruds']);
    const client = { name: 'x', organizationId: mine };
    const post = async (scope: string): Promise<number> =>
      (await call('POST', `${hub.url}/api/clients`, { token: await atHub.token(scope), body: client })).status;
    expect([await post('system/*.rs'), await post('system/*.cruds')]).toEqual([403, 201]);
  });

  test('a person at the hub, and a program on trial, are held by what they are', async () => {
    expect((await call('GET', `${hub.fhir}/_history`)).status).toBe(200);
    const { body } = await call<Organization & { token: string }>('POST', `${hub.url}/api/clients`, {
      body: { name: 'On trial', organizationId: mine },
    });
    expect((await call('GET', `${hub.fhir}/_history`, { token: body.token })).status).toBe(200);
  });
});
