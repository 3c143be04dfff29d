import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient, Provenance, Resource, Task } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';

describe.each(databaseKinds())('who made what partners change (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  beforeAll(async () => {
    hub = await startHub(kind);
    hospital = await addPartner(hub, 'Mercy Hospital');
    agency = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
  });
  afterAll(() => hub?.close());

  const send = <T extends Resource>(method: string, path: string, partner: Partner, body?: unknown): Promise<T> =>
    done<T & Resource>(call(method, `${hub.fhir}${path}`, { token: partner.token, body }));
  const about = async (reference: string, token?: string): Promise<Provenance[]> =>
    found<Provenance>(await call('GET', `${hub.fhir}/Provenance?target=${reference}&_sort=_lastUpdated`, { token }));
  const said = ({ target, activity, agent }: Provenance): unknown => ({
    targets: target.map(({ reference }) => reference?.replace(/\/[^/]+\/_history/, '/_history')),
    activity: activity?.coding?.[0]?.code,
    by: agent.map(({ onBehalfOf }) => onBehalfOf?.reference),
  });

  test('is said of each version of what others may read', async () => {
    const loop = await sendReferral(hub, hospital);
    const task = await send<Task>('GET', `/Task/${loop}`, hospital);
    const patient = await send<Patient>('GET', `/${task.for?.reference}`, hospital);
    await send('PUT', `/Patient/${patient.id}`, hospital, { ...patient, gender: 'female' });
    expect((await about(`Patient/${patient.id}`)).map(said)).toMatchObject([
      { targets: expect.arrayContaining(['Patient/_history/1']), activity: 'CREATE' },
      { targets: ['Patient/_history/2'], activity: 'UPDATE', by: [`Organization/${hospital.id}`] },
    ]);
  });

  test('is not written with what a partner keeps for itself: that is made of the audit', async () => {
    const { id } = await send<Patient>('POST', '/Patient', hospital, { resourceType: 'Patient' });
    const key = [`Provenance.target=Patient/${id}`];
    expect(await hub.deps.db.query('SELECT id FROM resource WHERE tokens @> $1', [key])).toEqual([]);
    expect((await about(`Patient/${id}`)).map(said)).toEqual([
      { targets: ['Patient/_history/1'], activity: 'CREATE', by: [`Organization/${hospital.id}`] },
    ]);
  });

  test('names the program', async () => {
    const [provenance] = await about(`Task/${await sendReferral(hub, hospital)}`);
    const clients = await call<{ clients: { id: string; organizationId: string }[] }>('GET', `${hub.url}/api/clients`);
    const program = clients.body.clients.find(({ organizationId }) => organizationId === hospital.id);
    expect(provenance?.agent[0]?.who).toEqual({ type: 'Device', identifier: { value: program?.id } });
  });

  test('is said once of a referral, and of each answer to it', async () => {
    const loop = await sendReferral(hub, hospital);
    const [sent] = await about(`Task/${loop}`);
    expect(said(sent as Provenance)).toMatchObject({
      targets: ['Patient/_history/1', 'ServiceRequest/_history/1', 'Task/_history/1'],
      by: [`Organization/${hospital.id}`],
    });
    const [leg] = found(await call('GET', `${hub.fhir}/Task?part-of=Task/${loop}`));
    expect(await about(`Task/${leg?.id}`)).toEqual([]);
    await send('PUT', `/Task/${leg?.id}`, agency, { ...leg, status: 'accepted' });
    expect((await about(`Task/${leg?.id}`)).map(said)).toMatchObject([
      { targets: ['Task/_history/2'], activity: 'UPDATE', by: [`Organization/${agency.id}`] },
    ]);
    expect(await about(`Task/${loop}`)).toHaveLength(1);
  });

  test('is left to the partner that says it itself', async () => {
    const own = {
      resourceType: 'Provenance',
      recorded: '2026-03-01T10:00:00Z',
      agent: [{ who: { display: 'Ward 7' } }],
    };
    const { body } = await call<Patient>('POST', `${hub.fhir}/Patient`, {
      token: hospital.token,
      headers: { 'x-provenance': JSON.stringify(own) },
      body: { resourceType: 'Patient' },
    });
    expect((await about(`Patient/${body.id}`)).map(({ agent }) => agent)).toEqual([own.agent]);
  });

  test("is the hub's: no partner reads or changes it, none is made of what the hub does or of what is refused", async () => {
    const loop = await sendReferral(hub, hospital);
    const [provenance] = await about(`Task/${loop}`);
    expect(await about(`Task/${loop}`, hospital.token)).toEqual([]);
    const answer = await call('DELETE', `${hub.fhir}/Provenance/${provenance?.id}`, { token: hospital.token });
    expect([answer.status, (await about(`Task/${loop}`)).length]).toEqual([200, 1]);

    const hubs = await done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    expect(await about(`Patient/${hubs.id}`)).toEqual([]);

    const before = await call<Bundle>('GET', `${hub.fhir}/Provenance?_total=accurate&_count=0`);
    const bundle = referralBundle(hospital);
    const refused = { ...bundle, entry: [...(bundle.entry ?? []), { request: { method: 'POST', url: 'Patient' } }] };
    const { status } = await call('POST', hub.fhir, { token: hospital.token, body: refused });
    const after = await call<Bundle>('GET', `${hub.fhir}/Provenance?_total=accurate&_count=0`);
    expect([status, after.body.total]).toEqual([400, before.body.total]);
  });
});
