import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Condition, Meta, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import { loadConsentPolicy } from '../../src/access/consent/policy.ts';
import { call, done, found } from '../support/api.ts';
import { consentOf, label, toOrganization } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type Sent, sendStory } from './network/referral.ts';

const OPIOIDS = { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F11.20' };
const NOTICE = '42 CFR part 2 prohibits unauthorized use or disclosure of these records.';

describe.each(databaseKinds())('security labels (%s)', (kind) => {
  let hub: TestHub;
  let folder: string;
  let hospital: Partner;
  let agency: Partner;
  const clinic: { id: string; token: string; name: string } = { id: 'clinic', token: '', name: 'A Clinic' };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'careloop-policy-'));
    const file = join(folder, 'consent.json');
    const because = 'It is a programme for the treatment of substance use disorders.';
    const sources = [{ organization: clinic.id, labels: ['42CFRPart2'], because }];
    await writeFile(file, JSON.stringify({ ...loadConsentPolicy(), sources }));
    hub = await startHub(kind, { settings: { CONSENT_POLICY: file } });
    hospital = await addPartner(hub, 'A Hospital');
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
    const organization = { resourceType: 'Organization', id: clinic.id, active: true, name: clinic.name };
    await done(call('PUT', `${hub.fhir}/Organization/${clinic.id}`, { body: organization }));
    const program = { name: 'Their program', organizationId: clinic.id };
    clinic.token = (await call<{ token: string }>('POST', `${hub.url}/api/clients`, { body: program })).body.token;
  });
  afterAll(async () => {
    await hub?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  const read = <T extends Resource>(name: string, token?: string): Promise<T & { id: string }> =>
    done<T>(call('GET', `${hub.fhir}/${name}`, { token, headers: { accept: 'application/fhir+json' } }));
  const labelsOf = ({ meta }: { meta?: Meta }): string[] => (meta?.security ?? []).flatMap(({ code }) => code ?? []);
  const labelsAt = async (name: string): Promise<string[]> => labelsOf(await read(name));
  const statusAt = async (name: string): Promise<number> =>
    (await call('GET', `${hub.fhir}/${name}`, { token: agency.token, headers: { accept: 'application/fhir+json' } }))
      .status;
  const sending = (number: number) =>
    ({ number, status: 'requested', asks: agency, direct: false, others: false }) as const;
  const legOf = async ({ root }: Sent): Promise<Task & { id: string }> => {
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${root}`));
    if (!leg) throw new Error('no leg');
    return leg;
  };

  test('what is written is labelled for what its codes tell, and keeps its labels', async () => {
    const patient = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    const subject = { reference: `Patient/${patient.id}` };
    const condition: Condition = { resourceType: 'Condition', subject, code: { coding: [OPIOIDS] } };
    const written = await done<Condition>(call('POST', `${hub.fhir}/Condition`, { body: condition }));
    expect(labelsOf(written)).toEqual(['R', 'SUD']);
    const { meta: _meta, code: _code, ...rest } = written;
    const updated = await done<Condition>(
      call('PUT', `${hub.fhir}/Condition/${written.id}`, { body: { ...rest, code: { text: 'Fatigue' } } }),
    );
    expect(labelsOf(updated)).toEqual(['R', 'SUD']);
    const own = { ...condition, code: { text: 'Fatigue' }, meta: { security: [label('HIV')] } };
    expect(labelsOf(await done(call('POST', `${hub.fhir}/Condition`, { body: own })))).toEqual(['R', 'HIV']);
    const plain = { ...condition, code: { coding: [{ system: OPIOIDS.system, code: 'F17.210' }] } };
    expect(labelsOf(await done(call('POST', `${hub.fhir}/Condition`, { body: plain })))).toEqual([]);
    const bundle = await call<Bundle>('GET', `${hub.fhir}/Condition?subject=${subject.reference}`);
    expect(labelsOf(bundle.body)).toEqual(['R']);
    expect((await call<Bundle>('GET', `${hub.fhir}/Organization`)).body.meta).toBeUndefined();
  });

  test('what comes from a Part 2 programme is labelled so everywhere, with the notice', async () => {
    const sent = await sendStory(hub, clinic, sending(1));
    const leg = await legOf(sent);
    const order = leg.focus?.reference ?? '';
    const names = [
      sent.patient,
      sent.reason,
      sent.document,
      sent.scan,
      sent.request,
      sent.root,
      `Task/${leg.id}`,
      order,
    ];
    for (const name of names)
      expect({ name, labels: (await labelsAt(name)).toSorted() }).toEqual({
        name,
        labels: ['42CFRPart2', 'NORDSCLCD', 'R'],
      });
    for (const name of [sent.root, `Task/${leg.id}`]) expect((await read<Task>(name)).note).toEqual([{ text: NOTICE }]);
    expect((await call('GET', `${hub.fhir}/Task/${leg.id}`, { token: agency.token })).status).toBe(404);
    const consent = consentOf(sent.patient, {
      type: 'permit',
      actor: toOrganization(agency.id),
      securityLabel: [label('42CFRPart2')],
    });
    await done(call('POST', `${hub.fhir}/Consent`, { token: clinic.token, body: consent }));
    for (const name of names.filter((each) => each !== sent.request && each !== sent.root))
      expect(await statusAt(name)).toBe(200);
  });

  test('whatever a Part 2 programme says in a Task is kept apart, our own codes are not', async () => {
    const sent = await sendStory(hub, hospital, { ...sending(4), asks: clinic, direct: true });
    const say = async (said: Partial<Task>): Promise<Task> => {
      const body = { ...(await read<Task>(sent.root, clinic.token)), ...said };
      return done<Task>(call('PUT', `${hub.fhir}/${sent.root}`, { token: clinic.token, body }));
    };
    const system = 'https://careloop.dev/fhir/CodeSystem/progress';
    const booked = { coding: [{ system, code: 'appointment-booked' }] };
    expect((await say({ status: 'in-progress', businessStatus: booked })).businessStatus).toEqual(booked);
    const held = await say({ status: 'on-hold', statusReason: { text: 'a secret' }, note: [{ text: 'a secret' }] });
    expect(held.statusReason?.text).toContain('Said in a message about this Task');
    for (const { token } of [hospital, clinic])
      expect(JSON.stringify(await read<Task>(sent.root, token))).not.toContain('a secret');
    const messages = async (token: string): Promise<number> =>
      found(await call('GET', `${hub.fhir}/Communication?part-of=${sent.root}`, { token })).length;
    expect([await messages(clinic.token), await messages(hospital.token)]).toEqual([2, 0]);
  });

  test('what is made from labelled data, or about it, has its labels: messages, outcomes, Provenance', async () => {
    const sent = await sendStory(hub, hospital, sending(2));
    const leg = await legOf(sent);
    const order = leg.focus?.reference ?? '';
    const message = await done(
      call('POST', `${hub.fhir}/Communication`, {
        body: { resourceType: 'Communication', status: 'completed', basedOn: [{ reference: order }] },
      }),
    );
    expect(await labelsAt(`Communication/${message.id}`)).toEqual([]);
    expect((await call('GET', `${hub.fhir}/Task/${leg.id}`, { token: agency.token })).status).toBe(200);

    const request = await read<ServiceRequest>(sent.request, hospital.token);
    const labelled = { ...request, reasonCode: [{ coding: [OPIOIDS] }] };
    await done(call('PUT', `${hub.fhir}/${sent.request}`, { token: hospital.token, body: labelled }));
    for (const name of [sent.root, `Task/${leg.id}`, order, `Communication/${message.id}`])
      expect({ name, labels: await labelsAt(name) }).toEqual({ name, labels: ['R', 'SUD'] });
    expect((await call('GET', `${hub.fhir}/Task/${leg.id}`, { token: agency.token })).status).toBe(404);

    const procedure = await done(
      call('POST', `${hub.fhir}/Procedure`, {
        body: {
          resourceType: 'Procedure',
          status: 'completed',
          code: { text: 'Counselling' },
          subject: { reference: sent.patient },
          basedOn: [{ reference: order }],
        },
      }),
    );
    expect(await labelsAt(`Procedure/${procedure.id}`)).toEqual(['R', 'SUD']);
    const provenance = await done(
      call('POST', `${hub.fhir}/Provenance`, {
        body: {
          resourceType: 'Provenance',
          target: [{ reference: `Procedure/${procedure.id}` }],
          recorded: '2026-03-02T09:00:00Z',
          agent: [{ who: { reference: `Organization/${hospital.id}` } }],
        },
      }),
    );
    expect(await labelsAt(`Provenance/${provenance.id}`)).toEqual(['R', 'SUD']);
  });

  test('only what is labelled among what is sent along is withheld, with its content', async () => {
    const sent = await sendStory(hub, hospital, sending(3));
    const document = await read(sent.document, hospital.token);
    const security = [label('PSY')];
    await done(
      call('PUT', `${hub.fhir}/${sent.document}`, {
        token: hospital.token,
        body: { ...document, meta: { ...document.meta, security } },
      }),
    );
    expect(await labelsAt(sent.scan)).toEqual(['R', 'PSY']);
    const statuses = (): Promise<number[]> => Promise.all([sent.document, sent.scan, sent.supporting].map(statusAt));
    expect(await statuses()).toEqual([404, 404, 200]);
    await done(
      call('POST', `${hub.fhir}/Consent`, { token: hospital.token, body: consentOf(sent.patient, { type: 'permit' }) }),
    );
    expect(await statuses()).toEqual([200, 200, 200]);
  });
});
