import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Procedure, Task } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { type FhirInbox, startFhirInbox } from '../support/fhir-inbox.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { legNetwork } from './legs/leg-network.ts';

describe.each(databaseKinds())('what was done, on the %s store,', (store) => {
  let hub: TestHub;
  let inbox: FhirInbox;
  let pushed: Partner;
  let hospital: Partner;
  let agency: Partner;
  const { loop, legOf, read, say } = legNetwork(() => hub);
  beforeAll(async () => {
    hub = await startHub(store, { workers: true });
    inbox = await startFhirInbox();
    pushed = await addPartner(hub, 'Pushed Hospital', { address: inbox.address });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
  });
  afterAll(async () => {
    await closeHealthy(hub);
    inbox.close();
  });

  const write = async (leg: Task, text: string, more: Partial<Procedure> = {}): Promise<Procedure & { id: string }> => {
    const basedOn = [leg.focus];
    const body = { resourceType: 'Procedure', status: 'completed', code: { text }, subject: leg.for, basedOn, ...more };
    return done<Procedure>(call('POST', `${hub.fhir}/Procedure`, { token: agency.token, body }));
  };
  const correct = (procedure: Procedure, to: Partial<Procedure>): Promise<unknown> =>
    done(call('PUT', `${hub.fhir}/Procedure/${procedure.id}`, { token: agency.token, body: { ...procedure, ...to } }));
  const closed = (id: string, outcome: object): Promise<void> =>
    eventually(async () => expect(await loop(id)).toMatchObject({ state: 'closed', outcome }));
  const reasons = async (id: string): Promise<string[]> =>
    (await loop(id)).timeline.flatMap((entry) => (entry.kind === 'status' ? (entry.reason ?? []) : []));

  test('is told again where it is corrected after the end, and the loop is open until the sender knows that', async () => {
    const id = await sendReferral(hub, pushed);
    const procedure = await write(await legOf(id, agency), 'Groceries');
    await say(id, agency, { status: 'completed' });
    await closed(id, { code: 'services-provided', text: 'Groceries' });
    const heard = (): string[] => inbox.received.filter((each) => each.includes('"completed"'));
    const once = heard().length;
    // The same once more is no correction.
    await correct(procedure, {});
    await correct(procedure, { code: { text: 'Groceries and a cooker' } });
    await eventually(() => expect(heard()).toHaveLength(once + 1));
    expect(heard().at(-1)).toContain('Groceries and a cooker');
    await closed(id, { code: 'services-provided', text: 'Groceries and a cooker' });
    expect(await reasons(id)).toEqual([`Corrected: Procedure/${procedure.id}`]);
    const root = await read(id, pushed);
    expect(root.output).toHaveLength(1);
    // Who sends its Task as it had read it does not bring back what it had listed.
    await say(id, agency, {
      output: [{ type: { text: 'Done' }, valueReference: { reference: `Procedure/${procedure.id}` } }],
    });
    expect((await read(id, pushed)).output).toEqual(root.output);
  });

  test('is told to a sender that asks, too, by a new version of its Task', async () => {
    const id = await sendReferral(hub, hospital);
    const procedure = await write(await legOf(id, agency), 'Groceries');
    await say(id, agency, { status: 'completed' });
    const before = await read(id, hospital);
    await closed(id, { text: 'Groceries' });
    await correct(procedure, { performedDateTime: '2026-11-28' });
    expect(await loop(id)).toMatchObject({ state: 'open', nextStep: { step: 'confirm-closing' } });
    const news = found<Task>(
      await call('GET', `${hub.fhir}/Task?_id=${id}&_lastUpdated=gt${before.meta?.lastUpdated}`, {
        token: hospital.token,
      }),
    );
    expect(news).toHaveLength(1);
    await closed(id, { text: 'Groceries' });
  });

  test('was not done where it was entered in error, and whoever was told so is told that', async () => {
    const id = await sendReferral(hub, hospital);
    const procedure = await write(await legOf(id, agency), 'Groceries');
    await say(id, agency, { status: 'completed' });
    await read(id, hospital);
    await closed(id, { code: 'services-provided' });
    await correct(procedure, { status: 'entered-in-error' });
    expect(await read(id, hospital)).toMatchObject({ output: [{ extension: [{ valueBoolean: true }] }] });
    await closed(id, { code: 'entered-in-error', text: 'Groceries' });
    // What was done in truth is said in its place.
    await write(await legOf(id, agency), 'A voucher');
    await read(id, hospital);
    await closed(id, { code: 'services-provided', text: 'A voucher' });
  });

  test('is awaited where all that was said was entered in error before the end', async () => {
    const id = await sendReferral(hub, hospital);
    const leg = await legOf(id, agency);
    await write(leg, 'Never done', { status: 'entered-in-error' });
    expect((await legOf(id, agency)).output).toBeUndefined();
    const procedure = await write(leg, 'Groceries');
    await correct(procedure, { status: 'entered-in-error' });
    await say(id, agency, { status: 'completed' });
    expect(await loop(id)).toMatchObject({ status: 'in-progress', nextStep: { step: 'report-outcome' } });
    // It was right after all.
    await correct(procedure, {});
    expect(await read(id, hospital)).toMatchObject({ status: 'completed' });
    await closed(id, { code: 'services-provided', text: 'Groceries' });
  });
});
