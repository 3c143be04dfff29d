import { afterEach, describe, expect, test } from '@jest/globals';
import type { Communication, Task } from '@medplum/fhirtypes';
import { fhirPush } from '../../../src/channels/fhir-push.ts';
import { channelFor } from '../../../src/channels/index.ts';
import { messageOutside } from '../../../src/channels/said.ts';
import { context, DELIVERY, message, type PartnerServer, startPartner } from './partner-server.ts';

const started: PartnerServer[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((partner) => partner.close()));
});

/** A partner that answers every request in the same way. */
async function partnerThat(status: number, body = '{}', headers: Record<string, string> = {}): Promise<PartnerServer> {
  const partner = await startPartner((response) => response.writeHead(status, headers).end(body));
  started.push(partner);
  return partner;
}

const KEY = 'identifier=https%3A%2F%2Fcareloop.dev%2Ffhir%2FNamingSystem%2Ftask%7Cleg';

test('a partner with an endpoint is reached there', async () => {
  const { endpoint } = await partnerThat(201);
  expect(channelFor(endpoint)).toBe(fhirPush);
});

describe('an offer', () => {
  test('is created under our business identifier, once', async () => {
    const partner = await partnerThat(201, '{}', { location: 'http://partner.test/fhir/Task/77/_history/1' });
    const outcome = await fhirPush.send(message(), partner.endpoint, context());
    expect(outcome).toEqual({ kind: 'delivered', code: 'http-201', receipt: 'Task/77' });
    expect(partner.seen).toEqual([expect.objectContaining({ method: 'POST', url: '/fhir/Task' })]);
    expect(partner.seen[0]?.headers).toMatchObject({
      'if-none-exist': KEY,
      'content-type': 'application/fhir+json',
      accept: 'application/fhir+json',
      'x-correlation-id': 'root',
      'x-request-id': DELIVERY,
    });
  });

  test('refers to what is here by addresses that the partner can follow, and leaves others alone', async () => {
    const partner = await partnerThat(201);
    await fhirPush.send(message(), partner.endpoint, context());
    const told = JSON.parse(partner.seen[0]?.body ?? '') as Task;
    expect(told).toMatchObject({
      status: 'requested',
      focus: { reference: 'http://hub.test/fhir/R4/ServiceRequest/order' },
      for: { reference: 'http://hub.test/fhir/R4/Patient/p' },
      owner: { reference: 'http://hub.test/fhir/R4/Organization/agency' },
      input: [{ valueReference: { reference: 'https://elsewhere.example/DocumentReference/9' } }],
    });
  });

  test('says where it came from, and not what number and version it has here', async () => {
    const partner = await partnerThat(201);
    await fhirPush.send(message(), partner.endpoint, context());
    const told = JSON.parse(partner.seen[0]?.body ?? '') as Task;
    expect(told).not.toHaveProperty('id');
    expect(told.meta).toEqual({ profile: ['https://example.org/task'], source: 'http://hub.test/fhir/R4/Task/leg' });
  });

  test('does not change what is told', async () => {
    const partner = await partnerThat(201);
    const said = message();
    await fhirPush.send(said, partner.endpoint, context());
    expect(said).toEqual(message());
  });
});

describe('news', () => {
  test.each(['status', 'closing', 'cancel'] as const)(
    'update the Task the partner knows by our identifier: %s',
    async (kind) => {
      const partner = await partnerThat(200);
      const outcome = await fhirPush.send(message({ kind }), partner.endpoint, context());
      expect(outcome).toMatchObject({ kind: 'delivered', code: 'http-200' });
      expect(partner.seen).toEqual([expect.objectContaining({ method: 'PUT', url: `/fhir/Task?${KEY}` })]);
      expect(partner.seen[0]?.headers).not.toHaveProperty('if-none-exist');
    },
  );

  test('write over what was looked at, and nothing newer: that waits until it was heard', async () => {
    const there = { resourceType: 'Task', id: '77', meta: { versionId: '4' }, status: 'requested' };
    let version = '4';
    const partner = await startPartner((response, { method }) => {
      const resource = { ...there, meta: { versionId: version } };
      const answer =
        method === 'PUT' ? { resourceType: 'OperationOutcome' } : { resourceType: 'Bundle', entry: [{ resource }] };
      response.writeHead(method === 'PUT' ? 412 : 200).end(JSON.stringify(answer));
    });
    started.push(partner);
    const said = message({ kind: 'status', stood: { there: null, digest: null, status: 'requested' } });
    const { now } = context();
    expect(await fhirPush.send(said, partner.endpoint, context())).toEqual({
      kind: 'wait',
      code: 'changed-there',
      until: new Date(now.getTime() + 5_000),
    });
    expect(partner.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /fhir/Task?${KEY}`,
      'PUT /fhir/Task/77',
    ]);
    expect(partner.seen[1]?.headers).toMatchObject({ 'if-match': 'W/"4"' });
    expect(JSON.parse(partner.seen[1]?.body ?? '')).toMatchObject({ resourceType: 'Task', id: '77' });

    version = '../../Patient/1';
    expect(await fhirPush.send(said, partner.endpoint, context())).toEqual({ kind: 'rejected', code: 'http-412' });
    expect(partner.seen.at(-1)).toMatchObject({ method: 'PUT', url: `/fhir/Task?${KEY}` });
  });

  test('speak of a Task by its value alone where its identifier has no system', async () => {
    const partner = await partnerThat(200);
    const task = { ...message().task, identifier: [{ value: 'A/1 ?' }] };
    await fhirPush.send(message({ kind: 'status', task }), partner.endpoint, context());
    expect(partner.seen[0]?.url).toBe('/fhir/Task?identifier=A%2F1%20%3F');
  });
});

describe('after an unknown outcome an offer is asked for', () => {
  const found = JSON.stringify({
    resourceType: 'Bundle',
    type: 'searchset',
    entry: [{ resource: { resourceType: 'Task', id: '77' } }],
  });
  const nothing = JSON.stringify({ resourceType: 'Bundle', type: 'searchset' });

  test('by the identifier it was offered under', async () => {
    const partner = await partnerThat(200, nothing);
    await fhirPush.ask(message(), partner.endpoint, context());
    expect(partner.seen).toEqual([expect.objectContaining({ method: 'GET', url: `/fhir/Task?${KEY}`, body: '' })]);
    expect(partner.seen[0]?.headers).toMatchObject({ 'x-correlation-id': 'root', 'x-request-id': DELIVERY });
  });

  test.each([
    ['is there: they have it', 200, found, { kind: 'delivered', code: 'found-there', receipt: 'Task/77' }],
    ['is not there: it may be said again', 200, nothing, undefined],
    ['cannot be told from the answer: still unknown', 200, '<html>', { kind: 'unknown', code: 'unreadable-answer' }],
    [
      'cannot be asked for: their door is closed',
      401,
      '{}',
      { kind: 'rejected', code: 'auth-401', endpoint: 'suspended' },
    ],
    ['cannot be asked for now', 503, '{}', { kind: 'retry', code: 'http-503', notBefore: undefined }],
  ])('and %s', async (_name, status, body, outcome) => {
    const partner = await partnerThat(status, body);
    expect(await fhirPush.ask(message(), partner.endpoint, context())).toEqual(outcome);
  });

  test('while news are said again without asking: an update under an identifier does no harm twice', async () => {
    const partner = await partnerThat(200);
    expect(await fhirPush.ask(message({ kind: 'status' }), partner.endpoint, context())).toBeUndefined();
    expect(partner.seen).toEqual([]);
  });
});

test('a message that was withdrawn says nothing of the client, whatever its recipient is shown by now', () => {
  const subject = { reference: 'Patient/p', display: 'Robin Tester', identifier: { value: '900-11' } };
  const payload = [{ contentString: 'Is Tuesday good?' }];
  const said = (status: Communication['status']): Communication =>
    messageOutside(
      { resourceType: 'Communication', id: 'm', status, subject, payload },
      message().task,
      'http://hub.test',
    );
  expect(said('completed')).toMatchObject({ subject: { display: 'Robin Tester' }, payload });
  const withdrawn = said('entered-in-error');
  expect([withdrawn.subject, withdrawn.payload]).toEqual([{ reference: 'http://hub.test/Patient/p' }, undefined]);
});
