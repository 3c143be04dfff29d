import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Communication, Organization } from '@medplum/fhirtypes';
import { duePlaces, type Place } from '../../src/deadlines/due.ts';
import { fire as fireOne } from '../../src/deadlines/fire.ts';
import { examineHub } from '../../src/doctor/commands.ts';
import { join, setUp } from '../access/people/people-hub.ts';
import { call, done } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { type MailServer, mailServer } from '../support/mail-server.ts';
import { Killed, mortal } from '../support/mortal-database.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';
import { type Hook, openHook } from '../support/subscriber.ts';
import { BY_HAND, doctor, escalations, fire, listed, loopOf, passTo } from './late-loops.ts';

const MONDAY = '2026-03-02T09:00:00.000Z';
const LAST_DAY = '2026-03-09T09:00:00.000Z';
const DAYS = [...['04', '05', '06'].map((day) => `2026-03-${day}T09:00:00.000Z`), LAST_DAY];

describe.each(backends())('who is told that a referral waits, on $name', ({ store, queueSettings }) => {
  const clock = createClock(MONDAY);
  let hub: TestHub;
  let mailbox: MailServer;
  let server: Hook;
  let hospital: Partner;
  let foodBank: Partner;
  beforeAll(async () => {
    mailbox = await mailServer();
    server = await openHook();
    const settings = {
      ...(await queueSettings()),
      ...BY_HAND,
      PASSWORD_COST: '14',
      SMTP_URL: mailbox.url,
      MAIL_FROM: 'hub@hub.example',
      RETRY_SCHEDULE_MS: '1,1,1',
    };
    hub = await startHub(store, { workers: true, now: clock.now, settings });
    await setUp(hub, ['administrator']);
    await join(hub, 'sam@hub.example', ['supervisor']);
    await join(hub, 'kim@hub.example', ['case-manager']);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    foodBank = await addPartner(hub, 'Food Bank', { category: 'food-insecurity', address: server.url });
  });
  afterAll(async () => {
    await hub?.close();
    await mailbox?.close();
    await server?.close();
  });

  const reminders = (): { path: string; body: Communication }[] =>
    server.seen
      .filter(({ text }) => text.includes('"Communication"'))
      .map(({ text, headers }) => ({
        path: String(headers['if-none-exist']),
        body: JSON.parse(text) as Communication,
      }));
  const mailed = (count: number): Promise<string[]> =>
    eventually(async () => {
      const rows = await hub.deps.db.query('SELECT 1 FROM loop_mail WHERE settled_at IS NULL');
      expect([rows.length, mailbox.mails.length]).toEqual([0, count]);
      return mailbox.mails.flatMap(({ to }) => to).sort();
    });
  const mailsTaken = (): Promise<void> =>
    eventually(async () =>
      expect(await hub.deps.db.query('SELECT 1 FROM loop_mail WHERE settled_at IS NULL')).toEqual([]),
    );
  const until = async (last: number): Promise<void> => {
    for (const moment of DAYS.slice(0, last)) {
      await passTo(hub, clock, moment);
      await fire(hub);
    }
  };

  test('the server of who is asked: a message about the Task it has, once, and nothing about the client in it', async () => {
    const id = await sendReferral(hub, hospital, { family: 'Okonkwo' });
    await passTo(hub, clock, MONDAY);
    // Said again, it is the same message.
    server.answers.push(503);
    await until(1);
    await eventually(async () => {
      clock.advance(1);
      expect((await loopOf(hub, id)).timeline.at(-1)).toMatchObject({ message: 'reminder', status: 'delivered' });
    });
    const told = reminders();
    expect(told).toHaveLength(2);
    expect(new Set(told.map(({ path }) => path)).size).toBe(1);
    expect(told[0]?.path).toMatch(
      /^identifier=https%3A%2F%2Fcareloop.dev%2Ffhir%2FNamingSystem%2Fmessage%7C[0-9a-f-]{36}$/,
    );
    const [leg] = (await loopOf(hub, id)).legs;
    expect(told[0]?.body).toMatchObject({
      status: 'completed',
      category: [{ coding: [{ code: 'reminder' }] }],
      about: [{ type: 'Task', reference: `${hub.fhir}/Task/${leg?.id}`, identifier: { value: leg?.id } }],
      payload: [
        {
          contentString: 'This referral waits for an answer: accept it, or decline it with a reason. Its time is over.',
        },
      ],
    });
    expect(JSON.stringify(told)).not.toMatch(/Okonkwo|Robin|Patient/);
  });

  test('its people by e-mail, then supervisors here; nothing of whom, or what for', async () => {
    await passTo(hub, clock, MONDAY);
    const id = await sendReferral(hub, hospital, { family: 'Okonkwo' });
    await join(hub, 'ann@food-bank.example', ['agency-worker'], { organizationId: foodBank.id });
    mailbox.mails.splice(0);
    await until(2);
    // For this one, and for the one before.
    expect(new Set(await mailed(2))).toEqual(new Set(['ann@food-bank.example']));
    const page = `${hub.url}/loops/${id}`;
    const mails = mailbox.mails.map(({ raw }) => raw.replaceAll('=\r\n', '')).filter((raw) => raw.includes(page));
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain('Subject: A referral waits for your organization');
    expect(mails[0]).toMatch(new RegExp(`^X-Correlation-Id: ${id}\r?$`, 'im'));
    mailbox.mails.splice(0);
    for (const moment of DAYS.slice(2)) {
      await passTo(hub, clock, moment);
      await fire(hub);
    }
    expect(new Set(await mailed(2))).toEqual(new Set(['sam@hub.example']));
    expect(mailbox.mails[0]?.raw).toContain('Subject: A referral has waited too long');
    expect(mailbox.mails.map(({ raw }) => raw).join('')).not.toMatch(/Okonkwo|Robin|Food pantry|St\. Anna/);
    expect(await escalations(hub, id)).toEqual(['remind', 'remind-other-channel', 'worklist', 'supervisor']);
  });

  test('the mailbox of an organization that has nobody here', async () => {
    await passTo(hub, clock, MONDAY);
    const clinic = await addPartner(hub, 'Clinic');
    const { body } = await call<Organization>('GET', `${hub.fhir}/Organization/${clinic.id}`);
    const telecom: Organization['telecom'] = [
      { system: 'phone', value: '555 0100' },
      { system: 'email', value: 'desk@clinic.example' },
    ];
    await done(call('PUT', `${hub.fhir}/Organization/${clinic.id}`, { body: { ...body, telecom } }));
    await sendReferral(hub, hospital, { owner: `Organization/${clinic.id}` });
    mailbox.mails.splice(0);
    await until(2);
    await eventually(() => expect(mailbox.mails.flatMap(({ to }) => to)).toContain('desk@clinic.example'));
  });

  const leaves = (email: string): Promise<unknown> =>
    hub.deps.db.query('UPDATE person SET active = false WHERE email = $1', [email]);
  const firingsOf = (loopId: string): Promise<unknown[]> =>
    hub.deps.db.query('SELECT what, result FROM firing WHERE loop_id = $1', [loopId]);
  const foundOfRoles = async (): Promise<string[]> => {
    const { findings } = await examineHub(hub.deps, 0);
    return findings.filter(({ check }) => check === 'role').map(({ subject }) => subject);
  };

  test('where nobody is a supervisor, case managers are told in their place, and nothing says otherwise', async () => {
    await passTo(hub, clock, MONDAY);
    const id = await sendReferral(hub, hospital);
    await leaves('sam@hub.example');
    await until(3);
    mailbox.mails.splice(0);
    await passTo(hub, clock, LAST_DAY);
    await fire(hub);
    await eventually(() => expect(mailbox.mails.flatMap(({ to }) => to)).toContain('kim@hub.example'));
    expect((await escalations(hub, id)).at(-1)).toBe('supervisor: others-told');
    expect((await loopOf(hub, id)).nextStep).toMatchObject({ escalation: 'worklist' });
    expect((await listed(hub, 'escalation=worklist')).map((loop) => loop.id)).toContain(id);
    expect((await listed(hub, 'escalation=supervisor')).map((loop) => loop.id)).not.toContain(id);
    expect(await foundOfRoles()).toContain(id);
    await doctor(hub);
  });

  test('where nobody is there who would look, the rung says so, once, and administrators are told once a day', async () => {
    await passTo(hub, clock, MONDAY);
    const ids = [await sendReferral(hub, hospital), await sendReferral(hub, hospital)];
    await leaves('kim@hub.example');
    await until(2);
    await mailsTaken();
    mailbox.mails.splice(0);
    await passTo(hub, clock, DAYS[2] ?? '');
    const [place] = (await duePlaces(hub.deps.db, clock.now(), 100)).filter(({ loopId }) => loopId === ids[0]);
    if (!place) throw new Error('nothing is due');
    await expectAllOrNothing(hub, place);
    await fire(hub);
    // What is in hand for days is thought to be lost, and sent again.
    await mailsTaken();
    await passTo(hub, clock, LAST_DAY);
    await fire(hub);
    for (const id of ids) {
      expect((await escalations(hub, id)).slice(2)).toEqual(['worklist: nobody-of-role', 'supervisor: nobody-of-role']);
      expect(await foundOfRoles()).toContain(id);
    }
    // One for each of the two days, though there were several loops.
    await mailsTaken();
    const told = mailbox.mails.filter(({ raw }) => raw.includes('Subject: Referrals wait, and nobody has the role'));
    expect(told.flatMap(({ to }) => to)).toEqual(['ada@hub.example', 'ada@hub.example']);
    const [mail] = told.map(({ raw }) => raw.replaceAll('=\r\n', ''));
    expect(mail).toContain(`${hub.url}/people`);
    expect(mail).not.toMatch(/\/loops\/|X-Correlation-Id/i);
    await join(hub, 'eve@hub.example', ['supervisor']);
    expect(await foundOfRoles()).toEqual([]);
    await doctor(hub);
  });

  test('of a mandated report only those are told who see it', async () => {
    await passTo(hub, clock, MONDAY);
    const bundle = referralBundle(hospital, { owner: `Organization/${foodBank.id}` });
    const asked = bundle.entry?.[1]?.resource;
    const label = { system: 'https://careloop.dev/fhir/CodeSystem/label', code: 'child-protection' };
    if (asked) asked.meta = { security: [label] };
    const { entry } = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const id = entry?.[2]?.response?.location?.split('/')[1] ?? '';
    await until(3);
    expect(await firingsOf(id)).toContainEqual({ what: 'worklist', result: 'nobody-of-role' });
    expect(await foundOfRoles()).toEqual([id]);
    await join(hub, 'pat@hub.example', ['case-manager', 'protection-worker']);
    mailbox.mails.splice(0);
    await passTo(hub, clock, LAST_DAY);
    await fire(hub);
    const page = `${hub.url}/loops/${id}`;
    await eventually(() => {
      const about = mailbox.mails.filter(({ raw }) => raw.replaceAll('=\r\n', '').includes(page));
      expect(about.flatMap(({ to }) => to)).toEqual(['pat@hub.example']);
    });
    expect(await firingsOf(id)).toContainEqual({ what: 'supervisor', result: 'others-told' });
  });
});

/** A worker that dies at any statement of a rung has done nothing of it. */
async function expectAllOrNothing({ deps }: TestHub, place: Place): Promise<void> {
  const traces = (): Promise<unknown[]> =>
    deps.db.query(
      `SELECT (SELECT count(*) FROM firing) AS firings, (SELECT count(*) FROM loop_mail) AS mails, fired, at
       FROM deadline WHERE loop_id = $1`,
      [place.loopId],
    );
  const before = await traces();
  for (let dieAt = 1; ; dieAt += 1) {
    const { db } = mortal(deps.db, dieAt);
    const died = await fireOne({ ...deps, store: { ...deps.store, db } }, place).then(() => false, isKilled);
    if (!died) break;
    expect({ dieAt, left: await traces() }).toEqual({ dieAt, left: before });
  }
  expect(await traces()).not.toEqual(before);
}

function isKilled(thrown: unknown): true {
  if (thrown instanceof Killed) return true;
  throw thrown;
}
