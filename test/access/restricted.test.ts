import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Bundle, Resource } from '@medplum/fhirtypes';
import type { z } from 'zod';
import { searchAuditEvents } from '../../src/fhir/audit/audit-events.ts';
import type { Caller } from '../../src/fhir/caller.ts';
import { read } from '../../src/fhir/rest/interactions/read.ts';
import { PROTECTION_WORKER } from '../../src/fhir/sharing/restricted.ts';
import type { loopList } from '../../src/loops/api.ts';
import { countLoops } from '../../src/loops/counts/count-loops.ts';
import { listLoops } from '../../src/loops/worklist/list.ts';
import { call, done, fetchAsOperator, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';

const LABEL = { system: 'https://careloop.dev/fhir/CodeSystem/label', code: 'child-protection' };

const ALL = { state: 'all', sort: 'due', limit: 50 } as const;

describe.each(databaseKinds())('a mandated report (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let bureau: Partner;
  let patient: string;
  let request: string;
  let root: string;
  let other: string;

  beforeAll(async () => {
    hub = await startHub(kind);
    hospital = await addPartner(hub, 'A Hospital');
    bureau = await addPartner(hub, 'Child Protection', { category: 'food-insecurity' });
    await addPartner(hub, 'A Pantry', { category: 'food-insecurity' });
    const bundle = referralBundle(hospital, { owner: `Organization/${bureau.id}`, identifier: 'report' });
    const asked = bundle.entry?.[1]?.resource;
    if (asked) asked.meta = { security: [LABEL] };
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const names = (answer.entry ?? []).map(({ response }) => response?.location?.split('/').slice(0, 2).join('/'));
    [patient = '', request = '', root = ''] = names.map((name) => name ?? '');
    other = await sendReferral(hub, hospital, { owner: `Organization/${bureau.id}` });
  });
  afterAll(() => hub?.close());

  const status = async (name: string, token?: string): Promise<number> =>
    (await call('GET', `${hub.fhir}/${name}`, { token })).status;
  const worker = (): Caller => ({ kind: 'operator', organizationId: 'careloop', roles: [PROTECTION_WORKER] });

  test('is read by who sent it, whom it is made to, and protection workers', async () => {
    for (const name of [request, root]) {
      expect(await status(name, hospital.token)).toBe(200);
      expect(await status(name, bureau.token)).toBe(200);
      const [type = '', id = ''] = name.split('/');
      expect(await read(hub.deps.db, worker(), type, id)).toMatchObject({ id });
    }
    expect((await call('GET', `${hub.url}/api/loops/${root.split('/')[1]}`, { token: bureau.token })).status).toBe(200);
    const viewer = { caller: worker(), hubOrg: 'careloop' };
    expect((await listLoops(hub.deps.db, viewer, ALL, hub.deps.now())).loops).toHaveLength(2);
  });

  test('is not there for people of the two organizations whose role it is not', async () => {
    for (const organizationId of [hospital.id, bureau.id]) {
      const person: Caller = { kind: 'client', organizationId, roles: ['agency-worker'] };
      const [type = '', id = ''] = root.split('/');
      await expect(read(hub.deps.db, person, type, id)).rejects.toMatchObject({ kind: 'notFound' });
      const viewer = { caller: person, hubOrg: 'careloop' };
      const { loops } = await listLoops(hub.deps.db, viewer, ALL, hub.deps.now());
      expect(loops.map((loop) => loop.id)).toEqual([other]);
    }
  });

  test('is not there for other people at the hub: reads, versions, searches, counts, includes, everything', async () => {
    for (const name of [request, root]) {
      expect(await status(name)).toBe(404);
      expect(await status(`${name}/_history`)).toBe(404);
      expect(await status(`${name}/_history/1`)).toBe(404);
    }
    const [, id = ''] = root.split('/');
    const searches = [
      `Task?_id=${id}`,
      `Task?patient=${patient}`,
      `Task?focus=${request}`,
      `ServiceRequest?subject=${patient}`,
      `${patient}/ServiceRequest`,
      `Patient?_has:Task:patient:status=requested&_id=${patient.split('/')[1]}`,
      `Patient?_id=${patient.split('/')[1]}&_revinclude=Task:patient`,
    ];
    for (const search of searches) {
      const names = ((await call<Bundle>('GET', `${hub.fhir}/${search}`)).body.entry ?? []).map(
        ({ resource }) => `${resource?.resourceType}/${resource?.id}`,
      );
      expect({ search, shown: names.filter((name) => name === request || name === root) }).toEqual({
        search,
        shown: [],
      });
    }
    const counted = await call<Bundle>('GET', `${hub.fhir}/Task?patient=${patient}&_summary=count`);
    expect(counted.body.total).toBe(0);
    for (const path of [`${patient}/$everything`, 'Task/_history?_count=500', '_history?_count=500']) {
      const { body } = await call<Bundle>('GET', `${hub.fhir}/${path}`);
      const ids = (body.entry ?? []).map(({ resource }) => (resource as Resource).id);
      expect(ids).not.toContain(id);
    }
  });

  test('nor in lists of loops, their numbers, and the audit', async () => {
    const [, id = ''] = root.split('/');
    expect((await call('GET', `${hub.url}/api/loops/${id}`)).status).toBe(404);
    const { body } = await call<z.infer<typeof loopList>>('GET', `${hub.url}/api/loops?state=all`);
    expect(body.loops.map((loop) => loop.id)).toEqual([other]);
    expect((await call('GET', `${hub.url}/api/loops/counts`)).body).toMatchObject({
      open: 1,
      steps: [{ open: 1 }],
    });
    const { closed } = await countLoops(hub.deps.db, { caller: worker(), hubOrg: 'careloop' }, hub.deps.now());
    expect(closed).toBe(0);
    const entries = found<AuditEvent>(await call('GET', `${hub.fhir}/AuditEvent?_count=1000`));
    expect(JSON.stringify(entries)).not.toContain(id);
    expect(JSON.stringify(entries)).not.toContain(request.split('/')[1]);
    expect(JSON.stringify(entries)).toContain(other);
    const session = { store: hub.deps.store, caller: worker(), base: hub.fhir, strict: false };
    const seen = await searchAuditEvents(hub.deps.db, session as never, [['_count', '1000']]);
    expect(JSON.stringify(seen)).toContain(id);
    const disclosures = await call('GET', `${hub.url}/api/patients/${patient.split('/')[1]}/disclosures`);
    expect(JSON.stringify(disclosures.body)).not.toContain(id);
  });

  test('nor by what the audit says of who was refused it', async () => {
    const refusedAt = async (id: string): Promise<unknown[]> => {
      const headers = { 'x-request-id': `for ${id}`.replaceAll(' ', '-') };
      expect((await call('GET', `${hub.fhir}/Task/${id}`, { headers })).status).toBe(404);
      const entries = found<AuditEvent>(await call('GET', `${hub.fhir}/AuditEvent?_count=1&outcome=4`));
      expect(entries).toHaveLength(1);
      return entries.map(({ outcomeDesc, action, entity = [] }) => [
        outcomeDesc,
        action,
        entity.map(({ what }) => what?.reference),
      ]);
    };
    const refused = await refusedAt(root.split('/')[1] ?? '');
    expect(refused).toEqual([['resource.not-found', 'R', [undefined]]]);
    expect(await refusedAt('nothing')).toEqual(refused);
  });

  test('nor can they change, refer to, offer or close it', async () => {
    const [, id = ''] = root.split('/');
    expect(
      (
        await call('PATCH', `${hub.fhir}/${root}`, {
          body: [],
          headers: { 'content-type': 'application/json-patch+json' },
        })
      ).status,
    ).toBe(404);
    expect(
      (
        await call('POST', `${hub.url}/api/loops/${id}/offers`, {
          body: { organizationId: bureau.id },
          headers: { 'content-type': 'application/json' },
        })
      ).status,
    ).toBe(404);
    const about = { resourceType: 'Communication', status: 'completed', basedOn: [{ reference: request }] };
    expect((await call('POST', `${hub.fhir}/Communication`, { body: about })).status).toBe(422);
  });

  test('the stream of news says nothing of it', async () => {
    const stop = new AbortController();
    const response = await fetchAsOperator(`${hub.url}/api/events`, { signal: stop.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const task = await done(call('GET', `${hub.fhir}/${root}`, { token: bureau.token }));
    await done(call('PUT', `${hub.fhir}/${root}`, { token: bureau.token, body: { ...task, status: 'accepted' } }));
    const later = await done(call('GET', `${hub.fhir}/Task/${other}`, { token: bureau.token }));
    await done(
      call('PUT', `${hub.fhir}/Task/${other}`, { token: bureau.token, body: { ...later, status: 'accepted' } }),
    );
    let heard = '';
    while (!heard.includes(other)) heard += (await reader?.read())?.value ?? '';
    expect(heard).not.toContain(root.split('/')[1]);
    stop.abort();
  });

  test('sent to the hub, it is offered to nobody', async () => {
    const bundle = referralBundle(hospital, { identifier: 'to-the-hub' });
    const asked = bundle.entry?.[1]?.resource;
    if (asked) asked.meta = { security: [LABEL] };
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const id = answer.entry?.[2]?.response?.location?.split('/')[1] ?? '';
    const shares = await hub.deps.db.query(
      'SELECT 1 FROM share WHERE loop_id = $1 AND organization_id <> $2 AND ended_at IS NULL AND withheld IS NULL',
      [id, hospital.id],
    );
    expect(shares).toEqual([]);
  });
});
