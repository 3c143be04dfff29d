import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { applyLabels } from '../../src/access/labels/apply-labels.ts';
import { subsetted } from '../../src/fhir/sharing/subsetted.ts';
import { call, done, found } from '../support/api.ts';
import { consentOf, label, toOrganization } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import type { TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { LABEL, leftOf, STREET, SUBSETS, saidOf, shownOf } from '../unit/fhir/sharing/cases-of-subsets.ts';
import { ADDRESS, type Confidant, confidantOf, expectNone, PHONE } from './network/confidential.ts';
import { relabelling } from './network/relabelling.ts';
import type { Browser } from './people/browser.ts';
import { join, startPeopleHub } from './people/people-hub.ts';

describe.each(databaseKinds())('an address becomes confidential, or is so no more (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let from: Confidant;
  let supervisor: Browser;

  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    supervisor = await join(hub, 'sv@hub.example', ['supervisor']);
    hospital = await addPartner(hub, 'A Hospital');
    from = confidantOf(hub, hospital);
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
  });
  afterAll(() => hub?.close());

  const addLabel = (name: string): Promise<unknown> =>
    done(call('POST', `${hub.fhir}/${name}/$meta-add`, { token: hospital.token, body: relabelling(LABEL) }));
  const removeLabel = async (name: string): Promise<void> => {
    const { status } = await supervisor.send('POST', `/fhir/R4/${name}/$meta-delete`, relabelling(LABEL));
    expect(status).toBe(200);
  };

  test('what the database leaves of a resource is what the function leaves', async () => {
    for (const each of SUBSETS) {
      const said = saidOf(each);
      const shown = shownOf(said) ?? [];
      const [row] = await hub.deps.db.query<{ left: Patient }>('SELECT subsetted($1::json, $2::text[]) AS left', [
        JSON.stringify(said),
        shown,
      ]);
      expect({ name: each.name, left: row?.left }).toEqual({ name: each.name, left: leftOf(each) });
      expect(row?.left).toEqual(subsetted(said, shown));
    }
  });

  test('a label that comes later hides it at once, in earlier versions too; taken off, all of it is shown again', async () => {
    const sent = await from.send(agency, { labels: {} });
    const doors = [
      sent.patient,
      `${sent.patient}/_history`,
      `${sent.patient}/_history/1`,
      `Patient/${sent.id}/$everything`,
    ];
    for (const door of doors) expect(await from.textAt(door, agency)).toContain(STREET);
    await addLabel(sent.patient);
    for (const door of [...doors, `${sent.patient}/_history/2`]) {
      const text = await from.textAt(door, agency);
      expect(text).toMatch(/^200 .*SUBSETTED/s);
      expectNone(text);
    }
    expect(await from.textAt(`${sent.patient}/_history`, hospital)).toContain(STREET);
    await removeLabel(sent.patient);
    for (const door of [...doors, `Patient?phone=${PHONE}&_id=${sent.id}`])
      expect(await from.textAt(door, agency)).toContain(STREET);
  });

  test('of people, those of the hub and its author see it, and the client; those who are asked do not', async () => {
    const { patient, id, root } = await from.send(agency);
    const people = {
      manager: await join(hub, 'cm@hub.example', ['case-manager']),
      viewer: await join(hub, 'v@hospital.example', ['hospital-viewer'], { organizationId: hospital.id }),
      client: await join(hub, 'c@home.example', ['client'], { organizationId: hospital.id, patientId: id }),
      worker: await join(hub, 'w@agency.example', ['agency-worker'], { organizationId: agency.id }),
    };
    const seen = async (by: Browser, path: string): Promise<string> =>
      JSON.stringify((await by.send('GET', path)).body);
    for (const by of [people.manager, people.viewer, people.client])
      expect(await seen(by, `/fhir/R4/${patient}`)).toContain(STREET);
    expect(await seen(people.worker, `/fhir/R4/${patient}`)).toContain('SUBSETTED');
    for (const path of [
      `/fhir/R4/${patient}`,
      `/fhir/R4/Patient?_id=${id}`,
      '/api/loops',
      `/api/loops/${root.split('/')[1]}`,
    ])
      expectNone(await seen(people.worker, path));
  });

  test('deleted, and made again without the label, its earlier versions stay as they are shown', async () => {
    const body = { resourceType: 'Patient', name: [{ family: 'Gone' }], ...ADDRESS, meta: { security: [LABEL] } };
    const { id } = await done(call('POST', `${hub.fhir}/Patient`, { token: hospital.token, body }));
    const shown = async (): Promise<boolean[]> =>
      (
        await hub.deps.db.query<{ shown: boolean }>(
          `SELECT shown IS NULL AS shown FROM resource WHERE type = 'Patient' AND id = $1`,
          [id],
        )
      ).map((row) => row.shown);
    await call('DELETE', `${hub.fhir}/Patient/${id}`, { token: hospital.token });
    expect(await shown()).toEqual([false]);
    await done(
      call('PUT', `${hub.fhir}/Patient/${id}`, { body: { resourceType: 'Patient', id, name: [{ family: 'New' }] } }),
    );
    expect(await shown()).toEqual([false]);
  });

  test('a client who denies it is not shown at all, and the agency whom the client names sees no more than others', async () => {
    const denied = await from.send(agency, {
      consents: (patient) => [consentOf(patient, { type: 'deny', actor: toOrganization(agency.id) })],
    });
    expect(await from.textAt(denied.patient, agency)).toMatch(/^404/);
    const named = await from.send(agency, {
      consents: (patient) => [
        consentOf(patient, { type: 'permit', actor: toOrganization(agency.id), securityLabel: [LABEL] }),
      ],
    });
    expectNone(await from.textAt(named.patient, agency));
    const labels = { patient: [LABEL], request: [label('HIV')] };
    const orders = await from.send(agency, { labels });
    expect(await from.textAt(orders.patient, agency)).toMatch(/^404/);
  });

  test('what had the label before others were shown a part is trimmed by `labels apply`, and the offer that waited goes', async () => {
    const sent = await from.send(agency);
    const id = sent.id;
    // As if it had been written before: shown as little as it can be, found by all of it, withheld with its referral.
    await hub.deps.db.query(`UPDATE resource SET shown = '{resourceType,id,meta}' WHERE type = 'Patient' AND id = $1`, [
      id,
    ]);
    await hub.deps.db.query(
      `UPDATE resource SET tokens = tokens || ARRAY['Patient.phone=' || $2] WHERE type = 'Patient' AND id = $1`,
      [id, PHONE],
    );
    await hub.deps.db.query(`UPDATE share SET withheld = 'obtain-consent' WHERE client = $1`, [id]);
    await hub.deps.db.query(
      `UPDATE resource SET readers = ARRAY[author_org] WHERE (type, id) IN (SELECT type, resource_id FROM share WHERE client = $1)`,
      [id],
    );
    expect(await from.textAt(sent.patient, agency)).toMatch(/^404/);
    const applied = await applyLabels(hub.deps.store, hub.deps.labelling);
    expect(applied).toMatchObject({ labelled: 0, isFinished: true });
    expect(await from.textAt(sent.patient, agency)).toContain(`Story${sent.number}`);
    expect((await call('GET', `${hub.fhir}/Task/${(await from.legOf(sent)).id}`, { token: agency.token })).status).toBe(
      200,
    );
    expect(found(await call('GET', `${hub.fhir}/Patient?phone=${PHONE}&_id=${id}`))).toEqual([]);
    const version = (await from.read(sent.patient)).meta?.versionId;
    await applyLabels(hub.deps.store, hub.deps.labelling);
    expect((await from.read(sent.patient)).meta?.versionId).toBe(version);
  });
});
