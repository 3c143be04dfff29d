import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { manifestAt } from './exports.ts';
import { expectRefused } from './refusal.ts';

const APART =
  'The audit is kept apart from other resources, and searched by itself only: ask at AuditEvent, or at Patient/id/AuditEvent for what concerns a patient.';

/** It has entries of the patient: an empty answer would say there are none. */
describe.each(databaseKinds())('the audit, named in a search of something else (%s)', (kind) => {
  let hub: TestHub;
  let patient: string;
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true });
    patient = (await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id;
  });
  afterAll(() => hub?.close());

  test.each([
    '?_type=AuditEvent',
    '?_type=Patient,AuditEvent',
    'Patient/@/*?_type=AuditEvent',
    'Patient?_has:AuditEvent:patient:action=C',
    'Observation?patient._has:AuditEvent:patient:action=C',
    'Patient?_revinclude=AuditEvent:patient',
    'Patient?_revinclude:iterate=AuditEvent:*',
    'List?item:AuditEvent.action=C',
    'List?_include=List:item:AuditEvent',
    'Patient/@/$everything?_type=AuditEvent',
  ])('GET %s is refused', async (query) => {
    await expectRefused(hub, () => call('GET', `${hub.fhir}/${query.replace('@', patient)}`), 400, APART);
  });

  test('is not exported, which is said, or noted where leniency is asked for', async () => {
    const refused = await call<OperationOutcome>('GET', `${hub.fhir}/$export?_type=Patient,AuditEvent`, {
      headers: { prefer: 'respond-async' },
    });
    const text =
      'The audit is kept apart from other resources, and not exported. Leave AuditEvent out of _type, and search it.';
    expect([refused.status, refused.body.issue[0]?.details?.text]).toEqual([400, text]);
    for (const [types, wanted] of [
      ['Patient,AuditEvent', ['Patient']],
      ['AuditEvent', []],
    ] as const) {
      const answer = await call('GET', `${hub.fhir}/$export?_type=${types}`, {
        headers: { prefer: 'respond-async, handling=lenient' },
      });
      const { output, error } = await manifestAt(answer.headers.get('content-location') ?? '');
      expect(output.map(({ type }) => type)).toEqual(wanted);
      expect(error).toHaveLength(1);
    }
  });

  test('what only stands in bodies is no type of an export', async () => {
    const answer = await call('GET', `${hub.fhir}/$export?_type=Parameters`, { headers: { prefer: 'respond-async' } });
    expect(answer.status).toBe(400);
  });
});
