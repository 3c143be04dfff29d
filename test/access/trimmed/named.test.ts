import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Communication, Condition, Resource, Task } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { withoutNames } from '../../../src/fhir/sharing/trimming/unnamed.ts';
import { kickOff, linesOf, manifestAt } from '../../fhir/exports.ts';
import { call, done, found } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { type FhirInbox, startFhirInbox } from '../../support/fhir-inbox.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner, type Partner } from '../../support/network.ts';
import { TAG } from '../../unit/fhir/sharing/cases-of-subsets.ts';
import { UNNAMED, UNNAMED_SHOWN } from '../../unit/fhir/sharing/unnamed-cases.ts';
import { BY_HAND, fire } from '../../workers/late-loops.ts';
import { policyOf } from './clients.ts';
import { CALLED, NARRATIVE, namingReferral, SSN } from './naming.ts';

/** Values as resources have them, made of what names clients and of what looks like it. */
function anything(): fc.Arbitrary<[element: string, value: unknown]> {
  const element = fc.constantFrom('subject', 'for', 'code', 'note', 'contained', 'evidence');
  const text = fc.constantFrom(
    'Patient',
    'Person',
    'Organization/o',
    'Patient/p',
    '#p',
    'a Person/x',
    '"display": {}',
    SSN.system,
  );
  const name = fc.constantFrom(
    ...[
      'display',
      '_display',
      'identifier',
      '_identifier',
      'reference',
      'type',
      'resourceType',
      'text',
      'system',
      'id',
    ],
    ...['subject', 'patient', 'for', 'code', 'item'],
  );
  const { value } = fc.letrec<{ value: unknown; inner: unknown; object: Record<string, unknown> }>((tie) => ({
    object: fc.dictionary(name, tie('inner')).map(asResource),
    value: fc.oneof({ depthSize: 'small' }, text, fc.array(tie('inner'), { maxLength: 3 }), tie('object')),
    inner: fc.oneof({ depthSize: 'small' }, text, tie('value')),
  }));
  return fc.tuple(element, value);
}

/** As it may be valid: what is a text is one, a narrative is an object, and what says its type is a resource with an id. */
function asResource(made: Record<string, unknown>): Record<string, unknown> {
  const texts = ['reference', 'type', 'system', 'resourceType'].filter((name) => name in made);
  const said = { ...made, ...Object.fromEntries(texts.map((name) => [name, `${made[name]}`])) };
  const narrative = Array.isArray(made.text) ? { text: { div: made.text } } : {};
  return { ...said, ...narrative, ...('resourceType' in made ? { id: 'x' } : {}) };
}

const [kind = 'embedded'] = databaseKinds().toReversed();

describe('a client whose name who is asked is not shown', () => {
  let hub: TestHub;
  let hospital: Partner;
  let pushed: Partner;
  let inbox: FhirInbox;

  beforeAll(async () => {
    inbox = await startFhirInbox();
    hub = await startHub(kind, { workers: true, settings: { ...BY_HAND, POLICIES_DIR: policyOf(['gender']) } });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    const { address } = inbox;
    pushed = await addPartner(hub, 'Wheels', { address });
  });
  afterAll(async () => {
    await closeHealthy(hub);
    inbox?.close();
  });

  const textAt = async (path: string, { token }: Partner): Promise<string> => {
    const headers = { 'content-type': 'application/fhir+json', authorization: `Bearer ${token}` };
    const response = await fetch(path.startsWith('/') ? `${hub.url}${path}` : `${hub.fhir}/${path}`, { headers });
    return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
  };

  test('is not named by what its sender has written beside the record, by no door, to who is not shown the name', async () => {
    const body = namingReferral(hospital, pushed);
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body }));
    const names = (answer.entry ?? []).map(({ response }) => response?.location?.split('/_history')[0] ?? '');
    const nameOf = (type: string): string => names.find((each) => each.startsWith(`${type}/`)) ?? '';
    const [root, reason, at] = [nameOf('Task'), nameOf('Condition'), nameOf('ServiceRequest')];
    const doors = [
      ...[
        root,
        reason,
        at,
        nameOf('DocumentReference'),
        `${root}/_history`,
        `${reason}/_history/1`,
        `${reason}?_format=xml`,
      ],
      `Task?_id=${root.split('/')[1]}&_include=*&_include:iterate=*`,
      ...['Condition?code:text=Hunger', '/api/loops', `/api/loops/${root.split('/')[1]}`],
      `Patient/${nameOf('Patient').split('/')[1]}/$everything`,
    ];
    for (const door of doors) {
      const said = await textAt(door, pushed);
      expect([door, said.slice(0, 3), said.match(/Unspoken|900-11/)]).toEqual([door, '200', null]);
    }
    const { statusUrl } = await kickOff(`${hub.fhir}/$export?_type=Condition,Task,ServiceRequest`, pushed.token);
    const lines = JSON.stringify(await linesOf((await manifestAt(statusUrl, pushed.token)).output, pushed.token));
    expect([lines.includes(reason.split('/')[1] ?? ''), lines.match(/Unspoken|900-11/)]).toEqual([true, null]);
    await eventually(() => expect(inbox.received.join()).toContain(root.split('/')[1]));
    expect(inbox.received.join()).not.toMatch(/Unspoken|900-11/);
    // What identifies the client is not found out by trying either.
    const tried = `Condition?subject:identifier=${SSN.system}|${SSN.value}`;
    expect(found(await call<Bundle>('GET', `${hub.fhir}/${tried}`, { token: pushed.token }))).toEqual([]);
    expect(found(await call<Bundle>('GET', `${hub.fhir}/${tried}`, { token: hospital.token }))).toHaveLength(1);
    for (const by of [hospital, undefined]) {
      const whole = await done<Condition>(call('GET', `${hub.fhir}/${reason}`, { token: by?.token }));
      expect(whole).toMatchObject({ subject: { display: CALLED, identifier: SSN } });
      expect(whole.meta?.tag).toBeUndefined();
    }
    // What it has of its Task it sends back, and what it is not shown stays.
    const own = await done<Task>(call('GET', `${hub.fhir}/${root}`, { token: pushed.token }));
    expect(own).toMatchObject({ for: { type: 'Patient' }, meta: { tag: [TAG] } });
    const { text: _text, ...accepted } = { ...own, status: 'accepted' };
    await done(call('PUT', `${hub.fhir}/${root}`, { token: pushed.token, body: accepted }));
    const after = await done<Task>(call('GET', `${hub.fhir}/${root}`, { token: hospital.token }));
    expect(after).toMatchObject({ status: 'accepted', for: { display: CALLED }, text: NARRATIVE });
    expect(after.note).toMatchObject([{ authorReference: { display: CALLED } }]);
    expect(after.meta?.tag).toBeUndefined();
  });

  test('is not named by messages, reminders or requests to wait either, and who answers them takes nothing away', async () => {
    const answer = await done<Bundle>(
      call('POST', hub.fhir, { token: hospital.token, body: namingReferral(hospital, pushed) }),
    );
    const names = (answer.entry ?? []).map(({ response }) => response?.location?.split('/_history')[0] ?? '');
    const root = names.find((each) => each.startsWith('Task/')) ?? '';
    const loop = root.split('/')[1] ?? '';
    const subject = { reference: names.find((each) => each.startsWith('Patient/')) ?? '', display: CALLED };
    const say = (by: Partner, more: object): Promise<Communication & { id: string }> => {
      const body = { resourceType: 'Communication', status: 'completed', about: [{ reference: root }], ...more };
      return done<Communication>(call('POST', `${hub.fhir}/Communication`, { token: by.token, body }));
    };
    const contentString = 'Is Tuesday good?';
    // One says whom it is of, of the other the hub does.
    const said = [await say(hospital, { subject, payload: [{ contentString }] })];
    said.push(await say(hospital, { payload: [{ contentString: 'Or Friday?' }] }));
    await eventually(() => expect(inbox.received.join()).toContain('Or Friday?'));
    // As if nobody had decided in time.
    await hub.deps.db.query(`UPDATE deadline SET at = now() - interval '1 second' WHERE loop_id = $1`, [loop]);
    expect(await fire(hub)).toBe(1);
    await eventually(() => expect(inbox.received.join()).toContain('"reminder"'));
    const [reminder] = found(await call<Bundle>('GET', `${hub.fhir}/Communication?about=${root}&category=reminder`));
    expect(reminder).toMatchObject({ subject: { display: CALLED } });
    const own = await done<Task>(call('GET', `${hub.fhir}/${root}`, { token: pushed.token }));
    await done(call('PUT', `${hub.fhir}/${root}`, { token: pushed.token, body: { ...own, status: 'accepted' } }));
    const code = { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'suspend' }] };
    const request = { resourceType: 'Task', status: 'requested', intent: 'order', code, focus: { reference: root } };
    const body = { ...request, for: subject, reasonCode: { text: 'Away for a week' } };
    const stop = await done<Task>(call('POST', `${hub.fhir}/Task`, { token: hospital.token, body }));
    expect(inbox.received.join()).not.toMatch(/Unspoken|900-11/);
    for (const door of [
      ...[...said, reminder].map((each) => `Communication/${each?.id}`),
      `Communication?about=${root}&_include=*`,
      `/api/loops/${loop}/messages`,
      `/api/loops/${loop}`,
      `Task/${stop.id}`,
      `Task?focus=${root}`,
    ]) {
      const told = await textAt(door, pushed);
      expect([door, told.slice(0, 3), told.match(/Unspoken|900-11/)]).toEqual([door, '200', null]);
    }
    for (const { id } of said) {
      const part = await done<Communication>(call('GET', `${hub.fhir}/Communication/${id}`, { token: pushed.token }));
      const body = { ...part, received: '2026-03-02T10:00:00Z' };
      await done(call('PUT', `${hub.fhir}/Communication/${id}`, { token: pushed.token, body }));
      const whole = await done<Communication>(
        call('GET', `${hub.fhir}/Communication/${id}`, { token: hospital.token }),
      );
      expect(whole).toMatchObject({ received: body.received, subject: { display: CALLED } });
      expect(whole.meta?.tag).toBeUndefined();
    }
    const asked = await done<Task>(call('GET', `${hub.fhir}/Task/${stop.id}`, { token: pushed.token }));
    expect([asked.for, asked.meta?.tag]).toEqual([{ reference: subject.reference, type: 'Patient' }, [TAG]]);
    const no = { ...asked, status: 'rejected', statusReason: { text: 'It is on its way' } };
    await done(call('PUT', `${hub.fhir}/Task/${stop.id}`, { token: pushed.token, body: no }));
    const whole = await done<Task>(call('GET', `${hub.fhir}/Task/${stop.id}`, { token: hospital.token }));
    expect(whole).toMatchObject({ status: 'rejected', for: { display: CALLED } });
    expect(whole.meta?.tag).toBeUndefined();
  });

  test('is unnamed by statements as by everything else', async () => {
    for (const each of UNNAMED) {
      const [row] = await hub.deps.db.query<{ left: Resource }>('SELECT subsetted($1::json, $2::text[]) AS left', [
        JSON.stringify(each.said),
        UNNAMED_SHOWN,
      ]);
      expect({ name: each.name, left: row?.left }).toEqual({ name: each.name, left: each.left });
    }
  });

  test('is unnamed by statements as by everything else, whatever stands where', async () => {
    const said = fc.sample(anything(), { numRuns: 3_000, seed: 7 });
    const shown = ['*', `identifier|${SSN.system}`];
    const rows = await hub.deps.db.query<{ left: unknown }>(
      `SELECT without_names(said ->> 0, said -> 1, $2::text[]) AS left FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS t(said, at) ORDER BY at`,
      [JSON.stringify(said), shown],
    );
    const left = said.map(([element, value]) => withoutNames(value, shown, element));
    expect(rows.map((row) => row.left)).toEqual(left.map((each) => each ?? null));
    // It is not all the same: of some something is taken, and of some nothing is left.
    const [cut, gone] = [left.filter((each, at) => each !== said[at]?.[1]), left.filter((each) => each === undefined)];
    expect([cut.length, gone.length].map((count) => count > 20)).toEqual([true, true]);
  });
});
