import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Observation, Patient } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe.each(databaseKinds())('what is read by a Bundle (%s)', (kind) => {
  const clock = createClock('2026-03-02T09:00:00Z');
  let hub: TestHub;
  let seen: Observation & { id: string };
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    seen = await done<Observation>(
      call('POST', `${hub.fhir}/Observation`, {
        body: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, valueString: 'y' },
      }),
    );
  });
  afterAll(() => hub?.close());

  const send = (type: string, ...requests: object[]): Promise<Answer<Bundle>> =>
    call<Bundle>('POST', hub.fhir, {
      body: { resourceType: 'Bundle', type, entry: requests.map((request) => ({ request })) },
    });
  const get = (query: string, conditions: object = {}): object => ({
    method: 'GET',
    url: `Observation/${seen.id}${query}`,
    ...conditions,
  });

  describe.each(['batch', 'transaction'])('of the type %s', (type) => {
    test('says its version and when it was written', async () => {
      const { body } = await send(type, get(''));
      expect(body.entry).toEqual([
        { resource: seen, response: { status: '200', etag: 'W/"1"', lastModified: '2026-03-02T09:00:00.000Z' } },
      ]);
    });

    test('is shortened as by itself; what must be there, stays', async () => {
      const { body } = await send(type, get('?_elements=value'), get('?_elements=subject'), get('?_summary=text'));
      const names = body.entry?.map(({ resource }) => Object.keys(resource ?? {}).sort());
      expect(names).toEqual([
        ['code', 'id', 'meta', 'resourceType', 'status', 'valueString'],
        ['code', 'id', 'meta', 'resourceType', 'status'],
        ['code', 'id', 'meta', 'resourceType', 'status'],
      ]);
      for (const { resource } of body.entry ?? []) {
        expect(resource?.meta?.tag?.map(({ code }) => code)).toEqual(['SUBSETTED']);
      }
    });

    test('is not sent again to who has it, nor to who asks for its headers only', async () => {
      const { body } = await send(
        type,
        get('', { ifNoneMatch: 'W/"1"' }),
        get('', { ifNoneMatch: 'W/"2"' }),
        get('', { ifModifiedSince: '2026-03-02T09:00:00Z' }),
        get('', { ifModifiedSince: '2026-03-02T08:00:00Z' }),
        { ...get(''), method: 'HEAD' },
      );
      expect(body.entry?.map(({ response, resource }) => [response?.status, response?.etag, resource?.id])).toEqual([
        ['304', 'W/"1"', undefined],
        ['200', 'W/"1"', seen.id],
        ['304', 'W/"1"', undefined],
        ['200', 'W/"1"', seen.id],
        ['200', 'W/"1"', undefined],
      ]);
    });
  });

  test('in a form there is not refuses a transaction, and one entry of a batch', async () => {
    const all = await send('transaction', get(''), get('?_summary=short'));
    expect([all.status, texts(all)]).toEqual([400, ['_summary must be one of true, text, data, count, false.']]);
    const each = await send('batch', get(''), get('?_summary=short'));
    expect(each.body.entry?.map(({ response }) => response?.status)).toEqual(['200', '400']);
  });

  test('and a batch goes on when a condition or a body of one entry is bad', async () => {
    const { body } = await call<Bundle>('POST', hub.fhir, {
      body: {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          { request: { method: 'PUT', url: `Observation/${seen.id}`, ifMatch: '1' }, resource: seen },
          { request: { method: 'POST', url: 'Patient' } },
          { request: { method: 'POST', url: 'Patient' }, resource: { resourceType: 'Person' } },
          { request: { method: 'POST', url: 'Patient' }, resource: { resourceType: 'Patient' } },
          { request: { method: 'POST', url: 'Bundle' }, resource: { resourceType: 'Bundle', type: 'nothing' } },
        ],
      },
    });
    expect(body.entry?.map(({ response }) => response?.status)).toEqual(['400', '400', '400', '201', '400']);
    expect(body.entry?.map(({ response }) => (response?.outcome as Patient | undefined)?.resourceType)).toEqual([
      'OperationOutcome',
      'OperationOutcome',
      'OperationOutcome',
      undefined,
      'OperationOutcome',
    ]);
  });
});
