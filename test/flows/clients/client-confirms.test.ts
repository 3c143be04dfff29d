import { describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Questionnaire, QuestionnaireResponse } from '@medplum/fhirtypes';
import { call, done, found, texts } from '../../support/api.ts';
import { sendReferral } from '../../support/network.ts';
import { fire, passTo, settled } from '../../workers/late-loops.ts';
import { QUESTIONNAIRE } from './asking-clients.ts';
import { askingNetwork, MONDAY, NO, YES } from './asking-network.ts';

describe('a client who is asked whether it was received', () => {
  const { parts, clock, loop, post, read, completed, asked, answer, events } = askingNetwork();

  test('is asked by the people here once the agency has completed, and until then the loop is not closed', async () => {
    const id = await completed();
    expect(await loop(id)).toMatchObject({
      state: 'open',
      status: 'completed',
      confirmation: { state: 'asked', needRemains: null },
      nextStep: {
        step: 'confirm-with-client',
        waitingOn: { kind: 'case-manager', party: null },
        due: '2026-03-09T09:00:00.000Z',
      },
    });
    const task = await asked(id);
    expect(task).toMatchObject({
      status: 'ready',
      intent: 'order',
      code: { coding: [{ system: 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp', code: 'complete-questionnaire' }] },
      basedOn: [{ reference: `Task/${id}` }],
      owner: task.for,
      requester: { reference: 'Organization/careloop' },
      input: [
        { type: { coding: [{ code: 'questionnaire' }] }, valueCanonical: QUESTIONNAIRE },
        { valueCodeableConcept: { coding: [{ code: 'feedback-questionnaire' }] } },
      ],
    });
    expect(await events(id)).toEqual([['asked', null]]);
    const [questionnaire] = found<Questionnaire>(
      await call('GET', `${parts.hub.fhir}/Questionnaire?url=${QUESTIONNAIRE}`, { token: parts.app.token }),
    );
    expect(questionnaire).toMatchObject({ status: 'active', item: [{ linkId: 'service-received' }, {}, {}, {}] });
    // Neither who sent it nor who did it is told what the client is asked.
    for (const by of [parts.hospital, parts.agency]) {
      expect((await call('GET', `${parts.hub.fhir}/Task/${task.id}`, { token: by.token })).status).toBe(404);
      const seen = await call('GET', `${parts.hub.url}/api/loops/${id}`, { token: by.token });
      expect(seen.body).toMatchObject({ confirmation: null, nextStep: null });
      expect(JSON.stringify(seen.body)).not.toMatch(/confirm-with|"kind":"confirmation"/);
    }
  });

  test('says yes on the telephone: it is kept, given to who sent the referral, and the loop is closed', async () => {
    const id = await completed();
    const form = await call('GET', `${parts.hub.url}/api/loops/${id}/confirmation?language=es`);
    expect(form.body).toMatchObject({
      title: 'Su experiencia',
      questions: [
        {
          linkId: 'service-received',
          type: 'choice',
          required: true,
          options: [{ code: 'yes', display: 'Sí' }, {}, {}],
        },
        { text: '¿Todavía necesita ayuda con esto?' },
        {},
        { linkId: 'comment', type: 'text', required: false },
      ],
    });
    expect((await answer(id, { ...YES, comment: 'Thank you' })).status).toBe(204);
    await settled(parts.hub.deps);
    expect(await loop(id)).toMatchObject({
      confirmation: {
        state: 'received',
        needRemains: false,
        answers: [
          { question: 'Did you receive the service that was arranged for you?', answer: 'Yes' },
          { question: 'Do you still need help with this?', answer: false },
          { answer: 'Thank you' },
        ],
      },
      nextStep: { step: 'confirm-closing', waitingOn: { kind: 'sender' } },
    });
    const task = await asked(id);
    const reference = task.output?.[0]?.valueReference?.reference ?? '';
    expect(task).toMatchObject({
      status: 'completed',
      output: [{ type: { coding: [{ code: 'questionnaire-response' }] } }],
    });
    const root = await read(id, parts.hospital);
    expect(root.output?.map(({ valueReference }) => valueReference?.reference)).toContain(reference);
    const response = await done<QuestionnaireResponse>(
      call('GET', `${parts.hub.fhir}/${reference}`, { token: parts.hospital.token }),
    );
    expect(response).toMatchObject({
      questionnaire: QUESTIONNAIRE,
      status: 'completed',
      subject: task.for,
      source: task.for,
      basedOn: [root.focus],
      item: [
        { linkId: 'service-received', answer: [{ valueCoding: { code: 'yes' } }] },
        { linkId: 'need-remains', answer: [{ valueBoolean: false }] },
        { linkId: 'comment', answer: [{ valueString: 'Thank you' }] },
      ],
    });
    expect((await call('GET', `${parts.hub.fhir}/${reference}`, { token: parts.agency.token })).status).toBe(404);
    expect(await events(id)).toEqual([
      ['asked', null],
      ['answered', 'telephone'],
    ]);
    expect(await loop(id)).toMatchObject({ state: 'closed', nextStep: null, outcome: { code: 'services-provided' } });
    const twice = await answer(id, YES);
    expect([twice.status, texts(twice)]).toEqual([
      409,
      ['This was answered already, or is not asked any more. There is nothing left to do.'],
    ]);
  });

  test.each<[string, object, string, string]>([
    ['nothing', {}, 'answers.service-received', 'This question needs an answer.'],
    [
      'no option',
      { ...YES, 'service-received': 'maybe' },
      'answers.service-received',
      'This is no answer to a question of type choice.',
    ],
    [
      'words for yes or no',
      { ...YES, 'need-remains': 'no' },
      'answers.need-remains',
      'This is no answer to a question of type boolean.',
    ],
    ['something that was not asked', { ...YES, weight: '70' }, 'answers.weight', 'There is no question weight.'],
  ])('says %s: which question, and why', async (_what, answers, expression, text) => {
    const refused = await answer(await completed(), answers);
    expect([refused.status, refused.body.issue]).toMatchObject([
      422,
      [{ details: { text }, expression: [expression] }],
    ]);
  });

  test('says no: a case manager must look, and opens it again; the old loop is closed with that', async () => {
    const id = await completed();
    await answer(id, NO);
    expect((await loop(id)).nextStep?.step).toBe('decide-after-answer');
    await read(id, parts.hospital);
    expect(await loop(id)).toMatchObject({
      state: 'open',
      confirmation: { state: 'not-received', needRemains: true },
      nextStep: { step: 'decide-after-answer', waitingOn: { kind: 'case-manager' } },
    });
    expect((await call('GET', `${parts.hub.url}/api/loops/${id}`, { token: parts.hospital.token })).body).toMatchObject(
      {
        nextStep: null,
      },
    );
    const { body } = await post<{ id: string }>(id, 'reopen', { text: 'Nobody came' });
    expect(await loop(id)).toMatchObject({
      state: 'closed',
      replacedBy: [body.id],
      confirmation: { state: 'not-received' },
      outcome: { code: 'services-provided' },
    });
    expect((await loop(id)).timeline).toContainEqual(
      expect.objectContaining({ kind: 'confirmation', what: 'settled', reason: `Opened again: loop ${body.id}.` }),
    );
    expect(await loop(body.id)).toMatchObject({ state: 'open', replaces: id, confirmation: null });
  });

  test('got it, and something remains: a person says what becomes of it', async () => {
    const id = await completed();
    await answer(id, { 'service-received': 'partly', 'need-remains': true });
    await read(id, parts.hospital);
    expect(await loop(id)).toMatchObject({ nextStep: { step: 'decide-after-answer' } });
    await post(id, 'close', { outcome: 'services-provided', text: 'A neighbour helps with the rest' });
    expect(await loop(id)).toMatchObject({ state: 'closed', confirmation: { state: 'partly', needRemains: true } });
    expect(await events(id)).toContainEqual(['settled', null]);
  });

  test('gives no answer: a person sees it, and in the end it is closed without', async () => {
    const id = await completed();
    const one = async (what: string, at: string): Promise<void> => {
      await passTo(parts.hub, clock, at);
      await fire(parts.hub);
      const { timeline } = await loop(id);
      expect(timeline.flatMap((entry) => (entry.kind === 'escalation' ? [entry.what] : []))).toContain(what);
    };
    await one('worklist', '2026-03-09T09:00:00.000Z');
    expect((await loop(id)).nextStep).toMatchObject({ escalation: 'worklist' });
    await one('supervisor', '2026-03-16T09:00:00.000Z');
    await one('close-unconfirmed', '2026-03-19T09:00:00.000Z');
    expect(await loop(id)).toMatchObject({ state: 'closed', confirmation: { state: 'unanswered' } });
    expect((await loop(id)).timeline).toContainEqual(
      expect.objectContaining({
        kind: 'confirmation',
        what: 'unanswered',
        reason: 'The client gave no answer in time.',
      }),
    );
    clock.set(MONDAY);
  });

  test('is not asked any more where a person says why', async () => {
    const id = await completed();
    await post(id, 'close', { outcome: 'services-provided', text: 'She has moved, nobody knows where' });
    expect(await loop(id)).toMatchObject({ state: 'closed', confirmation: { state: 'unanswered' } });
    expect(await asked(id)).toMatchObject({
      status: 'cancelled',
      statusReason: { text: 'She has moved, nobody knows where' },
    });
  });

  test.each(['no-capacity', 'client-died'])('is not asked after an outcome that gave nothing: %s', async (code) => {
    const id = await sendReferral(parts.hub, parts.hospital);
    await post(id, 'close', { outcome: code, text: 'So it is' });
    expect(await loop(id)).toMatchObject({ confirmation: null });
    const none = await post<OperationOutcome>(id, 'confirmation/answer', { answers: YES });
    expect([none.status, texts(none)[0]]).toEqual([
      422,
      'The client of this referral is not asked. Its policy says whether, and when.',
    ]);
  });

  test('says it to the people here only, where the policy says so', async () => {
    const id = await completed('homelessness');
    await answer(id, YES);
    expect(await loop(id)).toMatchObject({ state: 'closed', confirmation: { state: 'received' } });
    expect((await read(id, parts.hospital)).output).toHaveLength(1);
  });
});
