import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Procedure, Task } from '@medplum/fhirtypes';
import type { LoopDetail } from '../../src/loops/api.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { call, done, found } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';

describe.each(backends())(
  'a referral to an agency that has only a FHIR client, on $name',
  ({ store, queueSettings }) => {
    let hub: TestHub;
    let hospital: Partner;
    let agency: Partner;

    beforeAll(async () => {
      hub = await startHub(store, { workers: true, settings: await queueSettings() });
      hospital = await addPartner(hub, 'St. Anna Hospital');
      agency = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
    });
    afterAll(() => closeHealthy(hub));

    const loop = async (id: string): Promise<LoopDetail> =>
      (await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`)).body;
    const inbox = async (): Promise<(Task & { id: string })[]> =>
      found<Task>(
        await call('GET', `${hub.fhir}/Task?owner=Organization/${agency.id}&status=requested`, { token: agency.token }),
      );
    const report = (leg: Task & { id: string }, change: Partial<Task>): Promise<Task & { id: string }> =>
      done<Task>(
        call('PUT', `${hub.fhir}/Task/${leg.id}`, {
          token: agency.token,
          headers: { 'if-match': `W/"${leg.meta?.versionId}"` },
          body: { ...leg, ...change },
        }),
      );

    test('is offered, accepted, worked, answered, and closed when the hospital has read how it ended', async () => {
      const id = await sendReferral(hub, hospital);
      await eventually(async () =>
        expect((await loop(id)).nextStep).toMatchObject({
          step: 'decide',
          waitingOn: { kind: 'receiver', party: { name: 'Homes First' } },
        }),
      );

      const [offered] = await inbox();
      if (!offered) throw new Error('nothing in the inbox');
      expect(offered.partOf?.[0]?.reference).toBe(`Task/${id}`);
      const accepted = await report(offered, { status: 'accepted' });
      expect((await loop(id)).status).toBe('accepted');
      const working = await report(accepted, { status: 'in-progress' });
      const procedure: Procedure = {
        resourceType: 'Procedure',
        status: 'completed',
        code: { text: 'Food pantry application filled in' },
        subject: working.for as Procedure['subject'],
        basedOn: [working.focus as NonNullable<Procedure['basedOn']>[number]],
      };
      await done(call('POST', `${hub.fhir}/Procedure`, { token: agency.token, body: procedure }));
      const [current] = found<Task>(await call('GET', `${hub.fhir}/Task?_id=${working.id}`, { token: agency.token }));
      await report(current as Task & { id: string }, { status: 'completed' });

      await eventually(async () =>
        expect((await loop(id)).nextStep).toMatchObject({ step: 'confirm-closing', waitingOn: { kind: 'sender' } }),
      );
      // Who asks by HEAD has read nothing of how it ended.
      const head = await call('HEAD', `${hub.fhir}/Task/${id}`, { token: hospital.token });
      expect([head.status, head.headers.has('etag')]).toEqual([200, true]);
      expect(await loop(id)).toMatchObject({ state: 'open', nextStep: { step: 'confirm-closing' } });
      // Nor is it left listening to the news.
      const news = await call('HEAD', `${hub.url}/api/events`);
      expect([news.status, news.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
      const told = await done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
      expect(told).toMatchObject({
        status: 'completed',
        output: [{ valueReference: { display: 'Food pantry application filled in' } }],
      });
      await eventually(async () =>
        expect(await loop(id)).toMatchObject({
          state: 'closed',
          nextStep: null,
          outcome: { code: 'services-provided' },
        }),
      );
      expect(await checkLoops(hub.deps.db, hub.deps)).toEqual({ loops: 1, differed: [], untold: [] });
    });

    test('that books an appointment says so to the hospital too, in its own words', async () => {
      const id = await sendReferral(hub, hospital);
      const [offered] = await inbox();
      if (!offered) throw new Error('nothing in the inbox');
      const accepted = await report(offered, { status: 'accepted' });
      const businessStatus = {
        coding: [{ system: 'https://careloop.dev/fhir/CodeSystem/progress', code: 'appointment-booked' }],
        text: 'Coming on Tuesday at ten',
      };
      const booked = await report(accepted, { businessStatus });
      const seen = async (): Promise<Task> =>
        done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
      expect(await seen()).toMatchObject({ status: 'accepted', businessStatus });
      const { businessStatus: _past, ...working } = booked;
      await report(working as Task & { id: string }, { status: 'in-progress' });
      expect(await seen()).not.toHaveProperty('businessStatus');
    });

    test('that reports an outcome before and without accepting is honestly recorded, step by implied step', async () => {
      const id = await sendReferral(hub, hospital);
      const [offered] = await inbox();
      if (!offered) throw new Error('nothing in the inbox');
      await report(offered, { status: 'completed' });
      expect((await loop(id)).nextStep).toMatchObject({ step: 'report-outcome', waitingOn: { kind: 'receiver' } });
      expect((await loop(id)).status).toBe('in-progress');
      await done(
        call('POST', `${hub.fhir}/Procedure`, {
          token: agency.token,
          body: {
            resourceType: 'Procedure',
            status: 'completed',
            code: { text: 'Food parcel' },
            subject: offered.for,
            basedOn: [offered.focus],
          },
        }),
      );
      const ended = await loop(id);
      expect(ended.status).toBe('completed');
      const steps = ended.timeline.flatMap((entry) =>
        entry.kind === 'status' && entry.of === 'leg' ? [[entry.from, entry.to, entry.implied]] : [],
      );
      expect(steps).toEqual([
        [null, 'requested', false],
        ['requested', 'accepted', true],
        ['accepted', 'completed', false],
      ]);
    });
  },
);
