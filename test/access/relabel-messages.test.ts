import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Communication, DocumentReference, Meta, Parameters, Resource, Task } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { label } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import type { TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type Sending, type Sent, sendStory } from './network/referral.ts';
import { relabelling as body } from './network/relabelling.ts';
import type { Browser } from './people/browser.ts';
import { join, startPeopleHub } from './people/people-hub.ts';

describe.each(databaseKinds())('labels of messages and of what is in documents (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let supervisor: Browser & { personId: string };
  let manager: Browser;

  beforeAll(async () => {
    hub = await startPeopleHub(kind);
    hospital = await addPartner(hub, 'A Hospital');
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
    supervisor = await join(hub, 'sv@hub.example', ['supervisor']);
    manager = await join(hub, 'cm@hub.example', ['case-manager']);
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

  test('a message that only says what it is about has a label as long as that has it, and so what answers it', async () => {
    const sent = await send();
    const leg = await legOf(sent);
    const tell = async (more: Partial<Communication>): Promise<string> => {
      const written: Communication = { resourceType: 'Communication', status: 'completed', ...more };
      const { id } = await done(call('POST', `${hub.fhir}/Communication`, { token: agency.token, body: written }));
      return `Communication/${id}`;
    };
    const message = await tell({ partOf: [{ reference: `Task/${leg.id}` }] });
    const answer = await tell({ inResponseTo: [{ reference: message }] });
    await ask(manager, 'add', sent.request, body(label('HIV')));
    for (const name of [message, answer]) expect(await labelsAt(name)).toEqual(['R', 'HIV']);
    expect(await statusAt(message, hospital)).toBe(404);
    await ask(supervisor, 'delete', sent.request, body(label('HIV')));
    for (const name of [message, answer]) expect(await labelsAt(name)).toEqual([]);
    expect(await statusAt(message, hospital)).toBe(200);
    const by = (query: string) => call('GET', `${hub.fhir}/Communication?${query}`);
    const parts = found(await by(`part-of=Task/${leg.id}`));
    expect(parts.map(({ id }) => `Communication/${id}`)).toContain(message);
    const about = found(await by(`about=Task/${leg.id}`));
    // What the agency was told of its loss has no label, for as often as one is given.
    expect(about.length).toBeGreaterThan(0);
    await ask(manager, 'add', sent.request, body(label('PSY')));
    const notices = found(await by(`about=Task/${leg.id}&sender=Organization/careloop`));
    expect(notices.length).toBeGreaterThan(1);
    expect(notices.flatMap(labelsOf)).toEqual([]);
    expect(found(await by(`in-response-to=${message}`)).map(({ id }) => `Communication/${id}`)).toEqual([answer]);
  });

  test('content keeps it as long as another document with the same content has it', async () => {
    const sent = await send({ labels: { document: [label('PSY')] } });
    const { id: _id, meta: _meta, ...first } = await read<DocumentReference>(sent.document);
    const second = { ...first, meta: { security: [label('PSY')] } };
    const made = await done(call('POST', `${hub.fhir}/DocumentReference`, { token: hospital.token, body: second }));
    expect(await labelsAt(sent.scan)).toEqual(['R', 'PSY']);
    await ask(supervisor, 'delete', sent.document, body(label('PSY')));
    expect([await labelsAt(sent.document), await labelsAt(sent.scan)]).toEqual([[], ['R', 'PSY']]);
    await ask(supervisor, 'delete', `DocumentReference/${made.id}`, body(label('PSY')));
    expect(await labelsAt(sent.scan)).toEqual([]);
  });
});
