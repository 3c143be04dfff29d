import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  AuditEvent,
  Communication,
  Condition,
  Meta,
  Parameters,
  Provenance,
  Resource,
  Task,
} from '@medplum/fhirtypes';
import { rebuildReaders } from '../../src/fhir/sharing/check-readers.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { call, done, found, texts } from '../support/api.ts';
import { label } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import type { TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type Sending, type Sent, sendStory } from './network/referral.ts';
import { relabelling as body, REPORT, WHY } from './network/relabelling.ts';
import type { Browser } from './people/browser.ts';
import { join, startPeopleHub } from './people/people-hub.ts';

const OPIOIDS = { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F11.20' };

describe.each(databaseKinds())('labelling anew (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let supervisor: Browser & { personId: string };
  let manager: Browser;
  let protection: Browser;

  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    hospital = await addPartner(hub, 'A Hospital');
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
    supervisor = await join(hub, 'sv@hub.example', ['supervisor']);
    manager = await join(hub, 'cm@hub.example', ['case-manager']);
    protection = await join(hub, 'pw@hub.example', ['supervisor', 'protection-worker']);
  });
  afterAll(() => hub?.close());

  let number = 0;
  const send = (more: Partial<Sending> = {}): Promise<Sent> => {
    number += 1;
    return sendStory(hub, hospital, {
      number,
      status: 'requested',
      asks: agency,
      direct: false,
      others: false,
      ...more,
    });
  };
  const legOf = async ({ root }: Sent): Promise<Task & { id: string }> => {
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${root}`));
    if (!leg) throw new Error('no leg');
    return leg;
  };
  const ask = (by: Browser, what: 'add' | 'delete', name: string, sent: Parameters) =>
    by.send<Parameters>('POST', `/fhir/R4/${name}/$meta-${what}`, sent);
  const labelsOf = ({ meta }: { meta?: Meta }): string[] => (meta?.security ?? []).flatMap(({ code }) => code ?? []);
  const read = <T extends Resource>(name: string, token?: string): Promise<T & { id: string }> =>
    done<T>(call('GET', `${hub.fhir}/${name}`, { token, headers: { accept: 'application/fhir+json' } }));
  const labelsAt = async (name: string): Promise<string[]> => labelsOf(await read(name));
  const statusAt = async (name: string, by: Partner = agency): Promise<number> =>
    (await call('GET', `${hub.fhir}/${name}`, { token: by.token, headers: { accept: 'application/fhir+json' } }))
      .status;

  test('a case manager adds a label: what it is needed for ends at once, and who could read it is told', async () => {
    const sent = await send();
    const leg = await legOf(sent);
    expect(await statusAt(`Task/${leg.id}`)).toBe(200);
    const { status, body: said } = await ask(manager, 'add', sent.request, body(label('HIV')));
    expect(status).toBe(200);
    expect(labelsOf({ meta: said.parameter?.[0]?.valueMeta as Meta })).toEqual(['R', 'HIV']);
    for (const name of [sent.root, `Task/${leg.id}`, leg.focus?.reference ?? ''])
      expect({ name, labels: await labelsAt(name) }).toEqual({ name, labels: ['R', 'HIV'] });
    for (const name of [`Task/${leg.id}`, sent.patient, `Task/${leg.id}/_history`])
      expect({ name, status: await statusAt(name) }).toEqual({ name, status: 404 });
    const told = found<Communication>(await call('GET', `${hub.fhir}/Communication`, { token: agency.token }));
    expect(told.map(({ about }) => about)).toContainEqual([{ reference: `Task/${leg.id}` }]);
    expect(await rebuildReaders(hub.deps.db)).toEqual([]);
  });

  test('a supervisor takes it off: it goes from what was made from it, and the offer goes on', async () => {
    const sent = await send({ labels: { request: [label('42CFRPart2')] } });
    const leg = await legOf(sent);
    const order = leg.focus?.reference ?? '';
    expect(await statusAt(`Task/${leg.id}`)).toBe(404);
    const loop = (await call<{ nextStep: object }>('GET', `${hub.url}/api/loops/${sent.root.split('/')[1]}`)).body;
    expect(loop.nextStep).toMatchObject({ step: 'obtain-consent' });
    const { status, body: said } = await ask(supervisor, 'delete', sent.request, body(label('42CFRPart2')));
    expect(status).toBe(200);
    expect(said.parameter?.[0]?.valueMeta?.security).toBeUndefined();
    for (const name of [sent.request, sent.root, `Task/${leg.id}`, order])
      expect({ name, labels: await labelsAt(name) }).toEqual({ name, labels: [] });
    // The notice went with the label.
    for (const name of [sent.root, `Task/${leg.id}`]) expect((await read<Task>(name)).note).toBeUndefined();
    for (const name of [`Task/${leg.id}`, order, sent.patient]) expect(await statusAt(name)).toBe(200);
    const next = (await call<{ nextStep: object }>('GET', `${hub.url}/api/loops/${sent.root.split('/')[1]}`)).body;
    expect(next.nextStep).not.toMatchObject({ step: 'obtain-consent' });
    expect(await rebuildReaders(hub.deps.db)).toEqual([]);
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });

  test('who did it, and why, stands in a Provenance, which has the label still; and who in the audit', async () => {
    const sent = await send({ labels: { request: [label('PSY')] } });
    await ask(supervisor, 'delete', sent.request, body(label('PSY')));
    const request = await read(sent.request);
    const all = found<Provenance>(await call('GET', `${hub.fhir}/Provenance?target=${sent.request}&_count=50`));
    const [said] = all.filter(({ reason }) => reason);
    expect(said).toMatchObject({
      target: [{ reference: `${sent.request}/_history/${request.meta?.versionId}` }],
      reason: [{ text: WHY }],
      agent: [{ who: { identifier: { value: supervisor.personId } } }],
    });
    expect(labelsOf(said as Provenance)).toEqual(expect.arrayContaining(['R', 'PSY']));
    expect(await statusAt(`Provenance/${said?.id}`, hospital)).toBe(404);
    const entries = found<AuditEvent>(
      await call('GET', `${hub.fhir}/AuditEvent?entity=${sent.request}&action=U&_count=20`),
    );
    expect(JSON.stringify(entries)).toContain(supervisor.personId);
  });

  test('nobody else takes one off: case managers, programs, whoever wrote it', async () => {
    const sent = await send({ labels: { request: [label('PSY')] } });
    const [first = ''] = texts(await ask(manager, 'delete', sent.request, body(label('PSY'))));
    expect(first).toBe(
      'To take a label off opens what it kept closed: a supervisor at the hub does that. Tell one of them why it is wrong.',
    );
    for (const token of [undefined, hospital.token]) {
      const answer = await call('POST', `${hub.fhir}/${sent.request}/$meta-delete`, {
        token,
        body: body(label('PSY')),
      });
      expect(answer.status).toBe(403);
    }
    const hidden = await call('POST', `${hub.fhir}/${sent.request}/$meta-add`, {
      token: agency.token,
      body: body(label('PSY')),
    });
    expect(hidden.status).toBe(404);
    const leg = await legOf(await send());
    const theirs = await call('POST', `${hub.fhir}/${leg.focus?.reference}/$meta-add`, {
      token: agency.token,
      body: body(label('PSY')),
    });
    expect(theirs.status).toBe(403);
    // Though it may change the Task itself.
    const task = await call('POST', `${hub.fhir}/Task/${leg.id}/$meta-add`, {
      token: agency.token,
      body: body(label('PSY')),
    });
    expect([task.status, texts(task)]).toEqual([
      403,
      [
        `Task/${leg.id} was written by another organization, and only that, or the hub, may label it. Label what you wrote yourself.`,
      ],
    ]);
    expect(await labelsAt(`Task/${leg.id}`)).toEqual([]);
    expect(await labelsAt(sent.request)).toEqual(['R', 'PSY']);
  });

  test('what would come back with the next write stays, and it is said because of what', async () => {
    const { id } = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    const condition: Condition = {
      resourceType: 'Condition',
      subject: { reference: `Patient/${id}` },
      code: { coding: [OPIOIDS] },
    };
    const written = await done(call('POST', `${hub.fhir}/Condition`, { body: condition }));
    const byCode = await ask(supervisor, 'delete', `Condition/${written.id}`, body(label('SUD')));
    expect([byCode.status, texts(byCode)]).toEqual([
      422,
      [
        `Condition/${written.id} keeps the label SUD: one of the codes in it says so (profiles/policy/label-codes.json). Change the code first.`,
      ],
    ]);
    const sent = await send({ labels: { request: [label('PSY')] } });
    const leg = await legOf(sent);
    const bySource = await ask(supervisor, 'delete', `Task/${leg.id}`, body(label('PSY')));
    expect([bySource.status, texts(bySource)]).toEqual([
      422,
      [
        `Task/${leg.id} keeps the label PSY: ${leg.focus?.reference} has it, and this comes from that. Take it off there first.`,
      ],
    ]);
  });

  test('what has it for another reason keeps it: another source, a code, or that its author said so', async () => {
    const sent = await send({ labels: { request: [label('PSY')], document: [label('PSY')] } });
    const leg = await legOf(sent);
    const basedOn = [{ reference: leg.focus?.reference ?? '' }];
    const subject = { reference: sent.patient };
    const write = async (resource: object): Promise<string> => {
      const written = await done(call('POST', `${hub.fhir}/Observation`, { token: agency.token, body: resource }));
      return `Observation/${written.id}`;
    };
    // The agency reads the order while the label is off.
    await ask(supervisor, 'delete', sent.request, body(label('PSY')));
    const observation = { resourceType: 'Observation', status: 'final', code: { text: 'Visit' }, subject, basedOn };
    const plain = await write(observation);
    const own = await write({ ...observation, meta: { security: [label('PSY')] } });
    await ask(manager, 'add', sent.request, body(label('PSY')));
    const derived = async (): Promise<string[][]> => [
      await labelsAt(plain),
      await labelsAt(own),
      await labelsAt(sent.scan),
    ];
    expect(await derived()).toEqual([
      ['R', 'PSY'],
      ['R', 'PSY'],
      ['R', 'PSY'],
    ]);
    await ask(supervisor, 'delete', sent.request, body(label('PSY')));
    expect(await derived()).toEqual([[], ['R', 'PSY'], ['R', 'PSY']]);
    await ask(supervisor, 'delete', sent.document, body(label('PSY')));
    expect(await derived()).toEqual([[], ['R', 'PSY'], []]);
  });

  test('a mandated report that is none is seen again by all at the hub; only a protection worker can say so', async () => {
    const sent = await send({ labels: { request: [REPORT] }, direct: true });
    const loop = `${hub.url}/api/loops/${sent.root.split('/')[1]}`;
    expect((await ask(supervisor, 'delete', sent.request, body(REPORT))).status).toBe(404);
    expect((await call('GET', loop)).status).toBe(404);
    const { status } = await ask(protection, 'delete', sent.request, body(REPORT));
    expect(status).toBe(200);
    expect((await call('GET', loop)).status).toBe(200);
    expect((await call('GET', `${hub.fhir}/${sent.root}`)).status).toBe(200);
    // That it was one is told to nobody who could not know.
    const said = await call('GET', `${hub.fhir}/Provenance?target=${sent.request}&_count=50`);
    expect(JSON.stringify(said.body)).not.toContain(WHY);
  });

  test('one that turns out to be one is gone at once for all others at the hub: reads, lists, numbers, loops', async () => {
    const sent = await send({ direct: true });
    const id = sent.root.split('/')[1] ?? '';
    const counts = async (): Promise<unknown> => (await call('GET', `${hub.url}/api/loops/counts`)).body;
    expect((await call('GET', `${hub.url}/api/loops/${id}`)).status).toBe(200);
    const before = await counts();
    const answer = await call('POST', `${hub.fhir}/${sent.request}/$meta-add`, {
      token: hospital.token,
      body: body(REPORT),
    });
    expect(answer.status).toBe(200);
    expect((await call('GET', `${hub.url}/api/loops/${id}`)).status).toBe(404);
    expect((await call('GET', `${hub.fhir}/${sent.root}`)).status).toBe(404);
    expect(await counts()).not.toEqual(before);
    expect(await statusAt(sent.root)).toBe(200);
  });

  test('an offer that turns out to be of one ends; its notice is for who had it, and tells neither it nor the hub why', async () => {
    const sent = await send();
    const leg = await legOf(sent);
    await call('POST', `${hub.fhir}/${sent.request}/$meta-add`, { token: hospital.token, body: body(REPORT) });
    expect(await statusAt(`Task/${leg.id}`)).toBe(404);
    const notices = async (token?: string): Promise<Communication[]> =>
      found<Communication>(await call('GET', `${hub.fhir}/Communication?_count=200`, { token })).filter(({ about }) =>
        about?.some(({ reference }) => reference === `Task/${leg.id}`),
      );
    const [theirs] = await notices(agency.token);
    expect(theirs?.meta?.security).toBeUndefined();
    expect(await notices()).toEqual([]);
    const audit = await call('GET', `${hub.fhir}/AuditEvent?_count=200&entity=Communication/${theirs?.id}`);
    expect(found(audit)).toEqual([]);
  });

  test('what is asked amiss is said in a sentence', async () => {
    const { request } = await send();
    const refusals = async (sent: object): Promise<unknown> =>
      [await ask(supervisor, 'add', request, sent as Parameters)].map(({ status, body: said }) => [
        status,
        texts({ status, headers: new Headers(), body: said })[0],
      ])[0];
    expect(await refusals(body(label('PSY'), ''))).toEqual([
      400,
      'The parameter "reason" is needed, e.g. a sentence that says why.',
    ]);
    expect(await refusals(body({ code: 'PSY' }))).toEqual([
      400,
      'Name at least one label in meta.security, each with its system and code.',
    ]);
    const tagged = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'meta', valueMeta: { tag: [label('x')] } },
        { name: 'reason', valueString: WHY },
      ],
    };
    expect(await refusals(tagged)).toEqual([400, 'Only meta.security is changed here. Leave the rest of meta out.']);
    const consent = await ask(manager, 'add', `Organization/${hospital.id}`, body(label('PSY')));
    expect(consent.status).toBe(403);
    const missing = await ask(manager, 'add', 'Condition/not-there', body(label('PSY')));
    expect(missing.status).toBe(404);
  });
});
