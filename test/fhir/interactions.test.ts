import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient } from '@medplum/fhirtypes';
import { giveTrialToken, registerClient } from '../../src/access/clients.ts';
import { type Answer, call, done, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe.each(databaseKinds())('a resource (%s)', (kind) => {
  const clock = createClock('2026-03-02T09:00:00Z');
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
  });
  afterAll(() => hub?.close());

  const at = (path: string): string => `${hub.fhir}/${path}`;
  const create = (fields: Partial<Patient> = {}): Promise<Patient & { id: string }> =>
    done<Patient>(call('POST', at('Patient'), { body: { resourceType: 'Patient', ...fields } }));
  const read = (id: string): Promise<Answer<Patient>> => call<Patient>('GET', at(`Patient/${id}`));
  const headersOf = ({ headers }: Answer): (string | null)[] =>
    ['etag', 'last-modified', 'location'].map((name) => headers.get(name));

  test('that is created gets an id and a version, and says where it is', async () => {
    const answer = await call<Patient>('POST', at('Patient'), {
      body: {
        resourceType: 'Patient',
        id: 'mine',
        meta: { versionId: '9', lastUpdated: '1999-01-01T00:00:00Z' },
        birthDate: '1950-05-05',
      },
    });
    const { id = '' } = answer.body;
    expect(answer.status).toBe(201);
    expect(id).toMatch(UUID);
    expect(answer.body).toEqual({
      resourceType: 'Patient',
      id,
      meta: { versionId: '1', lastUpdated: '2026-03-02T09:00:00.000Z' },
      birthDate: '1950-05-05',
    });
    expect(headersOf(answer)).toEqual(['W/"1"', 'Mon, 02 Mar 2026 09:00:00 GMT', at(`Patient/${id}/_history/1`)]);
    expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
  });

  test('is read as it was written, with its version', async () => {
    const patient = await create({ name: [{ family: 'Löwenström', given: ['Åsa', '王', '🏠'] }] });
    const answer = await read(patient.id);
    expect([answer.status, answer.body]).toEqual([200, patient]);
    expect(headersOf(answer)).toEqual(['W/"1"', 'Mon, 02 Mar 2026 09:00:00 GMT', null]);
  });

  test('is not sent again to those who have this version', async () => {
    const { id } = await create();
    const again = await call('GET', at(`Patient/${id}`), { headers: { 'if-none-match': 'W/"1"' } });
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, undefined, 'W/"1"']);
    for (const etag of ['"1"', 'W/"7", W/"1"', '*']) {
      expect((await call('GET', at(`Patient/${id}`), { headers: { 'if-none-match': etag } })).status).toBe(304);
    }
    const since = (time: string): Promise<Answer> =>
      call('GET', at(`Patient/${id}`), { headers: { 'if-modified-since': time } });
    const answers = [
      await since('Mon, 02 Mar 2026 09:00:00 GMT'),
      await since('Mon, 02 Mar 2026 08:59:59 GMT'),
      await since('yesterday'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([304, 200, 200]);
    expect((await call('GET', at(`Patient/${id}`), { headers: { 'if-none-match': 'W/"2"' } })).status).toBe(200);
  });

  test('that is updated becomes its next version; each version can be read', async () => {
    const { id, ...patient } = await create({ gender: 'female' });
    clock.advance(60_000);
    const answer = await call<Patient>('PUT', at(`Patient/${id}`), { body: { ...patient, id, gender: 'other' } });
    expect([answer.status, answer.body.meta?.versionId, answer.body.gender]).toEqual([200, '2', 'other']);
    expect(headersOf(answer).slice(0, 1)).toEqual(['W/"2"']);
    expect(answer.headers.get('location')).toBe(at(`Patient/${id}/_history/2`));
    const versions = await Promise.all(
      ['1', '2'].map((version) => call<Patient>('GET', at(`Patient/${id}/_history/${version}`))),
    );
    expect(versions.map(({ status, body, headers }) => [status, body.gender, headers.get('etag')])).toEqual([
      [200, 'female', 'W/"1"'],
      [200, 'other', 'W/"2"'],
    ]);
    expect((await call('GET', at(`Patient/${id}/_history/3`))).status).toBe(404);
  });

  test('that is deleted is gone, with all its versions kept', async () => {
    const { id } = await create();
    expect((await call('DELETE', at(`Patient/${id}`))).status).toBe(200);
    const gone = await read(id);
    expect([gone.status, texts(gone)]).toEqual([410, [`Patient/${id} was deleted.`]]);
    expect((await call('GET', at(`Patient/${id}/_history/1`))).status).toBe(200);
    expect((await call('GET', at(`Patient/${id}/_history/2`))).status).toBe(410);
    const found = await call<Bundle>('GET', at(`Patient?_id=${id}`));
    expect(found.body.entry ?? []).toEqual([]);
  });

  test('may be deleted again, or without ever having been there', async () => {
    const { id } = await create();
    const answers = [
      await call('DELETE', at(`Patient/${id}`)),
      await call('DELETE', at(`Patient/${id}`)),
      await call('DELETE', at('Patient/never')),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await call<Bundle>('GET', at(`Patient/${id}/_history`))).body.entry).toHaveLength(2);
  });

  test('is made by an update of a person at the hub, under the id it names', async () => {
    const body = { resourceType: 'Patient', id: 'my-own-id', gender: 'male' };
    const made = await call<Patient>('PUT', at('Patient/my-own-id'), { body });
    expect([made.status, made.body.id, made.headers.get('location')]).toEqual([
      201,
      'my-own-id',
      at('Patient/my-own-id/_history/1'),
    ]);
    await call('DELETE', at('Patient/my-own-id'));
    const again = await call<Patient>('PUT', at('Patient/my-own-id'), { body });
    expect([again.status, again.body.meta?.versionId]).toEqual([201, '3']);
  });

  test('is not made by an update of a partner: its id would be the sender’s choice', async () => {
    const id = randomUUID();
    await registerClient(hub.deps.db, { id, name: 'Partner', organizationId: 'partner' }, clock.now());
    const { token } = await giveTrialToken(hub.deps.db, id, clock.now());
    const answer = await call('PUT', at('Patient/theirs'), { token, body: { resourceType: 'Patient', id: 'theirs' } });
    expect([answer.status, texts(answer)]).toEqual([
      405,
      ["There is no Patient/theirs here. Send new resources by POST to Patient: their ids are this server's."],
    ]);
  });

  test('is made by an update only where there is none, if so asked', async () => {
    const put = (): Promise<Answer> =>
      call('PUT', at('Patient/once'), {
        body: { resourceType: 'Patient', id: 'once' },
        headers: { 'if-none-match': '*' },
      });
    const [first, second] = [await put(), await put()];
    expect([first.status, second.status, texts(second)]).toEqual([
      201,
      412,
      ['If-None-Match says that Patient/once must not be there as it is. Leave the header out to change it.'],
    ]);
  });

  test.each(['Patient/nobody', 'Patient/nobody/_history', 'Patient/nobody/_history/1'])(
    'that is not here is not found: %s',
    async (path) => {
      const answer = await call('GET', at(path));
      expect(answer.status).toBe(404);
      expect(texts(answer)[0]).toContain('There is no Patient/nobody');
    },
  );

  test('is written under If-Unmodified-Since only when nobody wrote since', async () => {
    const { id, meta } = await create();
    const read = new Date(meta?.lastUpdated ?? '').toUTCString();
    const ask = (method: string, headers: Readonly<Record<string, string>>): Promise<Answer> =>
      call(method, at(`Patient/${id}`), {
        headers,
        ...(method === 'PUT' ? { body: { resourceType: 'Patient', id } } : {}),
      });
    expect((await ask('PUT', { 'if-unmodified-since': read })).status).toBe(200);
    clock.advance(5_000);
    expect((await ask('PUT', { 'if-unmodified-since': 'yesterday' })).status).toBe(200);
    for (const method of ['PUT', 'DELETE']) {
      const stale = await ask(method, { 'if-unmodified-since': read });
      expect([stale.status, texts(stale)]).toEqual([
        412,
        [`Patient/${id} was changed after the time in If-Unmodified-Since. Read it again and repeat your change.`],
      ]);
    }
    expect((await ask('PUT', { 'if-unmodified-since': read, 'if-match': 'W/"3"' })).status).toBe(200);
  });

  test('is written under If-Match only when nobody wrote since', async () => {
    const { id } = await create();
    const body = { resourceType: 'Patient', id, gender: 'male' };
    const put = (ifMatch: string): Promise<Answer> =>
      call('PUT', at(`Patient/${id}`), { body, headers: { 'if-match': ifMatch } });
    expect((await put('W/"1"')).status).toBe(200);
    const stale = await put('W/"1"');
    expect([stale.status, texts(stale)]).toEqual([
      412,
      [`You changed version 1 of Patient/${id}, which is now at version 2. Read it again and repeat your change.`],
    ]);
    expect((await put('"2"')).status).toBe(200);
    const patch = {
      body: [{ op: 'replace', path: '/gender', value: 'other' }],
      headers: { 'if-match': 'W/"1"', 'content-type': 'application/json-patch+json' },
    };
    expect((await call('PATCH', at(`Patient/${id}`), patch)).status).toBe(412);
    expect((await call('DELETE', at(`Patient/${id}`), { headers: { 'if-match': 'W/"1"' } })).status).toBe(412);
    expect((await call('DELETE', at(`Patient/${id}`), { headers: { 'if-match': 'W/"3"' } })).status).toBe(200);
  });

  test.each(['3', 'W/1', 'v1', '""'])('is not written under an If-Match we cannot read: %s', async (ifMatch) => {
    const patient = await create();
    const answer = await call('PUT', at(`Patient/${patient.id}`), {
      body: { ...patient, gender: 'male' },
      headers: { 'if-match': ifMatch },
    });
    expect([answer.status, texts(answer)]).toEqual([
      400,
      ['If-Match must name a version as its ETag does, e.g. W/"3".'],
    ]);
    expect((await read(patient.id)).body).toEqual(patient);
  });

  test.each([
    ['POST', 'Patient/x', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['PUT', 'Patient/x/_history/1', 'GET, HEAD'],
    ['DELETE', 'Patient/_history', 'GET, HEAD'],
    ['PUT', '', 'GET, HEAD, POST'],
    ['PUT', 'Patient/_search', 'GET, HEAD, POST'],
    ['DELETE', 'Patient/$validate', 'GET, HEAD, POST'],
    ['POST', 'AuditEvent', 'GET, HEAD'],
    ['DELETE', 'metadata', 'GET, HEAD'],
  ])('says what may be done where %s %s may not', async (method, path, allowed) => {
    const body = method === 'DELETE' ? undefined : { resourceType: path.split('/')[0] || 'Patient', id: 'x' };
    const answer = await call(method, path ? at(path) : hub.fhir, { body });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allowed]);
    const options = await call('OPTIONS', path ? at(path) : hub.fhir);
    expect([options.status, options.headers.get('allow')]).toEqual([204, allowed]);
  });

  test('answers with the id of the request', async () => {
    const given = await call('GET', at('Patient/nobody'), { headers: { 'x-request-id': 'mine-12345678' } });
    expect(given.headers.get('x-request-id')).toBe('mine-12345678');
    expect((await call('GET', at('metadata'))).headers.get('x-request-id')).toMatch(UUID);
  });
});
