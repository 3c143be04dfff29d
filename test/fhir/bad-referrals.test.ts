import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Task } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';
import { expectRefused } from './refusal.ts';

type StoredTask = Task & { id: string };
type Change = Partial<Task>;

const SENDER =
  'The requester is not an organization this hub knows. Refer to the Organization (or PractitionerRole) that is registered here.';
const RECEIVER =
  'The owner is not an organization this hub knows. Address the hub itself (Organization/careloop), or an agency that is registered here.';
const FOCUS = 'A referral says what is asked: focus must be a ServiceRequest on this hub. Send it in the same Bundle.';
const FIXED = 'This element says what the Task is about and cannot change. Leave it as it was, or send a new referral.';
const FROM_REQUESTED = 'From requested the owner may go to: accepted, rejected, in-progress, completed, cancelled.';

/** What is wrong with the Task of a referral, and where. */
const REFERRALS: readonly (readonly [string, Change, number, string | RegExp, string])[] = [
  ['by somebody unknown', { requester: { reference: 'Organization/nobody' } }, 422, SENDER, 'requester'],
  ['by somebody with a name only', { requester: { display: 'The ward' } }, 422, SENDER, 'requester'],
  [
    'by another organization than the caller',
    { requester: { reference: 'Organization/careloop' } },
    403,
    'The requester is not your organization.',
    'requester',
  ],
  ['to somebody unknown', { owner: { reference: 'Organization/nobody' } }, 422, RECEIVER, 'owner'],
  ['to a person', { owner: { reference: 'urn:uuid:5b1f4f6e-0000-4000-8000-000000000001' } }, 422, RECEIVER, 'owner'],
  ['for nothing', { focus: { reference: 'ServiceRequest/nothing' } }, 422, FOCUS, 'focus'],
  [
    'for a person instead of a service',
    { focus: { reference: 'urn:uuid:5b1f4f6e-0000-4000-8000-000000000001' } },
    422,
    FOCUS,
    'focus',
  ],
  [
    'of another person than the request',
    { for: { reference: 'Patient/other' } },
    422,
    'The Task is for one person and its ServiceRequest about another.',
    'for',
  ],
  [
    'that is accepted already',
    { status: 'accepted' },
    422,
    /^A new referral Task is draft or requested, not accepted\. Create it as requested/,
    'status',
  ],
  [
    'that is a part of another',
    { partOf: [{ reference: 'Task/other' }] },
    422,
    'The parts of a referral are made by the hub. Send the referral itself, without partOf.',
    'partOf',
  ],
];

describe.each(databaseKinds())('nothing is written, and the answer says what is wrong and where (%s):', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let other: Partner;
  let leg: StoredTask;
  beforeAll(async () => {
    hub = await startHub(kind);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
    other = await addPartner(hub, 'Somebody Else');
    await sendReferral(hub, hospital);
    [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?owner=Organization/${agency.id}`)) as [StoredTask];
  });
  afterAll(() => hub?.close());

  const send = (change: Change): (() => ReturnType<typeof call>) => {
    const bundle = referralBundle(hospital) as Bundle;
    Object.assign(bundle.entry?.[2]?.resource ?? {}, change);
    return () => call('POST', hub.fhir, { token: hospital.token, body: bundle });
  };
  const report =
    (by: Partner, change: Change, headers = {}): (() => ReturnType<typeof call>) =>
    () =>
      call('PUT', `${hub.fhir}/Task/${leg.id}`, { token: by.token, body: { ...leg, ...change }, headers });

  test.each(REFERRALS)('a referral %s', async (...[, change, status, text, element]) => {
    await expectRefused(hub, send(change), status, text, `Bundle.entry[2].resource.${element}`);
  });

  test('a referral sent without its Bundle says so of the Task itself', async () => {
    const task = {
      ...referralBundle(hospital).entry?.[2]?.resource,
      focus: { reference: 'ServiceRequest/nothing' },
      for: { reference: leg.for?.reference },
    };
    await expectRefused(
      hub,
      () => call('POST', `${hub.fhir}/Task`, { token: hospital.token, body: task }),
      422,
      FOCUS,
      'Task.focus',
    );
  });

  test('a step the table forbids, with the legal ones', async () => {
    const why = 'The Task is requested and cannot become on-hold. The step does not exist.';
    await expectRefused(hub, report(agency, { status: 'on-hold' }), 422, `${why} ${FROM_REQUESTED}`, 'Task.status');
  });

  test('a status that referrals do not have', async () => {
    const why = 'The Task is requested and cannot become received. "received" is not a status of referral Tasks.';
    await expectRefused(hub, report(agency, { status: 'received' }), 422, `${why} ${FROM_REQUESTED}`, 'Task.status');
  });

  test('a step of the other side', async () => {
    const patch = [{ op: 'replace', path: '/status', value: 'accepted' }];
    const ask = () =>
      call('PATCH', `${hub.fhir}/Task/${leg.partOf?.[0]?.reference?.split('/')[1]}`, {
        token: hospital.token,
        body: patch,
        headers: { 'content-type': 'application/json-patch+json' },
      });
    await expectRefused(
      hub,
      ask,
      422,
      /^The Task is requested and cannot become accepted\. The other side does that\./,
      'Task.status',
    );
  });

  test.each(['rejected', 'cancelled'] as const)('%s without a reason', async (status) => {
    const text = `A Task that becomes ${status} needs statusReason.text: say why, for the person who asked.`;
    await expectRefused(hub, report(agency, { status }), 422, text, 'Task.statusReason');
  });

  test('another owner and another focus, both named', async () => {
    const change = {
      owner: { reference: `Organization/${other.id}` },
      focus: { reference: 'ServiceRequest/other' },
      status: 'accepted' as const,
    };
    await expectRefused(hub, report(agency, change), 422, FIXED, 'Task.focus');
    const { body } = await report(agency, change)();
    expect((body as { issue: { expression: string[] }[] }).issue.map(({ expression }) => expression[0])).toEqual([
      'Task.focus',
      'Task.owner',
    ]);
  });

  test('an update by an organization that has no part in it', async () => {
    const nowhere = /^There is no Task\/.* here\./;
    await expectRefused(hub, report(other, { status: 'accepted' }), 405, nowhere);
    await expectRefused(hub, report(hospital, { status: 'cancelled', statusReason: { text: 'x' } }), 405, nowhere);
    // Were it shown to them, they might not change it either.
    await hub.deps.db.query(`UPDATE resource SET readers = readers || $2 WHERE type = 'Task' AND id = $1`, [
      leg.id,
      [other.id, hospital.id],
    ]);
    const text = 'Only the organization that asked and the one that was asked may change this Task.';
    await expectRefused(hub, report(other, { status: 'accepted' }), 403, text, 'Task');
    await expectRefused(hub, report(hospital, { status: 'cancelled', statusReason: { text: 'x' } }), 403, text, 'Task');
  });

  test('an update of a version that is not the last', async () => {
    await expectRefused(
      hub,
      report(agency, { status: 'accepted' }, { 'if-match': 'W/"7"' }),
      412,
      /^You changed version 7 of Task\/.*, which is now at version 1\./,
    );
  });

  test('the removal of a referral', async () => {
    const text = 'A referral is never deleted. Set its status to entered-in-error, or cancel it.';
    await expectRefused(
      hub,
      () => call('DELETE', `${hub.fhir}/Task/${leg.id}`, { token: agency.token }),
      422,
      text,
      'Task',
    );
  });

  test('an update that is not FHIR', async () => {
    await expectRefused(
      hub,
      report(agency, { status: 'done' as Task['status'] }),
      400,
      '"done" is not a code of the value set http://hl7.org/fhir/ValueSet/task-status. Use one of: draft, requested, received, accepted, rejected, ready, cancelled, in-progress, on-hold, failed, completed, entered-in-error.',
      'Task.status',
    );
  });

  test('an update to a status that referrals do not have', async () => {
    await expectRefused(
      hub,
      report(agency, { status: 'received' }),
      422,
      /"received" is not a status of referral Tasks/,
      'Task.status',
    );
  });

  test('what a partner may not do at all', async () => {
    const text = 'Only people at the hub may do this.';
    const { token } = hospital;
    await expectRefused(
      hub,
      () => call('POST', `${hub.url}/api/clients`, { token, body: { name: 'x', organizationId: hospital.id } }),
      403,
      text,
    );
    await expectRefused(
      hub,
      () => call('POST', `${hub.url}/api/loops/${leg.id}/offers`, { token, body: { organizationId: agency.id } }),
      403,
      text,
    );
  });

  test('a step out of an end', async () => {
    const ended = await done<Task>(report(agency, { status: 'rejected', statusReason: { text: 'No room' } })());
    const ask = () =>
      call('PUT', `${hub.fhir}/Task/${leg.id}`, { token: agency.token, body: { ...ended, status: 'accepted' } });
    await expectRefused(
      hub,
      ask,
      422,
      /^The Task is rejected and cannot become accepted\. rejected is final\. To ask again, send a new referral/,
      'Task.status',
    );
  });
});
