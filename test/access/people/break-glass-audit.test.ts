import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Bundle, Patient } from '@medplum/fhirtypes';
import { sealAudit } from '../../../src/fhir/audit/chain/seal-audit.ts';
import { verifyAudit } from '../../../src/fhir/audit/chain/verify-audit.ts';
import { call, done } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { addPartner, sendReferral } from '../../support/network.ts';
import type { Browser } from './browser.ts';
import { join, setUp, startPeopleHub } from './people-hub.ts';

describe.each(databaseKinds())('the audit of emergency access (%s)', (kind) => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  let admin: Browser;
  let supervisor: Browser;
  const patients: string[] = [];
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    admin = await setUp(hub);
    supervisor = await join(hub, 'sv@hub.example', ['supervisor']);
    await sendReferral(hub, await addPartner(hub, 'A Hospital'));
    for (const family of ['One', 'Two']) {
      const body: Patient = { resourceType: 'Patient', name: [{ family }] };
      patients.push((await done<Patient>(call('POST', `${hub.fhir}/Patient`, { body }))).id);
    }
  });
  afterAll(() => hub?.close());

  const under = async (id: string, more = ''): Promise<AuditEvent[]> => {
    const { body } = await supervisor.send<Bundle<AuditEvent>>(
      'GET',
      `/fhir/R4/AuditEvent?policy=urn:uuid:${id}&_count=100${more}`,
    );
    return (body.entry ?? []).flatMap(({ resource }) => resource ?? []);
  };
  const seenIn = (events: readonly AuditEvent[]): string[] =>
    events.flatMap(({ entity }) => entity?.flatMap(({ what }) => what?.reference ?? []) ?? []);

  test('says of each thing that was looked at under which emergency access, and of each access what was', async () => {
    const ids: string[] = [];
    for (const patient of patients) {
      const asked = { reason: 'Somebody is in danger', minutes: 5 };
      const { body } = await admin.send<{ id: string }>('POST', '/api/break-glass', asked);
      ids.push(body.id);
      expect((await admin.send('GET', `/fhir/R4/Patient/${patient}`)).status).toBe(200);
      expect((await admin.send('GET', '/api/loops')).status).toBe(200);
      expect((await admin.send('GET', `/fhir/R4/Patient/not-${patient}`)).status).toBe(404);
      expect((await admin.send('DELETE', `/api/break-glass/${body.id}`)).status).toBe(204);
      expect((await supervisor.send('POST', `/api/break-glass/${body.id}/seen`)).status).toBe(204);
    }
    for (const [at, id] of ids.entries()) {
      const [own, other] = [patients[at], patients[1 - at]].map((each) => `Patient/${each}`);
      const events = await under(id);
      expect(seenIn(events)).toContain(own);
      expect(seenIn(events)).not.toContain(other);
      const codes = events.flatMap(({ subtype }) => subtype?.flatMap(({ code }) => code ?? []) ?? []);
      expect(codes).toEqual(expect.arrayContaining(['break-glass', 'read', 'break-glass-end', 'break-glass-seen']));
      const read = events.find(({ subtype }) => subtype?.[0]?.code === 'read');
      expect(read?.agent.find(({ requestor }) => requestor)?.policy).toEqual([`urn:uuid:${id}`]);
      expect(read?.purposeOfEvent?.[0]?.coding?.[0]?.code).toBe('BTG');
      // What is refused meanwhile says so, too.
      const refused = events.filter(({ outcome }) => outcome !== '0');
      expect(refused.map(({ agent }) => agent.find(({ requestor }) => requestor)?.policy)).toEqual([
        [`urn:uuid:${id}`],
      ]);
      const rest = await under(id, '&type=rest');
      const queries = rest.flatMap(({ entity }) => entity?.flatMap(({ query }) => query ?? []) ?? []);
      expect(queries.map((each) => Buffer.from(each, 'base64').toString()).join()).toContain('loops');
    }
    const others = await supervisor.send<Bundle>('GET', `/fhir/R4/AuditEvent?policy:missing=true&_summary=count`);
    expect(others.body.total).toBeGreaterThan(0);
    expect(await under('00000000-0000-4000-8000-000000000000')).toEqual([]);
  });

  test('is sealed with that: another access in its place is found', async () => {
    await sealAudit(hub.deps.db, hub.deps.now());
    expect((await verifyAudit(hub.deps.db)).ok).toBe(true);
    await hub.deps.db.transaction(async (tx) => {
      await tx.query('ALTER TABLE audit DISABLE TRIGGER append_only');
      await tx.query(`UPDATE audit SET break_glass = 'another' WHERE break_glass IS NOT NULL AND interaction = 'read'`);
    });
    expect((await verifyAudit(hub.deps.db)).ok).toBe(false);
  });
});
