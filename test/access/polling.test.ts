import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Consent, Procedure, Resource, Task } from '@medplum/fhirtypes';
import { kickOff, linesOf, type Manifest, manifestAt, namesOf } from '../fhir/exports.ts';
import { call, done, found } from '../support/api.ts';
import { consentOf, label, toOrganization } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type Sender, senderAs } from './network/permitted.ts';

describe.each(databaseKinds())('who asks now and then misses nothing that is shared meanwhile (%s):', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let from: Sender;
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true });
    hospital = await addPartner(hub, 'A Hospital');
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
    from = senderAs(hub, hospital);
  });
  afterAll(() => hub?.close());

  const read = <T extends Resource>(name: string, by?: Partner): Promise<T & { id: string }> =>
    done<T>(call('GET', `${hub.fhir}/${name}`, { token: by?.token, headers: { accept: 'application/fhir+json' } }));
  const legOf = async (root: string): Promise<string> =>
    `Task/${found(await call('GET', `${hub.fhir}/Task?part-of=${root}`))[0]?.id}`;
  const exported = async (by: Partner, since?: string): Promise<Manifest> => {
    const { statusUrl } = await kickOff(`${hub.fhir}/$export${since ? `?_since=${since}` : ''}`, by.token);
    return manifestAt(statusUrl, by.token);
  };
  const namesIn = async (manifest: Manifest, by: Partner): Promise<string[]> =>
    namesOf(await linesOf(manifest.output, by.token));
  /** The latest that was seen, by which the next question is asked. */
  const latest = async (by: Partner): Promise<string> => {
    const [first] = found(await call('GET', `${hub.fhir}/Task?_sort=-_lastUpdated&_count=1`, { token: by.token }));
    return first?.meta?.lastUpdated ?? '2000-01-01T00:00:00Z';
  };
  const since = async (by: Partner, moment: string, more = ''): Promise<string[]> => {
    const { body } = await call<Bundle>('GET', `${hub.fhir}/Task?_lastUpdated=gt${moment}${more}`, { token: by.token });
    return (body.entry ?? []).map(({ resource }) => `${resource?.resourceType}/${resource?.id}`);
  };
  const permit = async (patient: string, to: Partner, code: string): Promise<void> => {
    const body: Consent = consentOf(patient, {
      type: 'permit',
      actor: toOrganization(to.id),
      securityLabel: [label(code)],
    });
    await done(call('POST', `${hub.fhir}/Consent`, { body }));
  };

  test('an export of what is new has what was written long before, and is shared since; and once only', async () => {
    const sent = await from.send(agency, { status: 'draft' });
    const old = [sent.patient, sent.reason, sent.document, sent.scan, sent.supporting].sort();
    const first = await exported(agency);
    expect((await namesIn(first, agency)).filter((name) => old.includes(name))).toEqual([]);
    const draft = await read<Task>(sent.root, hospital);
    const body = { ...draft, status: 'requested' };
    await done(call('PUT', `${hub.fhir}/${sent.root}`, { token: hospital.token, body }));
    const second = await exported(agency, first.transactionTime);
    const names = await namesIn(second, agency);
    expect(names).toEqual(expect.arrayContaining([...old, await legOf(sent.root)]));
    const hidden = [sent.privateNote, sent.privateCover, sent.privatePlan, sent.root, sent.request];
    expect(names.filter((name) => hidden.includes(name))).toEqual([]);
    const third = await exported(agency, second.transactionTime);
    expect((await namesIn(third, agency)).filter((name) => old.includes(name))).toEqual([]);
    // By patients it is the same.
    const { statusUrl } = await kickOff(`${hub.fhir}/Patient/$export?_since=${first.transactionTime}`, agency.token);
    expect(await namesIn(await manifestAt(statusUrl, agency.token), agency)).toContain(sent.patient);
  });

  test('a consent that comes later opens what is exported as new', async () => {
    const sent = await from.send(agency, { labels: { document: [label('PSY')] } });
    const first = await exported(agency);
    const names = await namesIn(first, agency);
    expect([names.includes(sent.supporting), names.includes(sent.document)]).toEqual([true, false]);
    await permit(sent.patient, agency, 'PSY');
    const later = await namesIn(await exported(agency, first.transactionTime), agency);
    expect(later).toEqual(expect.arrayContaining([sent.document, sent.scan]));
    expect(later).not.toContain(sent.supporting);
  });

  test('a search for new Tasks has the Task that brings what is older, with it where that is asked', async () => {
    const sent = await from.send(agency, { status: 'draft' });
    const draft = await read<Task>(sent.root, hospital);
    // As long ago as all of it was written.
    const before = draft.meta?.lastUpdated ?? '';
    const body = { ...draft, status: 'requested' };
    await done(call('PUT', `${hub.fhir}/${sent.root}`, { token: hospital.token, body }));
    const leg = await legOf(sent.root);
    expect(await since(agency, before, '&_include=Task:patient')).toEqual([leg, sent.patient]);
    // The date of a resource is that of its version, for everybody.
    const patients = await call('GET', `${hub.fhir}/Patient?_lastUpdated=gt${before}`, { token: agency.token });
    expect(found(patients).map(({ id }) => `Patient/${id}`)).not.toContain(sent.patient);
  });

  test('what is opened later brings its Task anew, to who is asked and to who asks', async () => {
    const sent = await from.send(agency, { labels: { document: [label('PSY')] } });
    const leg = await legOf(sent.root);
    let [theirs, ours] = [await latest(agency), await latest(hospital)];
    await permit(sent.patient, agency, 'PSY');
    expect(await since(agency, theirs)).toEqual([leg]);
    expect((await read(sent.document, agency)).id).toBe(sent.document.split('/')[1]);

    const { focus } = await read<Task>(leg, agency);
    const outcome: Procedure = {
      resourceType: 'Procedure',
      status: 'completed',
      subject: { reference: sent.patient },
      basedOn: [focus as never],
      meta: { security: [label('SUD')] },
    };
    const { id } = await done(call('POST', `${hub.fhir}/Procedure`, { token: agency.token, body: outcome }));
    await done(
      call('PUT', `${hub.fhir}/${leg}`, {
        token: agency.token,
        body: { ...(await read<Task>(leg, agency)), status: 'completed' },
      }),
    );
    [theirs, ours] = [await latest(agency), await latest(hospital)];
    expect((await call('GET', `${hub.fhir}/Procedure/${id}`, { token: hospital.token })).status).toBe(404);
    await permit(sent.patient, hospital, 'SUD');
    expect(await since(hospital, ours)).toEqual([sent.root]);
    expect((await call('GET', `${hub.fhir}/Procedure/${id}`, { token: hospital.token })).status).toBe(200);
    expect(await since(agency, theirs)).toEqual([]);
  });
});
