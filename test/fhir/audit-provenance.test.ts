import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient, Provenance, Resource } from '@medplum/fhirtypes';
import { join, startPeopleHub } from '../access/people/people-hub.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import type { TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { provenancesOf, said } from './provenances.ts';

describe.each(databaseKinds())('what a partner keeps for itself has a Provenance (%s)', (kind) => {
  let hub: TestHub;
  let clinic: Partner;
  let org: string;
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    clinic = await addPartner(hub, 'A Clinic');
    org = `Organization/${clinic.id}`;
  });
  afterAll(() => hub?.close());

  const send = <T extends Resource = Patient>(method: string, path: string, body?: unknown, headers = {}) =>
    call<T>(method, `${hub.fhir}${path}`, { token: clinic.token, body, headers });
  const made = async (): Promise<Patient & { id: string }> =>
    (await send('POST', '/Patient', { resourceType: 'Patient' })).body as Patient & { id: string };
  const about = async (name: string): Promise<unknown[]> => (await provenancesOf(hub, name)).map(said);

  test('of each version: created, updated, patched, deleted', async () => {
    const patient = await made();
    const at = `/Patient/${patient.id}`;
    await send('PUT', at, { ...patient, gender: 'female' });
    const patch = [{ op: 'replace', path: '/gender', value: 'male' }];
    await send('PATCH', at, patch, { 'content-type': 'application/json-patch+json' });
    await send('DELETE', at);
    expect(await about(at.slice(1))).toEqual([
      ['Patient 1', 'CREATE', org],
      ['Patient 2', 'UPDATE', org],
      ['Patient 3', 'UPDATE', org],
      ['Patient 3', 'DELETE', org],
    ]);
  });

  test('that names the program and the moment, claims US Core, and is not in the audit a second time', async () => {
    const patient = await made();
    const [provenance] = await provenancesOf(hub, `Patient/${patient.id}`);
    expect(provenance).toMatchObject({
      meta: { versionId: '1', profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-provenance'] },
      recorded: patient.meta?.lastUpdated,
      occurredDateTime: patient.meta?.lastUpdated,
      agent: [{ who: { type: 'Device', identifier: { value: expect.stringMatching(/^[0-9a-f-]{36}$/) } } }],
    });
    const read = await call('GET', `${hub.fhir}/Provenance/${provenance?.id}`);
    expect(read.body).toEqual(provenance);
    const [entries] = await hub.deps.db.query(
      `SELECT 1 FROM audit WHERE resource_type = 'Provenance' AND action IN ('C', 'U')`,
    );
    expect(entries).toBeUndefined();
  });

  test('that names a person of an organization by an id', async () => {
    const worker = await join(hub, 'aw@clinic.example', ['agency-worker'], { organizationId: clinic.id });
    const { body } = await worker.send<Patient>('POST', '/fhir/R4/Patient', { resourceType: 'Patient' });
    const [provenance] = await provenancesOf(hub, `Patient/${body.id}`);
    expect(provenance?.agent).toMatchObject([
      { who: { type: 'Practitioner', identifier: { value: worker.personId } }, onBehalfOf: { reference: org } },
    ]);
    expect(JSON.stringify(provenance)).not.toMatch(/clinic\.example|Somebody/);
  });

  test('also what came in a transaction, a batch, or on a condition, where that did something', async () => {
    const entry = (url: string, more = {}) => ({
      resource: { resourceType: 'Basic', code: { text: 'x' }, identifier: [{ system: 's', value: url }] },
      request: { method: 'POST', url: 'Basic', ...more },
    });
    const names: string[] = [];
    for (const type of ['transaction', 'batch', 'batch']) {
      const bundle = { resourceType: 'Bundle', type, entry: [entry(type, { ifNoneExist: `identifier=s|${type}` })] };
      const { body } = await send<Bundle>('POST', '', bundle);
      names.push(body.entry?.[0]?.response?.location?.split('/_history')[0] ?? '');
    }
    const [first = '', second = ''] = names;
    expect([await about(first), await about(second)]).toEqual([
      [['Basic 1', 'CREATE', org]],
      [['Basic 1', 'CREATE', org]],
    ]);
    await send('PUT', '/Basic?identifier=s|batch', { ...entry('batch').resource, code: { text: 'y' } });
    await send('DELETE', '/Basic?identifier=s|batch');
    expect((await about(second)).slice(1)).toEqual([
      ['Basic 2', 'UPDATE', org],
      ['Basic 2', 'DELETE', org],
    ]);
  });

  test('but for what its transaction says itself, by a header or in the Bundle', async () => {
    const own = {
      resourceType: 'Provenance',
      recorded: '2026-03-01T10:00:00Z',
      agent: [{ who: { display: 'Ward 7' } }],
    };
    const byHeader = await send(
      'POST',
      '/Patient',
      { resourceType: 'Patient' },
      { 'x-provenance': JSON.stringify(own) },
    );
    const fullUrl = 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0';
    const { body } = await send<Bundle>('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { fullUrl, resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } },
        { resource: { ...own, target: [{ reference: fullUrl }] }, request: { method: 'POST', url: 'Provenance' } },
      ],
    });
    const inBundle = body.entry?.[0]?.response?.location?.split('/_history')[0] ?? '';
    for (const name of [`Patient/${byHeader.body.id}`, inBundle]) {
      expect((await provenancesOf(hub, name)).map(({ agent }) => agent)).toEqual([own.agent]);
    }
    const later = await made();
    await send('POST', '/Provenance', { ...own, target: [{ reference: `Patient/${later.id}` }] });
    expect(await provenancesOf(hub, `Patient/${later.id}`)).toHaveLength(2);
  });

  test('of which organizations see nothing, whoever made what it is about', async () => {
    const { id } = await made();
    const [provenance] = await provenancesOf(hub, `Patient/${id}`);
    const other = await addPartner(hub, 'Another Clinic');
    for (const { token } of [clinic, other]) {
      expect(await provenancesOf(hub, `Patient/${id}`, token)).toEqual([]);
      const included = found(
        await call('GET', `${hub.fhir}/Patient?_id=${id}&_revinclude=Provenance:target`, { token }),
      );
      expect(included.filter(({ resourceType }) => resourceType === 'Provenance')).toEqual([]);
      expect((await call('GET', `${hub.fhir}/Provenance/${provenance?.id}`, { token })).status).toBe(404);
    }
    await call('DELETE', `${hub.fhir}/Provenance/${provenance?.id}`, { token: clinic.token });
    expect(await provenancesOf(hub, `Patient/${id}`)).toEqual([provenance]);
  });

  test('and is not made anew when it is deleted', async () => {
    const { id } = await made();
    const [provenance] = await provenancesOf(hub, `Patient/${id}`);
    await done(call<Provenance>('DELETE', `${hub.fhir}/Provenance/${provenance?.id}`));
    expect(await provenancesOf(hub, `Patient/${id}`)).toEqual([]);
  });
});
