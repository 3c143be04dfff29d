import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Communication, Task } from '@medplum/fhirtypes';
import { type DeadlineDeps, fire as fireOne } from '../../../src/deadlines/fire.ts';
import { doctorCommands, examineHub } from '../../../src/doctor/commands.ts';
import type { Browser } from '../../access/people/browser.ts';
import { join, setUp } from '../../access/people/people-hub.ts';
import { call, done } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { type MailServer, mailServer } from '../../support/mail-server.ts';
import { Killed, mortal } from '../../support/mortal-database.ts';
import { addPartner, type Partner, sendReferral } from '../../support/network.ts';
import { type Hook, openHook } from '../../support/subscriber.ts';
import { BY_HAND, doctor, escalations, fire, loopOf, passTo, settled } from '../../workers/late-loops.ts';
import { legNetwork } from '../legs/leg-network.ts';
import { answerBy, answering, talk, text } from './talk.ts';

const at = (day: string, hour = '09'): string => `2026-03-${day}T${hour}:00:00.000Z`;
const MONDAY = at('02');

describe('a message that needs an answer by a moment', () => {
  const clock = createClock(MONDAY);
  let hub: TestHub;
  let mailbox: MailServer;
  let server: Hook;
  let [hospital, clinic]: Partner[] = [];
  /** A case manager's program: sessions of people would not last for as long as these tests do. */
  const kim: Pick<Browser, 'send'> = {
    send: (method, path, body) =>
      call(method, `${hub.url}${path}`, { headers: { 'content-type': 'application/json' }, body }),
  };
  const { legOf, post: byHand } = legNetwork(() => hub);
  const { write, message, posted, read } = talk(() => hub);
  const as = <T>(each: T | undefined): T => each as T;

  beforeAll(async () => {
    [mailbox, server] = [await mailServer(), await openHook()];
    const settings = { ...BY_HAND, PASSWORD_COST: '14', SMTP_URL: mailbox.url, MAIL_FROM: 'hub@hub.example' };
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true, now: clock.now, settings });
    await setUp(hub, ['administrator']);
    await join(hub, 'sam@hub.example', ['supervisor']);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    clinic = await addPartner(hub, 'B Clinic', { address: server.url, category: 'food-insecurity' });
    await join(hub, 'ann@clinic.example', ['agency-worker'], { organizationId: clinic.id });
  });
  afterAll(async () => {
    await closeHealthy(hub);
    await mailbox?.close();
    await server?.close();
  });

  /** A referral that the clinic has begun, so that nothing else is due for two weeks. */
  const begun = async (): Promise<{ id: string; leg: Task & { id: string } }> => {
    await passTo(hub, clock, MONDAY);
    const id = await sendReferral(hub, as(hospital));
    await settled(hub.deps);
    const offered = await legOf(id, as(clinic));
    const change = { ...offered, status: 'in-progress' };
    await done(call('PUT', `${hub.fhir}/Task/${offered.id}`, { token: clinic?.token, body: change }));
    return { id, leg: await legOf(id, as(clinic)) };
  };
  const waitsFor = async (id: string): Promise<unknown> => {
    const { nextStep } = await loopOf(hub, id);
    return [nextStep?.step, nextStep?.waitingOn.party?.name ?? nextStep?.waitingOn.kind, nextStep?.due];
  };
  const deadlines = (id: string): Promise<{ step: string }[]> =>
    hub.deps.db.query('SELECT step, whats[fired + 1] AS next FROM deadline WHERE loop_id = $1 ORDER BY step', [id]);
  const toldThere = (): Communication[] =>
    server.seen.filter(({ text: said }) => said.includes('"Communication"')).map(({ text: said }) => JSON.parse(said));
  /** Does what is due at a moment; whoever has a loop at that moment is passed over, and looked at again. */
  const passAndFire = async (moment: string): Promise<void> => {
    await passTo(hub, clock, moment);
    await fire(hub);
    await settled(hub.deps);
    // A mail on its way would seem lost when the clock goes on.
    const unsent = 'SELECT 1 FROM loop_mail WHERE settled_at IS NULL';
    await eventually(async () => expect(await hub.deps.db.query(unsent)).toEqual([]));
  };

  test('is the next step where it is due before all else; asked again, by another way, brought before people, each once; and the answer ends it', async () => {
    const { id, leg } = await begun();
    const question = await write(kim, id, {
      text: 'Which day does it begin?',
      to: clinic?.id,
      answerBy: at('03', '12'),
    });
    await settled(hub.deps);
    expect(await waitsFor(id)).toEqual(['answer', 'B Clinic', at('03', '12')]);
    expect(await deadlines(id)).toEqual([
      { step: 'answer', next: 'remind' },
      { step: 'progress', next: 'remind' },
    ]);
    mailbox.mails.splice(0);
    const before = toldThere().length;
    await passAndFire(at('03', '12'));
    await fire(hub);
    const [reminder, ...others] = toldThere().slice(before);
    expect(others).toEqual([]);
    expect(reminder).toMatchObject({
      category: [{ coding: [{ code: 'reminder' }] }],
      about: [{ reference: `${hub.fhir}/Task/${leg.id}` }],
      inResponseTo: [{ identifier: { value: question } }],
      payload: [{ contentString: 'A message about this referral waits for your answer. Its time is over.' }],
    });
    for (const day of ['04', '05', '09']) await passAndFire(at(day, '12'));
    await eventually(() =>
      expect(mailbox.mails.flatMap(({ to }) => to)).toEqual(['ann@clinic.example', 'sam@hub.example']),
    );
    expect(await escalations(hub, id)).toEqual(['remind', 'remind-other-channel', 'worklist', 'supervisor']);
    expect((await loopOf(hub, id)).nextStep).toMatchObject({ step: 'answer', late: true, escalation: 'supervisor' });

    await posted(as(clinic), leg.id, { ...answering(question), ...text('On Thursday.') });
    expect(await deadlines(id)).toEqual([{ step: 'progress', next: 'remind' }]);
    expect(await waitsFor(id)).toEqual(['progress', 'B Clinic', expect.any(String)]);
    expect((await loopOf(hub, id)).nextStep?.escalation).toBeNull();
    expect(await message(kim, id, question)).toMatchObject({ answeredBy: expect.any(String) });
    await doctor(hub);
  });

  test('has the time of the policy where none is said, and any word of who was asked on it is the answer', async () => {
    const { id, leg } = await begun();
    await write(kim, id, { text: 'Does she need an interpreter?', to: clinic?.id, needsAnswer: true });
    // Two working days, as the shipped policy has it.
    expect(await waitsFor(id)).toEqual(['answer', 'B Clinic', at('04')]);
    await posted(as(clinic), leg.id, text('Somali, please.'));
    expect(await waitsFor(id)).toEqual(['progress', 'B Clinic', expect.any(String)]);
  });

  test('of the sender or the clinic waits for the case managers, and of the hub for the sender', async () => {
    const { id, leg } = await begun();
    await posted(as(clinic), leg.id, {
      ...text('May we share this with her GP?'),
      ...answerBy('2026-03-03T10:00:00+00:00'),
    });
    expect(await waitsFor(id)).toEqual(['answer', 'case-manager', at('03', '10')]);
    const [asked] = (await kim.send<{ loops: { id: string }[] }>('GET', '/api/loops?waitingOn=case-manager')).body
      .loops;
    expect(asked?.id).toBe(id);
    await write(kim, id, { text: 'I ask the hospital.', to: clinic?.id });
    await write(kim, id, { text: 'May they?', to: hospital?.id, answerBy: at('03') });
    expect(await waitsFor(id)).toEqual(['answer', 'St. Anna Hospital', at('03')]);
    // The clinic is not told of what it is not asked.
    const { body } = await call<{ nextStep: unknown }>('GET', `${hub.url}/api/loops/${id}`, { token: clinic?.token });
    expect(body.nextStep).toBeNull();
    await posted(as(hospital), id, text('They may.'));
    expect(await deadlines(id)).toEqual([{ step: 'progress', next: 'remind' }]);
  });

  test('withdrawn, it waits for nothing; an answer that is withdrawn was none', async () => {
    const { id, leg } = await begun();
    const question = await write(kim, id, { text: 'Which day?', to: clinic?.id, answerBy: at('03') });
    const answer = await posted(as(clinic), leg.id, { ...answering(question), ...text('Friday') });
    const withdraw = async (name: string, token?: string): Promise<unknown> => {
      const said = await done(call('GET', `${hub.fhir}/${name}`, { token }));
      return done(call('PUT', `${hub.fhir}/${name}`, { token, body: { ...said, status: 'entered-in-error' } }));
    };
    await withdraw(`Communication/${answer.id}`, clinic?.token);
    expect(await deadlines(id)).toHaveLength(2);
    await withdraw(`Communication/${question}`);
    expect(await deadlines(id)).toHaveLength(1);
  });

  test('is not waited for when that has ended which it is about', async () => {
    const { id } = await begun();
    await write(kim, id, { text: 'Which day?', to: clinic?.id, answerBy: at('03') });
    await byHand(id, 'close', { outcome: 'client-moved', text: 'She has moved away.' });
    expect((await deadlines(id)).map(({ step }) => step)).toEqual(['confirm-closing']);
    const late = await kim.send<{ issue: { diagnostics?: string; details: { text: string } }[] }>(
      'POST',
      `/api/loops/${id}/messages`,
      { text: 'And now?', to: clinic?.id, answerBy: at('04') },
    );
    expect([late.status, late.body.issue[0]?.details.text]).toEqual([
      422,
      'This has ended, and nothing is awaited of it any more. Write without a moment by which an answer is needed.',
    ]);
    expect(await write(kim, id, { text: 'Thank you all the same.', to: clinic?.id })).toBeDefined();
  });

  test('a worker that dies while it reminds of it: nothing of that is done, or all of it, once', async () => {
    const { id } = await begun();
    await write(kim, id, { text: 'Which day?', to: clinic?.id, answerBy: at('03') });
    await settled(hub.deps);
    clock.set(at('03'));
    const [place] = await hub.deps.db.query<{ loopId: string; taskId: string; messageId: string }>(
      `SELECT loop_id AS "loopId", task_id AS "taskId", message_id AS "messageId" FROM deadline WHERE loop_id = $1 AND step = 'answer'`,
      [id],
    );
    const dying = (dieAt: number): DeadlineDeps => ({
      ...hub.deps,
      store: { ...hub.deps.store, db: mortal(hub.deps.db, dieAt).db },
    });
    let deaths = 0;
    for (let fired = false; !fired; ) {
      deaths += 1;
      try {
        fired = await fireOne(dying(deaths), as(place));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Killed);
        expect(await escalations(hub, id)).toEqual([]);
      }
    }
    expect(deaths).toBeGreaterThan(5);
    expect(await fireOne(hub.deps, as(place))).toBe(false);
    expect(await escalations(hub, id)).toEqual(['remind']);
    await settled(hub.deps);
  });

  test('the doctor finds one that nothing watches over, and one that nobody was told of; what it names mends both', async () => {
    const { id } = await begun();
    const question = await write(kim, id, { text: 'Which day?', to: clinic?.id, answerBy: at('03') });
    await settled(hub.deps);
    const { db } = hub.deps;
    const found = async (): Promise<string[]> =>
      (await examineHub(hub.deps, 0)).findings.map(({ check, subject, says }) => `${check}: ${subject} ${says}`);
    expect(await found()).toEqual([]);
    await db.query('DELETE FROM deadline WHERE message_id = $1', [question]);
    await db.query('UPDATE delivery SET message_id = NULL WHERE message_id = $1', [question]);
    expect(await found()).toEqual([
      `loop-row: ${id} is not what its Tasks, messages and firings make of it`,
      `answer: ${question} is a message that needs an answer, and nothing happens when none comes`,
      `message: ${question} is a message that nobody was told of: it is neither delivered nor shared with whom it is for, or of no loop`,
    ]);
    // What it names mends each.
    const log = jest.spyOn(console, 'log').mockReturnValue();
    expect(await doctorCommands['loops rebuild'](hub.deps)).toBe(0);
    log.mockRestore();
    expect(await found()).toEqual([expect.stringMatching(`^message: ${question} `)]);
    const said = await read(question);
    await done(call('PUT', `${hub.fhir}/Communication/${question}`, { body: { ...said, status: 'entered-in-error' } }));
    expect(await found()).toEqual([]);
    await write(kim, id, { text: 'Which day?', to: clinic?.id, answerBy: at('03') });
    await settled(hub.deps);
    expect(await found()).toEqual([]);
  });
});
