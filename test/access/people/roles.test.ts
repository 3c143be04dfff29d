import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call, done } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { addOrganization } from '../programs.ts';
import { type Browser, codeOf } from './browser.ts';
import { join, setUp, startPeopleHub } from './people-hub.ts';

const FHIR = '/fhir/R4';
const REASON = 'A client is in danger and nobody else is here';

describe.each(databaseKinds())('roles in the %s store', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let people: Record<'admin' | 'caseManager' | 'supervisor' | 'auditor' | 'worker' | 'viewer', Browser>;
  let agency: string;
  let patient: string;
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    agency = await addOrganization(hub, 'Harvest Food Bank');
    const body = { resourceType: 'Patient', name: [{ family: 'Okonkwo' }] };
    patient = (await done(call('POST', `${hub.fhir}/Patient`, { body }))).id;
    people = {
      admin: await setUp(hub, ['administrator']),
      caseManager: await join(hub, 'cm@hub.example', ['case-manager']),
      supervisor: await join(hub, 'sv@hub.example', ['supervisor']),
      auditor: await join(hub, 'au@hub.example', ['auditor']),
      worker: await join(hub, 'aw@food.example', ['agency-worker'], { organizationId: agency }),
      viewer: await join(hub, 'hv@food.example', ['hospital-viewer'], { organizationId: agency }),
    };
  });
  afterAll(() => hub?.close());

  const organization = { resourceType: 'Organization', name: 'New' };
  const observation = (): object => ({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: `Patient/${patient}` },
  });

  /** What is asked, and who is answered; everybody else is refused with 403. */
  const CASES: readonly [string, string, (() => object) | undefined, readonly (keyof typeof people)[]][] = [
    ['GET', `${FHIR}/Patient`, undefined, ['caseManager', 'supervisor', 'worker', 'viewer']],
    ['POST', `${FHIR}/Patient`, () => ({ resourceType: 'Patient' }), ['caseManager', 'supervisor', 'worker']],
    ['POST', `${FHIR}/Organization`, () => organization, ['admin']],
    ['GET', `${FHIR}/Organization`, undefined, ['admin', 'caseManager', 'supervisor', 'worker', 'viewer']],
    ['GET', `${FHIR}/AuditEvent`, undefined, ['supervisor', 'auditor']],
    ['GET', `${FHIR}/Subscription`, undefined, []],
    ['GET', '/api/loops', undefined, ['caseManager', 'supervisor', 'worker', 'viewer']],
    [
      'GET',
      '/api/measures?from=2026-01-01&to=2026-02-01',
      undefined,
      ['caseManager', 'supervisor', 'worker', 'viewer'],
    ],
    ['GET', '/api/measures/received', undefined, ['caseManager', 'supervisor', 'worker', 'viewer']],
    [
      'GET',
      '/api/measures/received/loops?from=2026-01-01&to=2026-02-01',
      undefined,
      ['caseManager', 'supervisor', 'worker', 'viewer'],
    ],
    ['GET', '/api/plans?clientId=nobody', undefined, ['caseManager', 'supervisor']],
    ['GET', '/api/clients', undefined, ['admin']],
    ['GET', '/api/people', undefined, ['admin']],
    ['GET', '/api/break-glass', undefined, ['supervisor', 'auditor']],
    ['GET', '/api/session', undefined, ['admin', 'caseManager', 'supervisor', 'auditor', 'worker', 'viewer']],
  ];
  test.each(CASES)('%s %s', async (method, path, body, may) => {
    for (const [name, browser] of Object.entries(people)) {
      const { status } = await browser.send(method, path, body?.());
      expect([name, status < 300 ? 'answered' : status]).toEqual([
        name,
        may.some((each) => each === name) ? 'answered' : 403,
      ]);
    }
  });

  test('hold in a Bundle, at operations, chains and what comes along', async () => {
    const { admin } = people;
    const batch = (method: string, url: string, resource?: object): object => ({
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method, url }, ...(resource ? { resource } : {}) }],
    });
    const statusOf = async (body: object): Promise<string> => {
      const answer = await admin.send<{ entry: { response: { status: string } }[] }>('POST', FHIR, body);
      return answer.body.entry[0]?.response.status.slice(0, 3) ?? '';
    };
    expect(await statusOf(batch('GET', `Patient/${patient}`))).toBe('403');
    expect(await statusOf(batch('POST', 'Observation', observation()))).toBe('403');
    expect(await statusOf(batch('POST', 'Organization', organization))).toBe('201');
    for (const path of [
      `Patient/${patient}/$everything`,
      `Organization?_has:Patient:organization:family=Okonkwo`,
      'Organization?_revinclude=Patient:organization',
      `Patient/${patient}/Observation`,
      'Patient/_history',
      '_history',
    ]) {
      expect([path, (await admin.send('GET', `${FHIR}/${path}`)).status]).toEqual([path, 403]);
    }
    const exporting = await admin.send('GET', `${FHIR}/$export?_type=Patient`, undefined, { prefer: 'respond-async' });
    expect(exporting.status).toBe(403);
  });

  test('of which one sees a part only do not export: programs would, for the whole', async () => {
    const { viewer } = people;
    const headers = { prefer: 'respond-async' };
    const answer = await viewer.send('GET', `${FHIR}/Patient/$export`, undefined, headers);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'access.part-only']);
  });

  test('that are not known let nobody in: a path that is in no table is not there', async () => {
    for (const browser of Object.values(people)) {
      expect((await browser.send('GET', '/api/nothing')).status).toBe(404);
    }
  });

  describe('break-glass', () => {
    const start = (browser: Browser, body: object = { reason: REASON, minutes: 30 }): ReturnType<Browser['send']> =>
      browser.send('POST', '/api/break-glass', body);

    test('lets an administrator read for a time, and change nothing', async () => {
      const { admin } = people;
      const { status, body } = await start(admin);
      expect([status, body]).toEqual([201, { id: expect.any(String), until: '2026-03-02T09:30:00.000Z' }]);
      expect((await admin.send('GET', `${FHIR}/Patient/${patient}`)).status).toBe(200);
      expect((await admin.send('GET', '/api/loops')).status).toBe(200);
      expect((await admin.send('POST', `${FHIR}/Observation`, observation())).status).toBe(403);
      const { body: read } = await people.auditor.send<{ entry: { resource: object }[] }>(
        'GET',
        `${FHIR}/AuditEvent?entity=Patient/${patient}&subtype=read&_count=1`,
      );
      expect(read.entry[0]?.resource).toMatchObject({ purposeOfEvent: [{ coding: [{ code: 'BTG' }] }] });
      hub.clock.advance(29 * 60_000);
      expect((await admin.send('GET', `${FHIR}/Patient/${patient}`)).status).toBe(200);
      hub.clock.advance(60_000);
      expect((await admin.send('GET', `${FHIR}/Patient/${patient}`)).status).toBe(403);
    });

    test('is told to supervisors, with its reason, until one has seen it', async () => {
      const { supervisor, auditor, admin } = people;
      hub.clock.advance(-29 * 60_000);
      expect((await supervisor.send('GET', '/api/session')).body).toMatchObject({ breakGlassUnseen: 1 });
      type List = { breakGlass: { id: string; reason: string; seenAt: string | null; active: boolean }[] };
      const { breakGlass } = (await supervisor.send<List>('GET', '/api/break-glass')).body;
      expect(breakGlass).toMatchObject([{ reason: REASON, seenAt: null, active: true, person: { name: 'Ada Admin' } }]);
      const id = breakGlass[0]?.id;
      for (const other of [auditor, admin]) {
        expect((await other.send('POST', `/api/break-glass/${id}/seen`)).status).toBe(403);
      }
      expect((await supervisor.send('POST', `/api/break-glass/${id}/seen`)).status).toBe(204);
      expect((await supervisor.send('GET', '/api/session')).body).toMatchObject({ breakGlassUnseen: 0 });
    });

    test('is ended by a supervisor, and then it is over', async () => {
      const { admin, supervisor } = people;
      const { body } = await start(admin);
      const { id } = body as { id: string };
      expect((await admin.send('GET', `${FHIR}/Patient/${patient}`)).status).toBe(200);
      expect((await supervisor.send('DELETE', `/api/break-glass/${id}`)).status).toBe(204);
      // The earlier one goes on: it ends by its time, or by itself being ended.
      type List = { breakGlass: { id: string; active: boolean }[] };
      const { breakGlass } = (await supervisor.send<List>('GET', '/api/break-glass')).body;
      for (const each of breakGlass.filter(({ active }) => active)) {
        expect((await admin.send('DELETE', `/api/break-glass/${each.id}`)).status).toBe(204);
      }
      expect((await admin.send('GET', `${FHIR}/Patient/${patient}`)).status).toBe(403);
      expect((await supervisor.send('DELETE', `/api/break-glass/${id}`)).status).toBe(404);
    });

    test.each([
      ['without a reason', { reason: 'because', minutes: 30 }],
      ['for longer than an hour', { reason: REASON, minutes: 61 }],
      ['for no time', { reason: REASON, minutes: 0 }],
    ])('is not had %s', async (_what, body) => {
      expect((await start(people.admin, body)).status).toBe(400);
    });

    test('is for administrators: nobody else becomes one by it', async () => {
      for (const name of ['caseManager', 'supervisor', 'auditor', 'worker', 'viewer'] as const) {
        expect([name, (await start(people[name])).status]).toEqual([name, 403]);
      }
    });
  });
});
