import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, CapabilityStatement, Observation, Patient } from '@medplum/fhirtypes';
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

  test.each(['batch', 'transaction'])('are the metadata too, as by themselves (%s)', async (type) => {
    const alone = await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`);
    const short = await call<CapabilityStatement>('GET', `${hub.fhir}/metadata?_elements=fhirVersion`);
    const urls = ['metadata', `${hub.fhir}/metadata`, 'metadata?_elements=fhirVersion'];
    const { body } = await send(type, ...urls.map((url) => ({ method: 'GET', url })), {
      method: 'HEAD',
      url: 'metadata',
    });
    expect(body.entry).toEqual([
      ...[alone, alone, short].map(({ body: resource }) => ({ resource, response: { status: '200' } })),
      { response: { status: '200' } },
    ]);
  });

  test('are not the metadata where they would be changed', async () => {
    const { body } = await send('batch', { method: 'DELETE', url: 'metadata' }, { method: 'GET', url: 'metadata/x' });
    expect(body.entry?.map(({ response }) => response?.status)).toEqual(['405', '404']);
  });

  test('are operations of the whole server as by themselves', async () => {
    const headers = { prefer: 'respond-async' };
    const ask = async (url: string): Promise<BundleEntry | undefined> => {
      const entry = [{ request: { method: 'GET', url } }];
      const body = { resourceType: 'Bundle', type: 'batch', entry };
      return (await done<Bundle>(call('POST', hub.fhir, { body, headers }))).entry?.[0];
    };
    const begun = await ask('$export?_type=Basic');
    expect([begun?.response?.status, begun?.resource?.resourceType]).toEqual(['202', 'OperationOutcome']);
    const at = begun?.response?.location ?? '';
    expect(at).toMatch(/\/\$export-status\?job=/);
    const [alone, inside] = [await call('GET', at), await ask(at)];
    expect([alone.status, inside?.response?.status]).toEqual([202, '202']);
    const refused = await ask('$export?_type=Nothing');
    expect([refused?.response?.status, refused?.resource]).toEqual(['400', undefined]);
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
