import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Consent, Task } from '@medplum/fhirtypes';
import { loadConsentPolicy } from '../../src/access/consent/policy.ts';
import type { LoopDetail } from '../../src/loops/api.ts';
import { call, done, found } from '../support/api.ts';
import { consentOf, label, toOrganization } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { type Partner, referralBundle } from '../support/network.ts';

const NOTICE = '42 CFR part 2 prohibits unauthorized use or disclosure of these records.';
const BECAUSE = 'It does laboratory work for the programme.';

/** What was sent: the ids of the client and of the root Task. */
interface Sent {
  readonly patient: string;
  readonly loop: string;
}

describe.each(databaseKinds())('a referral by a programme under 42 CFR Part 2 (%s)', (kind) => {
  let hub: TestHub;
  let folder: string;
  let server: Server;
  const received: { to: string; method: string; task: Task }[] = [];
  const partner = (id: string): Partner => ({ id, name: `The ${id}`, token: tokens.get(id) ?? '' });
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'careloop-policy-'));
    const file = join(folder, 'consent.json');
    const sources = ['clinic', 'centre'].map((organization) => ({
      organization,
      labels: ['42CFRPart2'],
      because: 'It is a programme for the treatment of substance use disorders.',
    }));
    const agreement = {
      organization: 'laboratory',
      with: 'clinic',
      kind: 'QSOA',
      labels: ['42CFRPart2'],
      because: BECAUSE,
    };
    await writeFile(file, JSON.stringify({ ...loadConsentPolicy(), sources, agreements: [agreement] }));
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const task = JSON.parse(Buffer.concat(chunks).toString()) as Task;
      received.push({ to: request.url?.split('/')[1] ?? '', method: request.method ?? '', task });
      response.writeHead(201, { location: 'Task/there/_history/1' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    hub = await startHub(kind, { workers: true, settings: { CONSENT_POLICY: file } });
    for (const id of ['clinic', 'centre', 'laboratory', 'shelter']) await add(id);
  });
  afterAll(async () => {
    await closeHealthy(hub);
    server?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  /** An organization with a program, and a server under its own name. */
  const add = async (id: string): Promise<void> => {
    const organization = { resourceType: 'Organization', id, active: true, name: `The ${id}` };
    await done(call('PUT', `${hub.fhir}/Organization/${id}`, { body: organization }));
    const endpoint = {
      resourceType: 'Endpoint',
      status: 'active',
      connectionType: {
        system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
        code: 'hl7-fhir-rest',
      },
      managingOrganization: { reference: `Organization/${id}` },
      payloadType: [{ text: 'FHIR R4' }],
      address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${id}`,
    };
    if (id !== 'clinic' && id !== 'centre') await done(call('POST', `${hub.fhir}/Endpoint`, { body: endpoint }));
    const program = { name: 'Their program', organizationId: id };
    tokens.set(id, (await call<{ token: string }>('POST', `${hub.url}/api/clients`, { body: program })).body.token);
  };
  let referrals = 0;
  const send = async (from: string, to: string): Promise<Sent> => {
    referrals += 1;
    const options = {
      performer: `Organization/${to}`,
      category: 'no-service-has-it',
      identifier: `part-2-${referrals}`,
    };
    const answer = await done<Bundle>(
      call('POST', hub.fhir, { token: partner(from).token, body: referralBundle(partner(from), options) }),
    );
    const ids = (answer.entry ?? []).map(({ response }) => response?.location?.split('/')[1] ?? '');
    return { patient: `Patient/${ids[0]}`, loop: ids[2] ?? '' };
  };
  const tasksOf = async (to: string, { loop }: Sent): Promise<Task[]> =>
    found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${loop}`, { token: partner(to).token }));
  const mayRead = async (to: string, { patient }: Sent): Promise<boolean> =>
    (await call('GET', `${hub.fhir}/${patient}`, { token: partner(to).token })).status === 200;
  const sentTo = (to: string, { patient }: Sent): Task[] =>
    received.flatMap(({ to: at, task }) => (at === to && JSON.stringify(task).includes(patient) ? [task] : []));
  const waits = (sent: Sent): Promise<void> =>
    eventually(async () => {
      const { body } = await call<LoopDetail>('GET', `${hub.url}/api/loops/${sent.loop}`);
      expect(body.nextStep).toMatchObject({ step: 'obtain-consent' });
      expect(body.timeline).toContainEqual(expect.objectContaining({ kind: 'delivery', lastCode: 'obtain-consent' }));
    });
  const decided = async (sent: Sent, recipient: string): Promise<unknown> => {
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${sent.loop}`));
    const body = { resource: `Task/${leg?.id}`, recipient };
    return (
      await call('POST', `${hub.url}/api/consent/decide`, { body, headers: { 'content-type': 'application/json' } })
    ).body;
  };

  test('goes to who has an agreement with it, without a consent, and the notice with it', async () => {
    const sent = await send('clinic', 'laboratory');
    await eventually(() => expect(sentTo('laboratory', sent)).toHaveLength(1));
    const [task] = sentTo('laboratory', sent);
    expect(task?.note).toEqual([{ text: NOTICE }]);
    expect(task?.meta?.security?.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['R', '42CFRPart2', 'NORDSCLCD']),
    );
    expect(await tasksOf('laboratory', sent)).toHaveLength(1);
    expect(await mayRead('laboratory', sent)).toBe(true);
    expect(await decided(sent, 'laboratory')).toEqual({
      decision: 'permit',
      because: expect.arrayContaining([{ rule: 'QSOA', text: BECAUSE }]),
      until: null,
    });
  });

  test('does not go to who has none: it waits for a consent that speaks of it and names the recipient', async () => {
    const sent = await send('clinic', 'shelter');
    await waits(sent);
    expect(sentTo('shelter', sent)).toEqual([]);
    expect([await tasksOf('shelter', sent), await mayRead('shelter', sent)]).toEqual([[], false]);
    expect(await decided(sent, 'shelter')).toMatchObject({ decision: 'wait' });
    const give = (provision: Consent['provision']): Promise<unknown> =>
      done(
        call('POST', `${hub.fhir}/Consent`, {
          token: partner('clinic').token,
          body: consentOf(sent.patient, provision ?? {}),
        }),
      );
    await give({ type: 'permit', actor: toOrganization('shelter') });
    expect(await mayRead('shelter', sent)).toBe(false);
    await give({ type: 'permit', actor: toOrganization('shelter'), securityLabel: [label('42CFRPart2')] });
    expect(await mayRead('shelter', sent)).toBe(true);
    await eventually(() => expect(sentTo('shelter', sent)).toHaveLength(1));
  });

  test('an agreement that another programme has with the recipient is none of its own', async () => {
    const sent = await send('centre', 'laboratory');
    await waits(sent);
    expect(sentTo('laboratory', sent)).toEqual([]);
    expect(await mayRead('laboratory', sent)).toBe(false);
    expect(await decided(sent, 'laboratory')).toMatchObject({ decision: 'wait' });
  });

  test('an agreement is not enough where the client says no: reads end, and the server is told without content', async () => {
    const sent = await send('clinic', 'laboratory');
    await eventually(() => expect(sentTo('laboratory', sent)).toHaveLength(1));
    const [leg] = await tasksOf('laboratory', sent);
    const denial = consentOf(sent.patient, { type: 'deny', actor: toOrganization('laboratory') });
    await done(call('POST', `${hub.fhir}/Consent`, { token: partner('clinic').token, body: denial }));
    expect([await tasksOf('laboratory', sent), await mayRead('laboratory', sent)]).toEqual([[], false]);
    const isTold = ({ to, method, task }: (typeof received)[number]): boolean =>
      to === 'laboratory' && method === 'PUT' && JSON.stringify(task.identifier).includes(leg?.id ?? '');
    await eventually(() => expect(received.filter(isTold)).toHaveLength(1));
    const [told] = received.filter(isTold);
    for (const element of ['for', 'focus', 'note', 'description']) expect(told?.task).not.toHaveProperty(element);
    expect(told?.task.meta).not.toHaveProperty('security');
  });
});
