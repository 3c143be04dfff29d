import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Communication, Consent, Procedure, Resource, Task, TaskOutput } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { consentOf, label, toOrganization } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type Sent, sendStory } from './network/referral.ts';

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';
const OURS = 'https://careloop.dev/fhir/CodeSystem';
const SDOHCC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
const ACTIVITY = { coding: [{ system: SDOHCC, code: 'resulting-activity' }] };
const WHERE = 'Said in a message about this Task, to those whom consent lets know it.';

/** What tells of something labelled, by the label it is given. */
const CODES = { SUD: 'F11.20', PSY: 'F20.0', HIV: 'B20', 'child-protection': 'T74.12XA' } as const;
type Label = keyof typeof CODES;

/** What an owner says, and where: nobody but it and the hub may find the word or the code in what they read. */
const concept = (code: string) => ({ coding: [{ system: ICD, code, display: `secret of ${code}` }], text: 'a secret' });
const SAID = {
  'the reason': (code: string): Partial<Task> => ({ status: 'on-hold', statusReason: concept(code) }),
  'how far it is': (code: string): Partial<Task> => ({ status: 'in-progress', businessStatus: concept(code) }),
  'what was done': (code: string): Partial<Task> => ({
    status: 'completed',
    output: [{ type: ACTIVITY, valueCodeableConcept: concept(code) }],
  }),
  'what kind of thing was done': (code: string): Partial<Task> => ({
    status: 'completed',
    output: [{ type: concept(code), valueString: 'a secret' }],
  }),
} as const;

describe.each(databaseKinds())('what who is asked says that is labelled (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let other: Partner;
  beforeAll(async () => {
    hub = await startHub(kind);
    hospital = await addPartner(hub, 'A Hospital');
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
    other = await addPartner(hub, 'Another Agency', { category: 'food-insecurity' });
  });
  afterAll(() => hub?.close());

  let number = 0;
  const send = async (direct: boolean): Promise<{ sent: Sent; task: string }> => {
    number += 1;
    const sent = await sendStory(hub, hospital, { number, status: 'requested', asks: agency, direct, others: true });
    if (direct) return { sent, task: sent.root };
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${sent.root}`));
    return { sent, task: `Task/${leg?.id}` };
  };
  const read = <T extends Resource>(name: string, by?: Partner): Promise<T & { id: string }> =>
    done<T>(call('GET', `${hub.fhir}/${name}`, { token: by?.token, headers: { accept: 'application/fhir+json' } }));
  const say = async (task: string, said: Partial<Task>, by: Partner = agency): Promise<Task> => {
    const { statusReason: _reason, businessStatus: _progress, ...before } = await read<Task>(task, by);
    return done<Task>(call('PUT', `${hub.fhir}/${task}`, { token: by.token, body: { ...before, ...said } }));
  };
  const messages = async (name: string, by?: Partner): Promise<Communication[]> =>
    found<Communication>(await call('GET', `${hub.fhir}/Communication?part-of=${name}`, { token: by?.token }));
  const everything = async (by: Partner): Promise<string> => {
    const texts = ['Task', 'Communication', 'Provenance', 'Procedure'].map(async (type) =>
      JSON.stringify((await call('GET', `${hub.fhir}/${type}?_count=500`, { token: by.token })).body),
    );
    const histories = await call('GET', `${hub.fhir}/Task/_history?_count=500`, { token: by.token });
    const loops = await call('GET', `${hub.url}/api/loops`, { token: by.token });
    return [...(await Promise.all(texts)), JSON.stringify(histories.body), JSON.stringify(loops.body)].join('\n');
  };
  const secrets = (text: string): string[] =>
    ['a secret', 'secret of', ...Object.values(CODES)].filter((each) => text.includes(each));
  const permit = (patient: string, to: Partner, code: Label): Promise<Consent> => {
    const body = consentOf(patient, { type: 'permit', actor: toOrganization(to.id), securityLabel: [label(code)] });
    // Nobody permits itself: the hub writes it down.
    return done(call<Consent>('POST', `${hub.fhir}/Consent`, { body }));
  };

  const timeline = async (root: string, by?: Partner): Promise<unknown[]> => {
    const url = `${hub.url}/api/loops/${root.slice('Task/'.length)}/timeline?kind=note&count=200`;
    const { body } = await call<{ entries?: { apart: string | null; text: string }[] }>('GET', url, {
      token: by?.token,
    });
    // Who has no part in it is told that there is no such loop.
    return (body.entries ?? []).flatMap(({ apart, text }) => (apart ? [[apart, text]] : []));
  };

  const cells = Object.keys(SAID).flatMap((what, row) =>
    (Object.keys(CODES) as Label[]).map((code, column) => ({ what, code, direct: (row + column) % 2 === 0 })),
  );
  test.each(cells)('$what tells of $code (addressed directly: $direct)', async ({ what, code, direct }) => {
    const { sent, task } = await send(direct);
    const said = SAID[what as keyof typeof SAID](CODES[code]);
    if (said.status === 'on-hold') await say(task, { status: 'in-progress' });
    await say(task, said);

    // Who said it keeps its Task, and what it said; the Task itself tells it to nobody.
    const own = await read<Task>(task, agency);
    expect(own.status).toBe(said.status);
    expect(secrets(JSON.stringify(own))).toEqual([]);
    expect(own.meta?.security).toBeUndefined();
    const [message, ...more] = await messages(task, agency);
    expect(more).toEqual([]);
    expect(JSON.stringify(message)).toContain(CODES[code]);
    expect(message?.meta?.security?.map((each) => each.code)).toContain(code);

    // Who sent it knows where it stands.
    const root = await read<Task>(sent.root, hospital);
    expect(root.status).toBe(said.status === 'on-hold' && !direct ? root.status : said.status);
    if (said.output) expect(root.output).toHaveLength(1);
    expect({ hospital: secrets(await everything(hospital)), other: secrets(await everything(other)) }).toEqual({
      hospital: [],
      other: [],
    });
    expect(await messages(sent.root, hospital)).toEqual([]);

    // What a consent permits is read, until it is withdrawn; nothing permits a report to be told on.
    const consent = await permit(sent.patient, hospital, code);
    const told = await messages(sent.root, hospital);
    expect(told.map(({ id }) => id)).toEqual(code === 'child-protection' ? [] : [message?.id]);
    // The timeline has it, for who may read it.
    const entry = [`Communication/${message?.id}`, expect.stringMatching(/./)];
    const permitted = code === 'child-protection' ? [] : [entry];
    expect(await timeline(sent.root, agency)).toEqual([entry]);
    expect([await timeline(sent.root), await timeline(sent.root, hospital)]).toEqual([permitted, permitted]);
    expect(await timeline(sent.root, other)).toEqual([]);
    const { meta: _meta, ...body } = { ...consent, status: 'inactive' };
    await done(call('PUT', `${hub.fhir}/Consent/${consent.id}`, { body }));
    expect([await messages(sent.root, hospital), await timeline(sent.root, hospital)]).toEqual([[], []]);
    expect(await messages(task, agency)).toHaveLength(1);
  });

  test('said again in the whole Task, as programs do, it is one message and one output', async () => {
    const { task } = await send(false);
    const output: TaskOutput = { type: ACTIVITY, valueCodeableConcept: concept('F11.20') };
    for (let times = 0; times < 3; times += 1) await say(task, { status: 'in-progress', output: [output] });
    expect(await messages(task, agency)).toHaveLength(1);
    expect((await read<Task>(task, agency)).output).toHaveLength(1);
    await say(task, { status: 'in-progress', output: [{ ...output, valueCodeableConcept: concept('F10.20') }] });
    expect(await messages(task, agency)).toHaveLength(2);
    expect((await read<Task>(task, agency)).output).toHaveLength(2);
  });

  test('declined for a reason that is labelled: the reason is kept apart, the next agency is asked', async () => {
    const { sent, task } = await send(false);
    const outcome = { system: `${OURS}/outcome`, code: 'not-eligible' };
    const statusReason = { coding: [outcome, { system: ICD, code: 'F11.20' }], text: 'a secret' };
    await say(task, { status: 'rejected', statusReason });
    expect((await read<Task>(task, agency)).statusReason).toEqual({ coding: [outcome], text: WHERE });
    const legs = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${sent.root}`));
    const next = legs.find(({ owner }) => owner?.reference === `Organization/${other.id}`);
    expect((await read<Task>(`Task/${next?.id}`, other)).status).toBe('requested');
    expect(secrets(await everything(other))).toEqual([]);
    const loop = await call('GET', `${hub.url}/api/loops/${sent.root.slice('Task/'.length)}`);
    expect(loop.status).toBe(200);
    expect(secrets(JSON.stringify(loop.body))).toEqual([]);
  });

  test('what the hub says for an agency is kept apart too, and the agency keeps its Task', async () => {
    const { sent, task } = await send(false);
    await say(task, { status: 'in-progress' });
    const body = { ...(await read<Task>(task)), businessStatus: concept('F20.0') };
    await done(call('PUT', `${hub.fhir}/${task}`, { body }));
    const { status, businessStatus } = await read<Task>(task, agency);
    expect({ status, businessStatus }).toEqual({ status: 'in-progress', businessStatus: { text: WHERE } });
    expect(await messages(task, agency)).toEqual([]);
    expect(await messages(sent.root, hospital)).toEqual([]);
    expect(await messages(sent.root)).toHaveLength(1);
    const { meta: _meta, ...consent } = await permit(sent.patient, hospital, 'PSY');
    expect(await messages(sent.root, hospital)).toHaveLength(1);
    await done(call('PUT', `${hub.fhir}/Consent/${consent.id}`, { body: { ...consent, status: 'inactive' } }));
  });

  test.each([
    { answer: 'rejected', direct: false },
    { answer: 'rejected', direct: true },
    { answer: 'completed', direct: false },
  ] as const)(
    'why a request to stop is $answer is kept apart (addressed directly: $direct)',
    async ({ answer, direct }) => {
      const { sent, task } = await send(direct);
      await say(task, { status: 'in-progress' });
      await say(sent.root, { status: 'cancelled', statusReason: { text: 'Not needed' } }, hospital);
      const [stop] = found<Task>(await call('GET', `${hub.fhir}/Task?focus=${task}`, { token: agency.token }));
      await say(`Task/${stop?.id}`, { status: answer, statusReason: concept('F20.0') });
      const answered = await read<Task>(`Task/${stop?.id}`, agency);
      expect(answered).toMatchObject({ status: answer, statusReason: { text: WHERE } });
      expect((await read<Task>(task, agency)).status).toBe(answer === 'completed' ? 'cancelled' : 'in-progress');
      expect({ hospital: secrets(await everything(hospital)), agency: secrets(JSON.stringify(answered)) }).toEqual({
        hospital: [],
        agency: [],
      });
      // Why a part goes on is said to the hub: it is no news of the referral.
      const isToHub = answer === 'rejected' && !direct;
      const [message, ...more] = await messages(isToHub ? `Task/${stop?.id}` : task, agency);
      expect([message?.reasonCode, more]).toEqual([[concept('F20.0')], []]);
      const consent = await permit(sent.patient, hospital, 'PSY');
      expect(await messages(sent.root, hospital)).toHaveLength(isToHub ? 0 : 1);
      expect(secrets(await everything(hospital)).length > 0).toBe(!isToHub);
      const { meta: _meta, ...body } = { ...consent, status: 'inactive' };
      await done(call('PUT', `${hub.fhir}/Consent/${consent.id}`, { body }));
    },
  );

  test('an outcome that is labelled, then or later, is listed and not named', async () => {
    for (const later of [false, true]) {
      const { sent, task } = await send(false);
      const { focus } = await read<Task>(task, agency);
      const security = [label('PSY')];
      const procedure: Procedure = {
        resourceType: 'Procedure',
        status: 'completed',
        code: { text: 'a secret' },
        subject: { reference: sent.patient },
        basedOn: [focus as never],
      };
      const body = later ? procedure : { ...procedure, meta: { security } };
      const made = await done<Procedure>(call('POST', `${hub.fhir}/Procedure`, { token: agency.token, body }));
      const reference = `Procedure/${made.id}`;
      await say(task, {
        status: 'completed',
        output: [{ type: ACTIVITY, valueReference: { reference, display: 'a secret' } }],
      });
      if (later)
        await done(
          call('PUT', `${hub.fhir}/${reference}`, {
            token: agency.token,
            body: { ...made, meta: { ...made.meta, security } },
          }),
        );
      for (const name of [task, sent.root]) {
        const { status, output } = await read<Task>(name);
        expect({ status, secrets: secrets(JSON.stringify(output)) }).toEqual({ status: 'completed', secrets: [] });
        expect(JSON.stringify(output)).toContain(reference);
      }
      expect((await call('GET', `${hub.fhir}/${reference}`, { token: hospital.token })).status).toBe(404);
    }
  });

  test('what a sender writes into its own Task is labelled with it, as it was: withheld from who is asked', async () => {
    const { sent, task } = await send(false);
    await say(task, { status: 'in-progress' });
    await say(sent.root, { status: 'cancelled', statusReason: concept('F11.20') }, hospital);
    expect((await read<Task>(sent.root)).meta?.security?.map(({ code }) => code)).toEqual(['R', 'SUD']);
    expect((await call('GET', `${hub.fhir}/${task}`, { token: agency.token })).status).toBe(404);
  });
});
