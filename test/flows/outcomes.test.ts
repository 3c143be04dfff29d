import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { LoopDetail } from '../../src/loops/api.ts';
import { OUTCOME_CODES } from '../../src/loops/words.ts';
import { call, done } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { consentOf, toOrganization } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { BY_HAND, closingsTried, escalations, fire } from '../workers/late-loops.ts';
import { legNetwork, outcome } from './legs/leg-network.ts';

const MONDAY = '2026-03-02T09:00:00.000Z';
const coded = (code: string): Pick<Task, 'statusReason'> => ({
  statusReason: {
    coding: [{ system: 'https://careloop.dev/fhir/CodeSystem/outcome', code }],
    text: `So it is: ${code}`,
  },
});
const said = (code: string): object => ({ code, text: `So it is: ${code}` });

describe('how a referral ended is coded, by whichever door:', () => {
  const clock = createClock(MONDAY);
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  const { loop, post, legOf, read, put, say } = legNetwork(() => hub);
  beforeAll(async () => {
    const [store = 'embedded' as const] = databaseKinds();
    const settings = { ...BY_HAND, RETRY_SCHEDULE_MS: '60000,86400000' };
    hub = await startHub(store, { workers: true, now: clock.now, settings });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
    await addPartner(hub, 'Second Pantry', { category: 'food-insecurity' });
  });
  afterAll(() => closeHealthy(hub));

  test.each(OUTCOME_CODES)('a case manager says %s', async (code) => {
    const id = await sendReferral(hub, hospital);
    expect((await post(id, 'close', { outcome: code, text: `So it is: ${code}` })).status).toBe(204);
    expect(await loop(id)).toMatchObject({ outcome: said(code) });
    expect(await read(id, hospital)).toMatchObject(coded(code));
  });

  test.each(['services-provided', 'partially-provided', 'enrolled-ongoing'])(
    'an agency that has done its part says %s, and the sender reads it in its Task',
    async (code) => {
      const id = await sendReferral(hub, hospital);
      await say(id, agency, { status: 'completed', ...outcome('Boxes'), ...coded(code) });
      expect(await loop(id)).toMatchObject({ status: 'completed', outcome: said(code) });
      expect(await read(id, hospital)).toMatchObject({ status: 'completed', ...coded(code) });
    },
  );

  test('what was done that is labelled is read by the sender once another than itself enters a consent', async () => {
    const id = await sendReferral(hub, hospital);
    const leg = await legOf(id, agency);
    const body = {
      resourceType: 'Procedure',
      status: 'completed',
      code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F11.20' }] },
      subject: leg.for,
      basedOn: [leg.focus],
    };
    const { id: procedure } = await done(call('POST', `${hub.fhir}/Procedure`, { token: agency.token, body }));
    const seen = async (): Promise<number> =>
      (await call('GET', `${hub.fhir}/Procedure/${procedure}`, { token: hospital.token })).status;
    const headers = { 'content-type': 'application/json' };
    const question = { resource: `Procedure/${procedure}`, recipient: hospital.id };
    const decided = async (): Promise<unknown> =>
      (await call('POST', `${hub.url}/api/consent/decide`, { body: question, headers })).body;
    const permit = consentOf(leg.for?.reference ?? '', { type: 'permit', actor: toOrganization(hospital.id) });
    const enteredBy = (by: Partner): Promise<{ id: string }> =>
      done(call('POST', `${hub.fhir}/Consent`, { token: by.token, body: permit }));
    const own = await enteredBy(hospital);
    expect(await seen()).toBe(404);
    expect(await decided()).toMatchObject({
      decision: 'wait',
      because: expect.arrayContaining([
        {
          consent: `Consent/${own.id}`,
          provision: 'Consent.provision',
          text: 'It permits nothing to who wrote it down: nobody permits itself. Have the hub, or who discloses it, enter the consent.',
        },
      ]),
    });
    await enteredBy(agency);
    expect([await seen(), await decided()]).toMatchObject([200, { decision: 'permit' }]);
  });

  const REMAINS = 'https://careloop.dev/fhir/StructureDefinition/what-remains';
  const remaining = (text: string): object => ({ extension: [{ url: REMAINS, valueString: text }] });

  test('what remains goes with how it ended: to the sender, the page, and the referral that takes its place', async () => {
    const id = await sendReferral(hub, hospital);
    const body = { outcome: 'partially-provided', text: 'Boxes for a month', remains: ' A stove to cook on ' };
    expect((await post(id, 'close', body)).status).toBe(204);
    expect(await read(id, hospital)).toMatchObject({ statusReason: remaining('A stove to cook on') });
    expect(await loop(id)).toMatchObject({ outcome: { code: 'partially-provided', remains: 'A stove to cook on' } });
    const { body: seen } = await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`, { token: hospital.token });
    expect(seen.outcome).toMatchObject({ remains: 'A stove to cook on' });
    const { body: agencys } = await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`, { token: agency.token });
    expect(JSON.stringify(agencys)).not.toContain('stove');
  });

  test('each agency says what remains of its part, and the sender reads all of it', async () => {
    const id = await sendReferral(hub, hospital, { category: 'homelessness' });
    const more = [await addPartner(hub, 'Fifth'), await addPartner(hub, 'Sixth')];
    await post(id, 'offers', { organizationIds: more.map((each) => each.id), mode: 'parallel' });
    const [fifth, sixth] = more as [Partner, Partner];
    const ended = (reason: string, text: string): Partial<Task> => ({
      statusReason: { ...coded(reason).statusReason, ...remaining(text) },
    });
    await say(id, fifth, { status: 'completed', ...outcome('A bed'), ...ended('services-provided', 'A key') });
    await say(id, sixth, { status: 'completed', ...outcome('A place'), ...ended('enrolled-ongoing', 'A lease') });
    // Both were asked at the same moment of this clock: in which order they are told says nothing.
    const remains = expect.stringMatching(/^A key\nA lease$|^A lease\nA key$/) as unknown as string;
    expect(await read(id, hospital)).toMatchObject({ status: 'completed', statusReason: remaining(remains) });
    expect(await loop(id)).toMatchObject({ outcome: { code: 'partially-provided', remains } });
  });

  test('several agencies say it differently: in part', async () => {
    const id = await sendReferral(hub, hospital, { category: 'homelessness' });
    const more = [await addPartner(hub, 'Third'), await addPartner(hub, 'Fourth')];
    await post(id, 'offers', { organizationIds: more.map((each) => each.id), mode: 'parallel' });
    const [third, fourth] = more as [Partner, Partner];
    await say(id, third, { status: 'completed', ...outcome('A bed'), ...coded('services-provided') });
    await say(id, fourth, { status: 'completed', ...outcome('A place'), ...coded('enrolled-ongoing') });
    expect(await loop(id)).toMatchObject({ outcome: { code: 'partially-provided' } });
  });

  test.each(['client-unreachable', 'not-eligible', 'duplicate'])(
    'an agency that was addressed itself says %s',
    async (code) => {
      const id = await sendReferral(hub, hospital, { owner: `Organization/${agency.id}` });
      const task = await read(id, agency);
      expect((await put({ ...task, status: 'accepted' }, agency)).status).toBe(200);
      await put({ ...(await read(id, agency)), status: 'failed', ...coded(code) }, agency);
      expect(await loop(id)).toMatchObject({ status: 'failed', outcome: said(code) });
    },
  );

  test.each<[string, string, string | undefined]>([
    ['client-died', 'decide-after-decline', undefined],
    ['client-declined', 'decide-after-decline', undefined],
    ['no-capacity', 'deliver', 'Second Pantry'],
  ])('who declines because of %s: what follows is %s', async (code, step, next) => {
    const id = await sendReferral(hub, hospital);
    await say(id, agency, { status: 'rejected', ...coded(code) });
    const { legs, nextStep } = await loop(id);
    expect(next === undefined ? nextStep?.step : step).toBe(step);
    // Both were asked at the same moment of this clock: in which order they are listed says nothing.
    expect(legs.find(({ status }) => status !== 'rejected')?.organization.name).toBe(next);
  });

  test('a sender whose server is away for days: it is reminded of, and in the end a person says why it cannot be told', async () => {
    const address = `http://127.0.0.1:${await freePort()}/fhir`;
    const clinic = await addPartner(hub, 'Village Practice', { address });
    const id = await sendReferral(hub, clinic);
    await say(id, agency, { status: 'completed', ...outcome('Boxes') });
    expect((await loop(id)).nextStep).toMatchObject({ step: 'confirm-closing', waitingOn: { kind: 'hub' } });
    for (const day of ['03', '04', '05', '10']) {
      await closingsTried(hub);
      clock.set(`2026-03-${day}T09:01:00.000Z`);
      await fire(hub);
    }
    expect(await escalations(hub, id)).toEqual(expect.arrayContaining(['worklist', 'supervisor']));
    await eventually(async () =>
      expect((await loop(id)).nextStep).toMatchObject({
        step: 'confirm-closing',
        waitingOn: { kind: 'case-manager' },
        escalation: 'supervisor',
      }),
    );
    const body = { outcome: 'services-provided', text: 'The practice has closed down; told by letter' };
    const options = { headers: { 'content-type': 'application/json' }, body };
    // That is not for the agency to say, nor without a reason.
    expect((await call('POST', `${hub.url}/api/loops/${id}/close`, { ...options, token: agency.token })).status).toBe(
      403,
    );
    expect((await post(id, 'close', { ...body, text: ' ' })).status).toBe(400);
    expect((await post(id, 'close', body)).status).toBe(204);
    const closed = await loop(id);
    expect(closed).toMatchObject({ state: 'closed', nextStep: null, outcome: { code: 'services-provided' } });
    expect(closed.timeline).toContainEqual(
      expect.objectContaining({
        kind: 'status',
        reason: 'The practice has closed down; told by letter',
        source: 'console',
      }),
    );
  });
});
