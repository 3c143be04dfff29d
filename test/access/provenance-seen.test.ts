import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Condition, Patient, Provenance, Resource, Task } from '@medplum/fhirtypes';
import { rebuildReaders } from '../../src/fhir/sharing/check-readers.ts';
import { provenancesOf, said } from '../fhir/provenances.ts';
import { call, done, found } from '../support/api.ts';
import { label } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import type { TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { relabelling as body, REPORT } from './network/relabelling.ts';
import type { Browser } from './people/browser.ts';
import { join, startPeopleHub } from './people/people-hub.ts';

describe.each(databaseKinds())('who sees the Provenance of what partners change (%s)', (kind) => {
  let hub: TestHub;
  let clinic: Partner;
  let agency: Partner;
  let supervisor: Browser;
  let protection: Browser;
  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    clinic = await addPartner(hub, 'A Clinic');
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
    supervisor = await join(hub, 'sv@hub.example', ['supervisor']);
    protection = await join(hub, 'pw@hub.example', ['case-manager', 'protection-worker']);
  });
  afterAll(() => hub?.close());

  const send = async <T extends Resource>(method: string, path: string, sent?: unknown): Promise<T & { id: string }> =>
    (await call<T & { id: string }>(method, `${hub.fhir}${path}`, { token: clinic.token, body: sent })).body;
  const patient = (): Promise<Patient & { id: string }> => send('POST', '/Patient', { resourceType: 'Patient' });
  const condition = async (...security: object[]): Promise<string> => {
    const { id } = await patient();
    const subject = { reference: `Patient/${id}` };
    const made = await send<Condition>('POST', '/Condition', {
      resourceType: 'Condition',
      ...(security.length > 0 ? { meta: { security } } : {}),
      subject,
    });
    return `Condition/${made.id}`;
  };
  const seenBy = async (browser: Browser, name: string): Promise<Provenance[]> =>
    found<Provenance>(await browser.send('GET', `/fhir/R4/Provenance?target=${name}`));
  const labelsOf = ({ meta }: Provenance): string[] => (meta?.security ?? []).flatMap(({ code }) => code ?? []);

  test('of part of a mandated report: protection workers only, also when it is deleted', async () => {
    const name = await condition(REPORT);
    expect(await seenBy(supervisor, name)).toEqual([]);
    expect((await seenBy(protection, name)).map(labelsOf)).toEqual([expect.arrayContaining([REPORT.code])]);
    const deleted = await condition(REPORT);
    await send('DELETE', `/${deleted}`);
    expect(await seenBy(supervisor, deleted)).toEqual([]);
    expect((await seenBy(protection, deleted)).map((each) => said(each)[1]).sort()).toEqual(['CREATE', 'DELETE']);
    const count = await supervisor.send<Bundle>('GET', `/fhir/R4/Provenance?target=${name}&_summary=count`);
    expect(count.body.total).toBe(0);
  });

  test('of what is labelled has its labels, whether it was labelled before or after', async () => {
    const [before, after] = [await condition(), await condition()];
    const add = (name: string) => supervisor.send('POST', `/fhir/R4/${name}/$meta-add`, body(label('HIV')));
    const [unlabelled] = await seenBy(supervisor, after);
    expect(unlabelled && labelsOf(unlabelled)).toEqual([]);
    const later = await condition();
    for (const name of [before, after, later]) expect((await add(name)).status).toBe(200);
    for (const name of [before, after, later]) {
      const [provenance] = await seenBy(supervisor, name);
      expect(provenance && labelsOf(provenance)).toContain('HIV');
    }
  });

  test('of what is labelled so later: it goes with it', async () => {
    const name = await condition();
    expect(await seenBy(supervisor, name)).toHaveLength(1);
    expect((await protection.send('POST', `/fhir/R4/${name}/$meta-add`, body(REPORT))).status).toBe(200);
    expect(await seenBy(supervisor, name)).toEqual([]);
    expect(await seenBy(protection, name)).not.toEqual([]);
  });

  test('of what is shared: it is not shared, while it is nor when it is taken back', async () => {
    const loop = await sendReferral(hub, clinic, { owner: `Organization/${agency.id}` });
    const task = await done<Task>(call('GET', `${hub.fhir}/Task/${loop}`));
    const who = task.for?.reference ?? '';
    const known = await send<Patient>('GET', `/${who}`);
    await send('PUT', `/${who}`, { ...known, gender: 'female' });
    const expectHidden = async (): Promise<void> => {
      expect((await provenancesOf(hub, who)).length).toBeGreaterThan(0);
      for (const { token } of [clinic, agency]) expect(await provenancesOf(hub, who, token)).toEqual([]);
      expect(await rebuildReaders(hub.deps.db)).toEqual([]);
    };
    expect((await call('GET', `${hub.fhir}/${who}`, { token: agency.token })).status).toBe(200);
    await expectHidden();
    const declined = { ...task, status: 'rejected', statusReason: { text: 'No room.' } };
    await done(call('PUT', `${hub.fhir}/Task/${loop}`, { token: agency.token, body: declined }));
    expect((await call('GET', `${hub.fhir}/${who}`, { token: agency.token })).status).toBe(404);
    await expectHidden();
  });

  test('of the own record: the client', async () => {
    const [own, other] = [await patient(), await patient()];
    const client = await join(hub, 'client@home.example', ['client'], { patientId: own.id });
    expect((await seenBy(client, `Patient/${own.id}`)).map(said)).toMatchObject([
      ['Patient 1', 'CREATE', expect.any(String)],
    ]);
    expect(await seenBy(client, `Patient/${other.id}`)).toEqual([]);
  });
});
