import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Task } from '@medplum/fhirtypes';
import { type Answer, call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { subscriptionTo } from '../support/subscriber.ts';
import { written } from './written.ts';

const HOOK = 'http://127.0.0.1:1/hook';

type Write = 'create' | 'update' | 'delete';
type StoredTask = Task & { id: string };

const METHOD: Readonly<Record<Write, string>> = { create: 'POST', update: 'PUT', delete: 'DELETE' };

describe.each(databaseKinds())('$validate with the mode of a write (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let leg: StoredTask;
  beforeAll(async () => {
    hub = await startHub(kind);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
    const id = await sendReferral(hub, hospital);
    leg = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${id}`))[0] as StoredTask;
    await done(call('POST', `${hub.fhir}/Subscription`, { token: agency.token, body: subscriptionTo(HOOK) }));
  });
  afterAll(() => hub?.close());

  interface Said {
    readonly path: string;
    readonly body?: object;
    readonly token?: string | undefined;
  }

  /** What is said about a write, as `severity code place text`; nothing is written by it. */
  const ask = async (mode: Write, { path, body, token }: Said): Promise<string[]> => {
    const before = await written(hub.deps.db);
    const answer = await call('POST', `${hub.fhir}/${path}/$validate?mode=${mode}`, { body, token });
    expect(await written(hub.deps.db)).toEqual(before);
    expect(answer.status).toBe(200);
    return errorsOf(answer);
  };
  const write = (mode: Write, { path, body, token }: Said): Promise<Answer<unknown>> =>
    call(METHOD[mode], `${hub.fhir}/${path}`, { body, token });
  /** The errors of `$validate`, and those of the write itself, which is refused with a status. */
  const both = async (mode: Write, said: Said): Promise<[number, string[]]> => {
    const asked = await ask(mode, said);
    const refused = await write(mode, said);
    expect(asked).toEqual(errorsOf(refused));
    return [refused.status, asked];
  };

  test('refuses to create what refers to nothing, as the write does', async () => {
    const body = { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: 'Patient/nobody' } };
    expect(await both('create', { path: 'Basic', body })).toEqual([
      422,
      [
        'error not-found Basic.subject.reference There is no Patient/nobody on this hub. Send it in the same Bundle, or create it first.',
      ],
    ]);
    expect(errorsOf(await call('POST', `${hub.fhir}/Basic/$validate`, { body }))).toEqual([]);
  });

  test('says once what is wrong with the resource itself', async () => {
    const body = { resourceType: 'Basic', subject: { reference: 'Patient/nobody' } };
    expect(await both('create', { path: 'Basic', body })).toEqual([
      400,
      ['error required Basic.code code is required. Add it.'],
    ]);
  });

  test('refuses to create a referral that has begun already', async () => {
    const body = { ...leg, status: 'completed' };
    const [status, said] = await both('create', { path: 'Task', body, token: hospital.token });
    expect([status, said]).toEqual([
      422,
      [
        'error business-rule Task.status A new referral Task is draft or requested, not completed. Create it as requested, then report its progress by updates.',
      ],
    ]);
  });

  test('refuses a Task a status that it may not go to', async () => {
    const body = { ...leg, status: 'draft' };
    const [status, [first]] = await both('update', { path: `Task/${leg.id}`, body, token: agency.token });
    expect([status, first]).toEqual([422, expect.stringMatching(/^error business-rule Task\.status /)]);
  });

  test('lets a Task go where it may, tells nobody, and leaves it as it is', async () => {
    const said = { path: `Task/${leg.id}`, body: { ...leg, status: 'accepted' }, token: agency.token };
    expect(await ask('update', said)).toEqual([]);
    expect(await ask('update', { ...said, path: 'Task' })).toEqual([]);
    expect((await call<Task>('GET', `${hub.fhir}/Task/${leg.id}`)).body.status).toBe('requested');
    expect((await write('update', said)).status).toBe(200);
  });

  test('refuses partners ids of their own', async () => {
    const body = { resourceType: 'Basic', id: 'mine', code: { text: 'x' } };
    const [status, [first]] = await both('update', { path: 'Basic/mine', body, token: agency.token });
    expect([status, first]).toEqual([405, expect.stringContaining('There is no Basic/mine here.')]);
    expect(await ask('update', { path: 'Basic', body })).toEqual([]);
  });

  test('says of an id that is none only that', async () => {
    for (const id of ['a/b', 7, { a: 1 }, 'x\u0000']) {
      const said = await ask('update', { path: 'Basic', body: { resourceType: 'Basic', id, code: { text: 'x' } } });
      expect(said).toEqual([expect.stringMatching(/ Basic\.id /)]);
    }
  });

  test('refuses to delete what others refer to, and lets go what nobody does', async () => {
    const person = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    const body = { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: `Patient/${person.id}` } };
    const about = await done(call('POST', `${hub.fhir}/Basic`, { body }));
    expect(await both('delete', { path: `Patient/${person.id}` })).toEqual([
      409,
      [
        `error conflict Patient/${person.id} is not deleted, because 1 resource refers to it (Basic: 1). Change or delete what refers to it first, or in the same transaction.`,
      ],
    ]);
    expect(await ask('delete', { path: `Basic/${about.id}` })).toEqual([]);
    expect((await write('delete', { path: `Basic/${about.id}` })).status).toBeLessThan(300);
    expect(await both('delete', { path: `Task/${leg.id}`, token: agency.token })).toEqual([
      422,
      [expect.stringContaining('A referral is never deleted.')],
    ]);
  });

  test('refuses a Subscription as it would be refused, and begins none', async () => {
    const path = 'Subscription';
    const topic = 'http://example.org/none';
    const [status] = await both('create', { path, body: subscriptionTo(HOOK, { topic }), token: agency.token });
    expect(status).toBe(422);
    expect(await ask('create', { path, body: subscriptionTo(HOOK), token: agency.token })).toEqual([]);
  });

  test('refuses what only this hub writes', async () => {
    const recorded = { recorded: '2026-01-01T00:00:00Z', type: { code: 'rest' } };
    const agent = [{ requestor: true }];
    const body = { resourceType: 'AuditEvent', ...recorded, agent, source: { observer: { display: 'x' } } };
    expect((await both('create', { path: 'AuditEvent', body }))[0]).toBe(405);
    const parameters = {
      resourceType: 'Parameters',
      parameter: [{ name: 'resource', resource: { resourceType: 'Parameters' } }],
    };
    expect(await ask('create', { path: 'Parameters', body: parameters })).toEqual([expect.stringMatching(/^error /)]);
  });
});

function errorsOf({ body }: Answer<unknown>): string[] {
  return (body as OperationOutcome).issue
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ severity, code, expression, details }) =>
      [severity, code, expression?.[0], details?.text].filter((each) => each !== undefined).join(' '),
    );
}
