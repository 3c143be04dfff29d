import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Procedure, Task } from '@medplum/fhirtypes';
import { type Clinic, startClinic } from '../partners/clinic.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { ownServers } from '../workers/own-servers.ts';

const DAY_MS = 24 * 3_600_000;

describe('an outcome on the server of a partner', () => {
  let hub: TestHub;
  let clinic: Clinic;
  let hospital: Partner;
  let agency: Partner;
  const { sql, loop, ask, turnOf, findings, offeredAt } = ownServers(() => hub);

  beforeAll(async () => {
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true });
    clinic = await startClinic();
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'A Clinic', { address: clinic.base, category: 'food-insecurity' });
  });
  afterAll(async () => {
    await closeHealthy(hub);
    await clinic?.close();
  });

  test('is added and corrected after the loop is closed: it is asked for rarely, for a time', async () => {
    const { id, task } = await offeredAt(clinic, hospital);
    const write = (text: string): string =>
      clinic.keep({
        resourceType: 'Procedure',
        id: 'boxes',
        status: 'completed',
        code: { text },
        subject: { reference: task.for?.reference ?? '' },
      });
    write('Four boxes');
    const output = [{ type: { text: 'done' }, valueReference: { reference: 'Procedure/boxes' } }];
    clinic.change(task.id, { status: 'completed', output });
    await ask(agency);
    await done(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
    await eventually(async () => expect(await loop(id)).toMatchObject({ state: 'closed' }));
    await ask(agency);
    expect((await turnOf(agency)).at?.getTime()).toBeGreaterThan(Date.now() + DAY_MS / 2);

    write('Five boxes');
    await ask(agency);
    const had = async (): Promise<string[]> =>
      found<Procedure>(await call('GET', `${hub.fhir}/Procedure?_source=${clinic.base}/Procedure/boxes`)).map(
        ({ code }) => code?.text ?? '',
      );
    expect(await had()).toEqual(['Five boxes']);
    const more = { type: { text: 'done' }, valueString: 'And a blanket' };
    clinic.change(task.id, { output: [...output, more] });
    await ask(agency);
    const root = await done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
    expect(root.output).toEqual([expect.objectContaining({ valueReference: expect.anything() }), more]);
    expect(await loop(id)).toMatchObject({ state: 'closed', status: 'completed' });
    clinic.change(task.id, { status: 'failed', statusReason: { text: 'She moved' } });
    await ask(agency);
    expect(await findings(id)).toMatchObject([
      { text: expect.stringContaining('completed is final'), resolved: false },
    ]);

    await sql('UPDATE counterpart SET late_until = $1 WHERE organization_id = $2', [new Date(), agency.id]);
    clinic.questions.length = 0;
    await ask(agency);
    expect(await turnOf(agency)).toMatchObject({ at: null, code: 'nothing-to-ask' });
    expect(clinic.questions).toEqual([]);
    expect(await findings(id)).toMatchObject([{ resolved: true }]);
  });

  test('is found by what it is based on, where the Task does not list it: its own, and of this client only', async () => {
    const { id, task } = await offeredAt(clinic, hospital);
    const focus = task.focus?.reference ?? '';
    const write = (text: string, basedOn: string, subject = task.for?.reference ?? ''): string =>
      clinic.keep({
        resourceType: 'Procedure',
        status: 'completed',
        code: { text },
        subject: { reference: subject },
        basedOn: [{ reference: basedOn }],
      });
    write('Something else', 'ServiceRequest/own');
    clinic.change(task.id, { status: 'completed' });
    clinic.mood.ignores = ['based-on'];
    clinic.questions.length = 0;
    await ask(agency);
    expect(await loop(id)).toMatchObject({ nextStep: { step: 'report-outcome' } });
    const based = clinic.questions.filter((each) => each.includes('based-on'));
    expect(based.map((each) => each.split('?')[0]?.split('/').at(-1))).toEqual([
      'Procedure',
      'Observation',
      'QuestionnaireResponse',
    ]);
    for (const each of based) expect(each).not.toMatch(/patient|subject/i);

    const other = write('Of somebody else', focus, 'Patient/own-9');
    await ask(agency);
    await ask(agency);
    expect(await findings(id)).toMatchObject([{ code: 'fetch.other-client', resolved: false }]);
    clinic.mood.ignores = [];
    const mine = write('Ten hot meals', focus);
    await ask(agency);
    await done(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
    await eventually(async () =>
      expect(await loop(id)).toMatchObject({ state: 'closed', outcome: { code: 'services-provided' } }),
    );
    const taken = found<Procedure>(await call('GET', `${hub.fhir}/Procedure?_source:below=${clinic.base}`));
    const sources = taken.map(({ meta }) => meta?.source);
    expect(sources).toContain(`${clinic.base}/${mine}`);
    expect(sources).not.toContain(`${clinic.base}/${other}`);
    expect(taken.map(({ code }) => code?.text)).not.toContain('Something else');
  });

  test('that cannot be taken waits for a case manager, until it is corrected, or said in another way', async () => {
    const { id, task } = await offeredAt(clinic, hospital);
    const here = `${hub.fhir}/Task/${task.meta?.source?.split('/').at(-1)}`;
    const awaited = async (): Promise<string | undefined> => (await loop(id)).nextStep?.step;
    clinic.change(task.id, { status: 'rejected' });
    await ask(agency);
    expect((await loop(id)).nextStep).toMatchObject({
      step: 'resolve-answer',
      waitingOn: { kind: 'case-manager', party: null },
    });
    const due = await sql('SELECT step, waiting_on AS on, whats FROM deadline WHERE loop_id = $1', [id]);
    expect(due).toEqual([{ step: 'resolve-answer', on: 'case-manager', whats: ['worklist', 'supervisor'] }]);
    await ask(agency);
    expect(await awaited()).toBe('resolve-answer');

    const current = await done<Task>(call('GET', here, { token: agency.token }));
    await done(call('PUT', here, { token: agency.token, body: { ...current, status: 'accepted' } }));
    expect(await awaited()).toBe('first-contact');
    expect(await findings(id)).toMatchObject([{ resolved: false }]);
    clinic.change(task.id, { note: [{ text: 'Full' }] });
    await ask(agency);
    expect(await awaited()).toBe('resolve-answer');

    clinic.change(task.id, { status: 'in-progress' });
    await ask(agency);
    expect(await awaited()).toBe('progress');
    expect(await findings(id)).toMatchObject([{ resolved: true }]);
  });

  test('that is none ends with the loop, and stops nothing that is asked later', async () => {
    const { id, task } = await offeredAt(clinic, hospital);
    const here = `${hub.fhir}/Task/${task.meta?.source?.split('/').at(-1)}`;
    clinic.change(task.id, { status: 'completed', output: [null] as unknown as NonNullable<Task['output']> });
    await ask(agency);
    expect(await findings(id)).toMatchObject([{ resolved: false }]);
    const current = await done<Task>(call('GET', here, { token: agency.token }));
    const output = [{ type: { text: 'done' }, valueString: 'Ten hot meals' }];
    await done(call('PUT', here, { token: agency.token, body: { ...current, status: 'completed', output } }));
    await done(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
    await eventually(async () => expect(await loop(id)).toMatchObject({ state: 'closed' }));
    for (const _turn of [1, 2]) {
      await ask(agency);
      expect(await turnOf(agency)).toMatchObject({ code: 'asked', failures: 0 });
    }
    expect(await findings(id)).toMatchObject([{ resolved: true }]);
  });
});
