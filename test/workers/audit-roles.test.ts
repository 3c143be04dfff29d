import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { Database } from '../../src/db/database.ts';
import { type Deps, openDeps } from '../../src/deps.ts';
import { sealAudit } from '../../src/fhir/audit/chain/seal-audit.ts';
import { verifyAudit } from '../../src/fhir/audit/chain/verify-audit.ts';
import { putNamesInPlace } from '../../src/fhir/audit/names.ts';
import { makeProvenance } from '../../src/fhir/audit/provenance/make-provenance.ts';
import { listen, stopListening } from '../../src/http/listen.ts';
import { readProjectFile } from '../house/source-files.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds, type FreshStore, freshStore } from '../support/database.ts';
import { freePort } from '../support/free-port.ts';
import { addOperator } from '../support/operator.ts';

const server = databaseKinds().includes('server') ? describe : describe.skip;

/** The statements that the runbook gives to operators. */
const [, GRANTS = ''] = /```sql audit-roles\n([^`]+)```/.exec(readProjectFile('docs/runbook.md')) ?? [];

server('a hub whose role does not own the schema, as the runbook says', () => {
  const role = `careloop_test_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(24).toString('hex');
  let store: FreshStore;
  let owner: Database;
  let deps: Deps;
  beforeAll(async () => {
    store = await freshStore('server');
    owner = await store.open();
    await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
    for (const grant of GRANTS.split('\n').filter(Boolean)) {
      await owner.query(grant.replace('careloop_hub', role));
    }
    const url = new URL((store.settings as { DATABASE_URL: string }).DATABASE_URL);
    url.username = role;
    url.password = password;
    deps = await openDeps(readConfig({ DATABASE_URL: url.href, LOG_LEVEL: 'silent', PORT: String(await freePort()) }));
  });
  afterAll(async () => {
    await deps?.close();
    await owner?.query(`DROP OWNED BY ${role}`);
    await owner?.query(`DROP ROLE ${role}`);
    await owner?.close();
    await store?.remove();
  });

  test('writes, reads, seals and verifies', async () => {
    const { server: http, url } = await listen(createApp(deps), deps.config);
    await addOperator(deps.db, url);
    try {
      const patient = await done<Patient>(
        call('POST', `${url}/fhir/R4/Patient`, { body: { resourceType: 'Patient' } }),
      );
      await done(call('PUT', `${url}/fhir/R4/Patient/${patient.id}`, { body: { ...patient, gender: 'male' } }));
      await done(call('DELETE', `${url}/fhir/R4/Patient/${patient.id}`));
      expect((await call('GET', `${url}/fhir/R4/Patient?gender=male`)).status).toBe(200);
    } finally {
      await stopListening(http);
    }
    await sealAudit(deps.db, deps.now());
    expect(await putNamesInPlace(deps.db)).toBeGreaterThan(0);
    await makeProvenance(deps.store);
    expect(await verifyAudit(deps.db)).toMatchObject({ ok: true, seals: 1, unsealed: { entries: 0 } });
  });

  test.each([
    ['UPDATE audit SET patient = NULL', 'permission denied for table audit'],
    ['DELETE FROM audit', 'permission denied for table audit'],
    ['TRUNCATE audit', 'permission denied for table audit'],
    ['ALTER TABLE audit DISABLE TRIGGER ALL', 'must be owner of table audit'],
    ['DROP TABLE audit', 'must be owner of table audit'],
    [`UPDATE audit_seal SET hash = ''`, 'permission denied for table audit_seal'],
    ['DELETE FROM audit_seal', 'permission denied for table audit_seal'],
    ['TRUNCATE audit_seal', 'permission denied for table audit_seal'],
    ['DELETE FROM audit_head', 'permission denied for table audit_head'],
    ['UPDATE audit_head SET number = 0', 'audit_head only goes on to the next seal'],
    [`SET session_replication_role = 'replica'`, 'permission denied to set parameter "session_replication_role"'],
    ['DELETE FROM migration', 'permission denied for table migration'],
  ])('may not: %s', async (statement, message) => {
    await expect(deps.db.query(statement)).rejects.toMatchObject({ message });
  });
});
