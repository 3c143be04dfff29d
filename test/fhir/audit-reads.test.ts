import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Bundle, Patient, Resource, Task } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate/validate.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';

describe.each(databaseKinds())('what is read leaves an entry in the audit (%s)', (kind) => {
  let hub: TestHub;
  let agency: Partner;
  let ann: string;
  let bob: string;
  let task: string;
  beforeAll(async () => {
    hub = await startHub(kind);
    agency = await addPartner(hub, 'Agency');
    const patient = async (): Promise<string> =>
      (
        await done<Patient>(
          call('POST', `${hub.fhir}/Patient`, { token: agency.token, body: { resourceType: 'Patient' } }),
        )
      ).id ?? '';
    [ann, bob] = [await patient(), await patient()];
    const body = { resourceType: 'Task', status: 'draft', intent: 'plan', for: { reference: `Patient/${ann}` } };
    task = (await done<Task>(call('POST', `${hub.fhir}/Task`, { token: agency.token, body }))).id ?? '';
  });
  afterAll(() => hub?.close());

  let requests = 0;
  /** Asks, and finds the entries of that request in the audit. */
  const asked = async (
    method: string,
    path: string,
    more: { body?: unknown; headers?: Record<string, string>; token?: string } = {},
  ): Promise<AuditEvent[]> => {
    requests += 1;
    const id = `request-${requests}`;
    const headers = { ...more.headers, 'x-request-id': id };
    await call(method, `${hub.fhir}${path}`, { ...more, token: more.token ?? agency.token, headers });
    return entriesOf(id);
  };
  const entriesOf = async (id: string): Promise<AuditEvent[]> => {
    const [events, rows] = [
      found<AuditEvent>(await call('GET', `${hub.fhir}/AuditEvent?_count=100&_sort=_id`)),
      await hub.deps.db.query<{ id: string }>('SELECT id::text AS id FROM audit WHERE request_id = $1', [id]),
    ];
    const ids = new Set(rows.map((row) => row.id));
    const own = events.filter((event) => ids.has(event.id ?? ''));
    for (const event of own) validate(event);
    return own;
  };
  const short = ({ action, subtype, entity }: AuditEvent): unknown[] => [
    action,
    subtype?.[0]?.code,
    ...(entity ?? []).flatMap(({ what, query }) => {
      if (query !== undefined) return [Buffer.from(query, 'base64').toString()];
      return what?.reference === undefined ? [] : [what.reference];
    }),
  ];

  test('in the statement that answers it, whoever reads what; what the hub does not know whose it is, too', async () => {
    const last = async (): Promise<AuditEvent[]> => {
      await hub.deps.db.query('UPDATE resource SET patient = NULL WHERE id = $1', [task]);
      return asked('GET', `/Task/${task}`);
    };
    const [known, unknown] = [await asked('GET', `/Task/${task}`), await last()];
    expect(known.map(short)).toEqual([['R', 'read', `Task/${task}/_history/1`, `Patient/${ann}`]]);
    expect(unknown.map(short)).toEqual(known.map(short));
  });

  test('in the shape IHE gives it', async () => {
    const [event] = await asked('GET', `/Task/${task}`);
    expect(event).toMatchObject({
      type: { code: 'rest' },
      subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: 'read' }],
      action: 'R',
      outcome: '0',
      agent: [
        { type: { coding: [{ code: '110152' }] }, who: { reference: `Organization/${agency.id}` }, requestor: true },
        { type: { coding: [{ code: '110153' }] }, who: { reference: 'Organization/careloop' }, requestor: false },
      ],
      entity: [
        { what: { reference: `Task/${task}/_history/1` }, role: { code: '4' } },
        { what: { reference: `Patient/${ann}` }, role: { code: '1' } },
        { what: { identifier: { value: expect.stringMatching(/^request-/) } } },
      ],
    });
  });

  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  test.each<[string, () => [string, string, { body?: unknown; headers?: Record<string, string> }?], () => unknown[][]]>(
    [
      [
        'a read',
        () => ['GET', `/Patient/${ann}`],
        () => [['R', 'read', `Patient/${ann}/_history/1`, `Patient/${ann}`]],
      ],
      [
        'a version',
        () => ['GET', `/Task/${task}/_history/1`],
        () => [['R', 'vread', `Task/${task}/_history/1`, `Patient/${ann}`]],
      ],
      [
        'a history',
        () => ['GET', `/Task/${task}/_history?_count=5`],
        () => [['R', 'history-instance', `Task/${task}`, 'Task/_history?_count', `Patient/${ann}`]],
      ],
      [
        'a search, an entry for each patient in its answer',
        () => ['GET', '/Patient?_count=10&active:missing=true&_sort=_lastUpdated'],
        () => [
          ['E', 'search-type', 'Patient?_count&active:missing&_sort', `Patient/${ann}`],
          ['E', 'search-type', 'Patient?_count&active:missing&_sort', `Patient/${bob}`],
        ],
      ],
      [
        'a search that finds nothing: its names, never its values',
        () => ['GET', '/Patient?family=Secret&given:exact=Hidden'],
        () => [['E', 'search-type', 'Patient?family&given:exact']],
      ],
      [
        'a search in a body',
        () => ['POST', '/Task/_search', { body: 'patient.name=Secret', headers: form }],
        () => [['E', 'search-type', 'Task?patient.name']],
      ],
      [
        'names that are no parameters are the words of who asks, and kept nowhere',
        () => ['GET', '/Patient?Jane.Secret=1&_count=0'],
        () => [['E', 'search-type', 'Patient?_count']],
      ],
      [
        'what belongs to a patient',
        () => ['GET', `/Patient/${bob}/Task?status=draft`],
        () => [['E', 'search-type', 'Patient/*/Task?status', `Patient/${bob}`]],
      ],
      [
        'an operation',
        () => ['GET', `/Patient/${bob}/$everything`],
        () => [['E', 'operation', `Patient/${bob}`, 'Patient$everything', `Patient/${bob}`]],
      ],
      [
        'an operation that answers of codes alone leaves none',
        () => ['GET', '/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/task-status'],
        () => [],
      ],
      [
        'the audit itself',
        () => ['GET', `/AuditEvent?patient=${ann}`],
        () => [['E', 'search-type', 'AuditEvent?patient']],
      ],
      ['what is not there is an entry that says so', () => ['GET', '/Patient/none'], () => [['R', 'read']]],
    ],
  )('%s', async (_name, request, entries) => {
    expect((await asked(...request())).map(short)).toEqual(entries());
  });

  test.each(['batch', 'transaction'])('in a %s too', async (type) => {
    const entry = [`Task/${task}`, 'Patient?active=true'].map((url) => ({ request: { method: 'GET', url } }));
    const body = { resourceType: 'Bundle', type, entry };
    expect((await asked('POST', '', { body })).map(short)).toEqual([
      ['R', 'read', `Task/${task}/_history/1`, `Patient/${ann}`],
      ['E', 'search-type', 'Patient?active'],
    ]);
  });

  test('is committed before the answer leaves, for each of many that come at once', async () => {
    const ids = Array.from({ length: 50 }, (_, at) => `at-once-${at}`);
    await Promise.all(
      ids.map(async (id) => {
        await done(call('GET', `${hub.fhir}/Task/${task}`, { token: agency.token, headers: { 'x-request-id': id } }));
        const rows = await hub.deps.db.query('SELECT patient FROM audit WHERE request_id = $1', [id]);
        expect(rows).toEqual([{ patient: ann }]);
      }),
    );
  });

  test('and what cannot be recorded is not told', async () => {
    await hub.deps.db.query('ALTER TABLE audit RENAME TO audit_away');
    const read = call<Resource>('GET', `${hub.fhir}/Task/${task}`, { token: agency.token });
    const { status, body } = await read.finally(() => hub.deps.db.query('ALTER TABLE audit_away RENAME TO audit'));
    expect([status, body.resourceType]).toEqual([500, 'OperationOutcome']);
  });

  test('what a known client may not do is an entry that says why, and the first stranger of a minute leaves one of nobody', async () => {
    const id = 'denied-to-agency';
    const { status } = await call('POST', `${hub.url}/api/clients`, {
      body: { name: 'Secret', organizationId: 'x' },
      token: agency.token,
      headers: { 'x-request-id': id },
    });
    expect(status).toBe(403);
    expect(await entriesOf(id)).toMatchObject([
      { action: 'E', outcome: '4', outcomeDesc: 'access.operator-only', agent: [{ altId: expect.any(String) }, {}] },
    ]);
    const stranger = { token: 'nobody', headers: { 'x-request-id': 'of-a-stranger' } };
    expect((await call('GET', `${hub.fhir}/Task/${task}`, stranger)).status).toBe(401);
    const events = await entriesOf('of-a-stranger');
    expect(events).toMatchObject([{ action: 'E', outcome: '4', outcomeDesc: 'access.token' }]);
    expect(JSON.stringify(events[0]?.agent.slice(0, 1))).not.toMatch(/who|altId/);
  });

  test('is seen by people at the hub and by who read it, and by no other partner', async () => {
    const other = await addPartner(hub, 'Other');
    await asked('GET', `/Patient/${bob}`);
    const reads = async (token?: string): Promise<number> => {
      const { body } = await call<Bundle>(
        'GET',
        `${hub.fhir}/AuditEvent?action=R&entity=Patient/${bob}&_total=accurate`,
        {
          ...(token ? { token } : {}),
        },
      );
      return body.total ?? -1;
    };
    expect([await reads(), await reads(agency.token), await reads(other.token)]).toEqual([1, 1, 0]);
  });
});
