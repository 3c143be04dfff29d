import { describe, expect, test } from '@jest/globals';
import type { Bundle, QuestionnaireResponse, ServiceRequest, Task } from '@medplum/fhirtypes';
import { call, done, found, texts } from '../../support/api.ts';
import { referralBundle } from '../../support/network.ts';
import { outcome, reason } from '../legs/leg-network.ts';
import { QUESTIONNAIRE } from './asking-clients.ts';
import { askingNetwork, MONDAY, NO, YES } from './asking-network.ts';

describe('a client who answers itself', () => {
  const { parts, clock, loop, post, read, put, say, completed, asked, answer, events, byLink, link } = askingNetwork();

  describe('by a link', () => {
    test('reads the questions without signing in, nothing of anybody, and answers once', async () => {
      const id = await completed();
      const code = await link(id);
      expect(await loop(id)).toMatchObject({ nextStep: { waitingOn: { kind: 'client' } } });
      const looked = await byLink('/look', { code, language: 'sv' });
      expect(looked.body).toMatchObject({ title: 'Din upplevelse', questions: [{}, {}, {}, {}] });
      expect(JSON.stringify(looked.body)).not.toMatch(/Robin|Tester|food|Anna/);
      expect((await byLink('', { code, answers: {} })).status).toBe(422);
      expect((await byLink('', { code, answers: YES })).status).toBe(204);
      const again = await byLink('', { code, answers: NO });
      expect([again.status, texts(again)[0]]).toEqual([
        403,
        'This link is not good, or no more: each is good for one answer, for 14 days. Ask who gave it to you for a new one.',
      ]);
      expect(await events(id)).toEqual([
        ['asked', null],
        ['link', null],
        ['answered', 'link'],
      ]);
      expect(await loop(id)).toMatchObject({ confirmation: { state: 'received' } });
    });

    test('that was replaced, ran out or was guessed is not good', async () => {
      const id = await completed();
      const first = await link(id);
      const second = await link(id);
      expect((await byLink('/look', { code: first })).status).toBe(403);
      expect((await byLink('/look', { code: second })).status).toBe(200);
      expect((await byLink('', { code: 'x'.repeat(43), answers: YES })).status).toBe(403);
      clock.advance(14 * 86_400_000);
      expect((await byLink('', { code: second, answers: YES })).status).toBe(403);
      clock.set(MONDAY);
    });
  });

  describe('in its own app', () => {
    const respond = async (task: Task & { id: string }, more: Partial<QuestionnaireResponse> = {}): Promise<string> => {
      const { id } = await done<QuestionnaireResponse>(
        call('POST', `${parts.hub.fhir}/QuestionnaireResponse`, {
          token: parts.app.token,
          body: {
            resourceType: 'QuestionnaireResponse',
            questionnaire: QUESTIONNAIRE,
            status: 'completed',
            subject: task.for,
            item: [
              { linkId: 'service-received', answer: [{ valueCoding: { code: 'no' } }] },
              { linkId: 'need-remains', answer: [{ valueBoolean: true }] },
            ],
            ...more,
          },
        }),
      );
      return `QuestionnaireResponse/${id}`;
    };
    const listing = (reference: string): Pick<Task, 'output'> => ({
      output: [
        {
          type: { coding: [{ system: 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp', code: 'questionnaire-response' }] },
          valueReference: { reference },
        },
      ],
    });

    test('finds the question, answers it, and who must act hears of it', async () => {
      const id = await completed('transportation-insecurity');
      expect((await loop(id)).nextStep).toMatchObject({ step: 'confirm-with-client', waitingOn: { kind: 'client' } });
      const [task] = found<Task>(
        await call('GET', `${parts.hub.fhir}/Task?code=complete-questionnaire&status=ready`, {
          token: parts.app.token,
        }),
      );
      if (!task) throw new Error('the app does not see it');
      await done(put({ ...task, status: 'in-progress' }, parts.app));
      const other = await put({ ...task, status: 'in-progress', description: 'Mine' }, parts.app);
      expect([other.status, texts(other)[0]]).toEqual([
        422,
        'Of a question to a client only status, statusReason and output are written.',
      ]);
      const bare = await put({ ...task, status: 'completed' }, parts.app);
      expect([bare.status, texts(bare)[0]]).toEqual([
        422,
        'A completed question lists its answer: one output whose valueReference is a QuestionnaireResponse here.',
      ]);
      const half = await put(
        { ...task, status: 'completed', ...listing(await respond(task, { item: [{ linkId: 'comment' }] })) },
        parts.app,
      );
      expect([half.status, texts(half)[0]]).toEqual([
        422,
        'The answer must be completed, and answer service-received and need-remains.',
      ]);
      await done(put({ ...task, status: 'completed', ...listing(await respond(task)) }, parts.app));
      await read(id, parts.hospital);
      expect(await loop(id)).toMatchObject({
        confirmation: { state: 'not-received', needRemains: true },
        nextStep: { step: 'decide-after-answer' },
      });
      expect(await events(id)).toContainEqual(['answered', 'app']);
      expect((await put({ ...task, status: 'in-progress' }, parts.app)).status).toBe(409);
      // It has the question still, and not the client.
      expect((await call('GET', `${parts.hub.fhir}/Task/${task.id}`, { token: parts.app.token })).status).toBe(200);
      expect((await call('GET', `${parts.hub.fhir}/${task.for?.reference}`, { token: parts.app.token })).status).toBe(
        404,
      );
      await post(id, 'close', { outcome: 'services-provided', text: 'The driver came late' });
    });

    test('does not want to say: nobody waits any longer', async () => {
      const id = await completed('transportation-insecurity');
      await done(put({ ...(await asked(id)), status: 'cancelled', ...reason('Not now') }, parts.app));
      expect(await loop(id)).toMatchObject({ state: 'closed', confirmation: { state: 'unanswered' } });
    });
  });

  test('must not be contacted: nobody asks, on any way, and who was asked is asked no more', async () => {
    const orderDetail = [{ coding: [{ code: 'contacting-subject-prohibited' }] }];
    const bundle = referralBundle(parts.hospital);
    Object.assign(bundle.entry?.[1]?.resource ?? {}, { orderDetail });
    const sent = await done<Bundle>(call('POST', parts.hub.fhir, { token: parts.hospital.token, body: bundle }));
    const never = sent.entry?.[2]?.response?.location?.split('/')[1] ?? '';
    await say(never, parts.agency, { status: 'completed', ...outcome('Two boxes') });
    await read(never, parts.hospital);
    expect(await loop(never)).toMatchObject({ state: 'closed', confirmation: null });
    // Said later, while a link is out.
    const id = await completed();
    const code = await link(id);
    const reference = (await read(id)).focus?.reference;
    const request = await done<ServiceRequest>(
      call('GET', `${parts.hub.fhir}/${reference}`, { token: parts.hospital.token }),
    );
    await done(
      call('PUT', `${parts.hub.fhir}/${reference}`, { token: parts.hospital.token, body: { ...request, orderDetail } }),
    );
    const looked = await byLink('/look', { code });
    expect(looked.status).toBe(403);
    expect((await answer(id, YES)).status).toBe(409);
    expect(await loop(id)).toMatchObject({ state: 'closed', confirmation: { state: 'unanswered' } });
  });
});
