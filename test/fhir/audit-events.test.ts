import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { matchesSearchRequest, parseSearchRequest } from '@medplum/core';
import type { AuditEvent, Bundle, CapabilityStatement, Patient, Task } from '@medplum/fhirtypes';
import { validate } from '../../src/fhir/validate/validate.ts';
import { loadEngine } from '../partners/fhir/engine.ts';
import { type Answer, call, done, found } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type BadRequest, bundle, expectRefusal } from './refusal.ts';

loadEngine();

describe.each(databaseKinds())('the audit (%s)', (kind) => {
  const clock = createClock('2026-03-02T09:00:00Z');
  let hub: TestHub;
  let hospital: Partner;
  let patient: Patient & { id: string };
  let task: Task & { id: string };

  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    hospital = await addPartner(hub, 'Hospital');
    clock.advance(86_400_000);
    const { token } = hospital;
    patient = await done<Patient>(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' }, token }));
    clock.advance(60_000);
    const body = { resourceType: 'Task', status: 'draft', intent: 'plan', for: { reference: `Patient/${patient.id}` } };
    const headers = { 'x-request-id': 'request-of-mine' };
    task = await done<Task>(call('POST', `${hub.fhir}/Task`, { body, token, headers }));
    clock.advance(60_000);
    await done(call('PUT', `${hub.fhir}/Task/${task.id}`, { body: { ...task, status: 'cancelled' } }));
    clock.advance(60_000);
    await done(call('DELETE', `${hub.fhir}/Task/${task.id}`, { token }));
    // What the tests ask is an entry too, of the next day.
    clock.advance(86_400_000);
  });
  afterAll(() => hub?.close());

  const WRITTEN = 'date=lt2026-03-04';
  const search = async (query: string): Promise<AuditEvent[]> =>
    found<AuditEvent>(await call('GET', `${hub.fhir}/AuditEvent?_count=100&${WRITTEN}&${query}`));

  test('has an entry for every write, which is a valid AuditEvent', async () => {
    const events = await search(`patient=Patient/${patient.id}`);
    expect(events.map(({ action, entity }) => [action, entity?.[0]?.what?.reference])).toEqual([
      ['D', `Task/${task.id}/_history/3`],
      ['U', `Task/${task.id}/_history/2`],
      ['C', `Task/${task.id}/_history/1`],
      ['C', `Patient/${patient.id}/_history/1`],
    ]);
    for (const event of events) validate(event);
    expect(events[2]).toEqual({
      resourceType: 'AuditEvent',
      id: expect.stringMatching(/^\d+$/),
      meta: { versionId: '1', lastUpdated: '2026-03-03T09:01:00.000Z' },
      type: {
        system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
        code: 'rest',
        display: 'RESTful Operation',
      },
      subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: 'create', display: 'create' }],
      action: 'C',
      recorded: '2026-03-03T09:01:00.000Z',
      outcome: '0',
      agent: [
        {
          type: {
            coding: [
              { system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110150', display: 'Application' },
            ],
          },
          who: { reference: `Organization/${hospital.id}` },
          altId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          requestor: true,
        },
      ],
      source: {
        observer: { reference: 'Organization/careloop' },
        type: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
            code: '4',
            display: 'Application Server',
          },
        ],
      },
      entity: [
        {
          what: { reference: `Task/${task.id}/_history/1` },
          type: {
            system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
            code: '2',
            display: 'System Object',
          },
          role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '4', display: 'Domain Resource' },
        },
        {
          what: { reference: `Patient/${patient.id}` },
          type: { system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type', code: '1', display: 'Person' },
          role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '1', display: 'Patient' },
        },
        {
          what: { identifier: { value: 'request-of-mine' } },
          type: {
            system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
            code: 'XrequestId',
            display: 'X-Request-Id',
          },
        },
      ],
    });
  });

  test('is read one by one', async () => {
    const [event] = await search('');
    const answer = await call('GET', `${hub.fhir}/AuditEvent/${event?.id}`);
    expect([answer.status, answer.body]).toEqual([200, event]);
    for (const id of ['999999', 'x', '0', '99999999999999999999']) {
      expect((await call('GET', `${hub.fhir}/AuditEvent/${id}`)).status).toBe(404);
    }
  });

  // Another program's reading of the same parameters, over all there is.
  test('is searched as its parameters say', async () => {
    const all = await search('');
    const [, , created] = await search(`patient=${patient.id}`);
    const queries = [
      'action=C',
      'action=C,D',
      'action:not=C',
      'subtype=update',
      'subtype=http://hl7.org/fhir/restful-interaction|delete',
      'subtype:not=update',
      'type=rest',
      'type=http://terminology.hl7.org/CodeSystem/audit-event-type|rest',
      'type=other',
      'outcome=0',
      'outcome=8',
      'date=2026-03-03',
      'date=ge2026-03-03T09:01:00Z',
      'date=gt2026-03-03T09:01:00Z',
      'date=lt2026-03-03',
      'date=le2026-03-03T09:01:00.000Z',
      '_lastUpdated=ge2026-03-03T09:02:00Z',
      `agent=Organization/${hospital.id}`,
      'agent=Organization/careloop',
      'agent=Patient/1',
      `patient=Patient/${patient.id}`,
      'patient=Patient/none',
      `entity=Patient/${patient.id}`,
      'source=Organization/careloop',
      'source=Organization/other',
      'entity-type=1',
      'entity-role=4',
      'entity-type=http://terminology.hl7.org/CodeSystem/audit-entity-type|2',
      `altid=${created?.agent[0]?.altId}`,
      'patient:missing=true',
      'patient:missing=false',
      'altid:missing=true',
      'agent-name=x',
      `action=C&agent=Organization/${hospital.id}&date=2026-03-03`,
      `_id=${created?.id}`,
    ];
    for (const query of queries) {
      const request = parseSearchRequest<AuditEvent>(`AuditEvent?${query}`);
      const expected = all.filter((event) => matches(event, request, query));
      expect({ query, ids: ids(await search(query)) }).toEqual({ query, ids: ids(expected) });
    }
    expect(ids(await search(`entity=Task/${task.id}`))).toHaveLength(3);
    expect(ids(await search(`entity:Task=${task.id}`))).toHaveLength(3);
  });

  test('comes in pages that follow each other, in either order', async () => {
    const all = ids(await search(''));
    const paged = async (query: string): Promise<string[]> => {
      const seen: string[] = [];
      for (let url: string | undefined = `${hub.fhir}/AuditEvent?_count=3&${WRITTEN}&${query}`; url; ) {
        const { body }: Answer<Bundle> = await call<Bundle>('GET', url);
        seen.push(...(body.entry ?? []).map(({ resource }) => resource?.id ?? ''));
        url = body.link?.find(({ relation }) => relation === 'next')?.url;
      }
      return seen;
    };
    expect(await paged('')).toEqual(all);
    expect(await paged('_sort=date')).toEqual(all.toReversed());
    expect(await paged('_sort=-_id')).toEqual(all);
    const { body } = await call<Bundle>('GET', `${hub.fhir}/AuditEvent?_summary=count&${WRITTEN}`);
    expect([body.total, body.entry]).toEqual([all.length, undefined]);
  });

  test('is searched by POST too, and inside a batch', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = await call('POST', `${hub.fhir}/AuditEvent/_search`, { headers, body: 'action=D' });
    expect(found(form)).toHaveLength(1);
    const entry = [{ request: { method: 'GET', url: 'AuditEvent?action=D' } }];
    const { body } = await call<Bundle>('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'batch', entry } });
    expect((body.entry?.[0]?.resource as Bundle | undefined)?.entry).toHaveLength(1);
  });

  test('says in the metadata that it can be read and searched, and what by', async () => {
    const { body } = await call<CapabilityStatement>('GET', `${hub.fhir}/metadata`);
    const audit = body.rest?.[0]?.resource?.find(({ type }) => type === 'AuditEvent');
    expect(audit?.interaction?.map(({ code }) => code)).toEqual(['read', 'search-type']);
    for (const { name } of audit?.searchParam ?? []) {
      const { status } = await call('GET', `${hub.fhir}/AuditEvent?${name}=2026`, {
        headers: { prefer: 'handling=strict' },
      });
      expect([name, status]).toEqual([name, 200]);
    }
    expect(audit?.searchParam?.length).toBeGreaterThan(10);
  });

  const event = { resourceType: 'AuditEvent' };
  const READ_ONLY =
    'The audit is written by this hub and cannot be changed. AuditEvents can be read and searched, nothing else.';
  const PATCH = { 'content-type': 'application/json-patch+json' };
  test.each<BadRequest>([
    ['create', 'POST /fhir/R4/AuditEvent', { body: event }, 405, READ_ONLY],
    ['update', 'PUT /fhir/R4/AuditEvent/1', { body: { ...event, id: '1' } }, 405, READ_ONLY],
    ['conditional update', 'PUT /fhir/R4/AuditEvent?action=C', { body: event }, 405, READ_ONLY],
    ['patch', 'PATCH /fhir/R4/AuditEvent/1', { body: [], headers: PATCH }, 405, READ_ONLY],
    ['delete', 'DELETE /fhir/R4/AuditEvent/1', {}, 405, READ_ONLY],
    ['conditional delete', 'DELETE /fhir/R4/AuditEvent?action=C', {}, 405, READ_ONLY],
    ['history', 'GET /fhir/R4/AuditEvent/1/_history', {}, 405, READ_ONLY],
    [
      'in a transaction',
      'POST /fhir/R4',
      { body: bundle({ request: { method: 'POST', url: 'AuditEvent' }, resource: event }) },
      405,
      READ_ONLY,
      'Bundle.entry[0]',
    ],
    [
      'a modifier',
      'GET /fhir/R4/AuditEvent?action:above=C',
      {},
      400,
      'The search parameter "action:above" cannot be used so. The modifier :above is not supported here.',
    ],
    [
      'a chain',
      'GET /fhir/R4/AuditEvent?patient.name=x',
      {},
      400,
      'The search parameter "patient.name" cannot be used so. It is not searched through another resource.',
    ],
    [
      'a date that is none',
      'GET /fhir/R4/AuditEvent?date=soon',
      {},
      400,
      'The search parameter "date" cannot be used so. Its value is not a FHIR date, e.g. 2026-11-22 or 2026-11-22T10:00:00Z.',
    ],
    [
      'another order',
      'GET /fhir/R4/AuditEvent?_sort=agent',
      {},
      400,
      'Audit events are sorted by date, _lastUpdated or _id, with a - before it for the latest first.',
    ],
    [
      'a cursor of another',
      'GET /fhir/R4/AuditEvent?_cursor=x',
      {},
      400,
      'This _cursor is not one of a link this server gave. Follow the links of a search result as they are.',
    ],
    [
      'what it does not know, when strict',
      'GET /fhir/R4/AuditEvent?colour=red',
      { headers: { prefer: 'handling=strict' } },
      400,
      'The search parameter "colour" is not known for AuditEvent.',
    ],
  ])('refuses %s', (...request) => expectRefusal(hub, request));
});

function ids(events: readonly AuditEvent[]): string[] {
  return events.map(({ id }) => id ?? '');
}

/** What the engine does not do itself: a missing value, and the version in a reference. */
function matches(
  event: AuditEvent,
  request: ReturnType<typeof parseSearchRequest<AuditEvent>>,
  query: string,
): boolean {
  const [, code, value] = /^([\w-]+):missing=(\w+)$/.exec(query) ?? [];
  if (code === 'patient') return event.entity?.some(({ role }) => role?.code === '1') !== (value === 'true');
  if (code === 'altid') return (event.agent[0]?.altId !== undefined) !== (value === 'true');
  return matchesSearchRequest(event, request);
}
