import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import { TOTP } from 'otpauth';
import {
  ACCOUNT_EVENT_SYSTEM,
  ACCOUNT_EVENTS,
  CLIENT_SYSTEM,
  PERSON_SYSTEM,
} from '../../../src/fhir/audit/account-events.ts';
import { verifyAudit } from '../../../src/fhir/audit/chain/verify-audit.ts';
import { databaseKinds } from '../../support/database.ts';
import { askForToken, makeKey } from '../../support/program.ts';
import type { Browser } from './browser.ts';
import { join, PASSWORD, setUp, signIn, startPeopleHub } from './people-hub.ts';

const FHIR = '/fhir/R4';

describe.each(databaseKinds())('the audit of people in the %s store', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let auditor: Browser;
  let admin: Browser;
  let kim: Browser & { readonly personId: string };
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    admin = await setUp(hub);
    auditor = await join(hub, 'au@hub.example', ['auditor']);
    kim = await join(hub, 'kim@hub.example', ['case-manager']);
  });
  afterAll(() => hub?.close());

  const events = async (query: string): Promise<AuditEvent[]> => {
    const { status, body } = await auditor.send<Bundle<AuditEvent>>('GET', `${FHIR}/AuditEvent?${query}`);
    expect(status).toBe(200);
    return (body.entry ?? []).flatMap(({ resource }) => resource ?? []);
  };

  test('says who signed in, and who was refused: the person, its roles and its organization', async () => {
    await signIn(hub, 'kim@hub.example', 'wrong password');
    const [refused, ...others] = await events(`altid=${kim.personId}&subtype=110122&outcome=4`);
    expect(others).toEqual([]);
    expect(refused).toMatchObject({
      type: { code: '110114' },
      subtype: [{ code: '110122' }, { system: ACCOUNT_EVENT_SYSTEM, code: 'sign-in' }],
      outcome: '4',
      outcomeDesc: 'people.sign-in',
      agent: [
        {
          who: { identifier: { system: PERSON_SYSTEM, value: kim.personId } },
          role: [{ coding: [{ code: 'case-manager' }] }],
          requestor: true,
        },
        { who: { reference: 'Organization/careloop' }, requestor: false },
      ],
    });
    const signedIn = await events(`altid=${kim.personId}&subtype=110122&outcome=0`);
    expect(signedIn).toHaveLength(1);
    const found = await events('agent-role=case-manager&type=110114');
    expect(found.map(({ id }) => id)).toContain(refused?.id);
  });

  test('says which person read and wrote', async () => {
    const { body } = await kim.send<{ id: string }>('POST', `${FHIR}/Patient`, { resourceType: 'Patient' });
    await kim.send('GET', `${FHIR}/Patient/${body.id}`);
    const told = await events(`patient=Patient/${body.id}&altid=${kim.personId}`);
    expect(told.map(({ action }) => action).sort()).toEqual(['C', 'R']);
    for (const { agent } of told) {
      expect(agent[0]?.who?.identifier?.value).toBe(kim.personId);
      expect(agent.filter(({ requestor }) => requestor)).toHaveLength(1);
    }
  });

  test('says what happened to accounts', async () => {
    const lou = await join(hub, 'lou@hub.example', ['case-manager']);
    await lou.send('PUT', '/api/account/password', { current: PASSWORD, new: 'another long password' });
    const password = 'another long password';
    const { secret } = (await lou.send<{ secret: string }>('POST', '/api/account/second-factor', { password })).body;
    const code = new TOTP({ secret }).generate({ timestamp: hub.clock.now().getTime() });
    expect((await lou.send('PUT', '/api/account/second-factor', { code })).status).toBe(200);
    await lou.send('DELETE', '/api/account/second-factor', { password });
    await admin.send('PATCH', `/api/people/${lou.personId}`, { roles: ['auditor'] });
    await admin.send('POST', '/api/break-glass', { reason: 'Nobody else is here', minutes: 5 });
    const glass = await hub.deps.db.query<{ id: string }>('SELECT id FROM break_glass');
    await admin.send('DELETE', `/api/break-glass/${glass[0]?.id}`);
    const sam = await join(hub, 'sam@hub.example', ['supervisor']);
    expect((await sam.send('POST', `/api/break-glass/${glass[0]?.id}/seen`)).status).toBe(204);
    const client = { name: 'Clinic', organizationId: 'careloop' };
    const { body: added } = await admin.send<{ id: string }>('POST', '/api/clients', client);
    const { publicKey } = await makeKey('ES384');
    const keys = { jwks: { keys: [publicKey] }, scopes: ['system/Task.rs'] };
    expect((await admin.send('PUT', `/api/clients/${added.id}/keys`, keys)).status).toBe(200);
    await askForToken(`${hub.url}/oauth/token`, 'no assertion', 'system/Task.rs');
    expect((await admin.send('DELETE', `/api/clients/${added.id}`)).status).toBe(204);
    const elsewhere = /^((provider|secrets|signing)-|configuration-changed$|command$)/;
    for (const name of Object.keys(ACCOUNT_EVENTS).filter((each) => !elsewhere.test(each))) {
      expect([name, (await events(`subtype=${ACCOUNT_EVENT_SYSTEM}|${name}`)).length > 0]).toEqual([name, true]);
    }
    for (const name of ['client-added', 'client-changed', 'client-revoked']) {
      const [event] = await events(`subtype=${name}`);
      expect([name, event?.agent[0]?.role?.[0]?.coding?.[0]?.code]).toEqual([name, 'administrator']);
      expect(event?.entity?.[0]?.what?.identifier).toEqual({ system: CLIENT_SYSTEM, value: added.id });
    }
    const [changed] = await events('subtype=person-changed');
    expect(changed?.entity?.[0]?.what?.identifier).toEqual({ system: PERSON_SYSTEM, value: lou.personId });
    expect(changed?.agent[0]?.role?.map(({ coding }) => coding?.[0]?.code)).toEqual(['administrator', 'case-manager']);
  });

  test('says which supervisor has looked at an emergency access, once, and of whom it was', async () => {
    const admins = await hub.deps.db.query<{ id: string }>(`SELECT id FROM person WHERE 'administrator' = ANY (roles)`);
    await admin.send('POST', '/api/break-glass', { reason: 'Nobody else is here', minutes: 5 });
    const [glass] = await hub.deps.db.query<{ id: string }>('SELECT id FROM break_glass WHERE seen_at IS NULL');
    const [lee, max] = [
      await join(hub, 'lee@hub.example', ['supervisor']),
      await join(hub, 'max@hub.example', ['supervisor']),
    ];
    const told = async (): Promise<AuditEvent[]> =>
      (
        await Promise.all([lee, max].map(({ personId }) => events(`altid=${personId}&subtype=break-glass-seen`)))
      ).flat();
    const seen = (browser: Browser): Promise<{ status: number }> =>
      browser.send('POST', `/api/break-glass/${glass?.id}/seen`);
    const answers = await Promise.all([seen(lee), seen(max), seen(lee), seen(max)]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    const [event, ...more] = await told();
    expect(more).toEqual([]);
    const [row] = await hub.deps.db.query<{ seen_by: string }>('SELECT seen_by FROM break_glass WHERE id = $1', [
      glass?.id,
    ]);
    expect(event).toMatchObject({
      action: 'E',
      outcome: '0',
      subtype: [{ code: '110132' }, { system: ACCOUNT_EVENT_SYSTEM, code: 'break-glass-seen' }],
      agent: [{ who: { identifier: { value: row?.seen_by } }, role: [{ coding: [{ code: 'supervisor' }] }] }, {}],
    });
    expect(event?.entity?.[0]?.what?.identifier).toEqual({ system: PERSON_SYSTEM, value: admins[0]?.id });
    expect((await lee.send('POST', `/api/break-glass/${lee.personId}/seen`)).status).toBe(404);
    expect(await told()).toHaveLength(1);
  });

  test('does not take it for seen when that cannot be kept in the audit', async () => {
    await admin.send('POST', '/api/break-glass', { reason: 'Nobody else is here', minutes: 5 });
    const [glass] = await hub.deps.db.query<{ id: string }>('SELECT id FROM break_glass WHERE seen_at IS NULL');
    const noa = await join(hub, 'noa@hub.example', ['supervisor']);
    await hub.deps.db.query(
      `ALTER TABLE audit ADD CONSTRAINT full_disk CHECK (interaction <> 'break-glass-seen') NOT VALID`,
    );
    expect((await noa.send('POST', `/api/break-glass/${glass?.id}/seen`)).status).toBe(500);
    await hub.deps.db.query('ALTER TABLE audit DROP CONSTRAINT full_disk');
    expect((await noa.send('GET', '/api/session')).body).toMatchObject({ breakGlassUnseen: 1 });
  });

  test('says who wanted what is not for their role', async () => {
    await kim.send('GET', '/api/people');
    expect(await events(`altid=${kim.personId}&outcome=4&type=rest`)).toMatchObject([{ outcomeDesc: 'people.role' }]);
  });

  test('holds neither names, addresses nor secrets, and its chain is whole', async () => {
    const rows = JSON.stringify(await hub.deps.db.query('SELECT a::text FROM audit a'));
    expect(rows).not.toMatch(/@|Somebody|Ada|correct horse/);
    expect((await verifyAudit(hub.deps.db)).ok).toBe(true);
  });
});
