import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Communication, Meta, Resource, Task } from '@medplum/fhirtypes';
import { type Applied, applyLabels } from '../../src/access/labels/apply-labels.ts';
import { rebuildReaders } from '../../src/fhir/sharing/check-readers.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { killPrograms, startProgram } from '../support/processes.ts';
import { type Sent, sendStory } from './network/referral.ts';

const OPIOIDS = { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F11.20' };

describe.each(databaseKinds())('what was written before there were labels (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  beforeAll(async () => {
    hub = await startHub(kind);
    hospital = await addPartner(hub, 'A Hospital');
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
  });
  afterAll(() => hub?.close());

  let number = 0;
  const send = (): Promise<Sent> => {
    number += 1;
    return sendStory(hub, hospital, { number, status: 'requested', asks: agency, direct: false, others: false });
  };
  /** Writes a code into a row past all rules, as if it had been there before them. */
  const hadCode = (name: string, element: string): Promise<unknown> =>
    hub.deps.db.query(
      `UPDATE resource SET content = (content::jsonb || jsonb_build_object($3::text, $4::jsonb))::json WHERE type = $1 AND id = $2`,
      [
        ...name.split('/'),
        element,
        JSON.stringify(element === 'code' ? { coding: [OPIOIDS] } : [{ coding: [OPIOIDS] }]),
      ],
    );
  const labelsAt = async (name: string): Promise<string[]> => {
    const headers = { accept: 'application/fhir+json' };
    const { meta } = await done<Resource & { meta?: Meta }>(call('GET', `${hub.fhir}/${name}`, { headers }));
    return (meta?.security ?? []).flatMap(({ code }) => code ?? []);
  };
  const legOf = async ({ root }: Sent): Promise<Task & { id: string }> => {
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${root}`));
    if (!leg) throw new Error('no leg');
    return leg;
  };
  const apply = (options = {}): Promise<Applied> => applyLabels(hub.deps.store, hub.deps.labelling, options);
  const stored = async (): Promise<number> => {
    const [row] = await hub.deps.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM resource WHERE NOT deleted AND readers <> ARRAY['*']
       AND type NOT IN ('Consent', 'Endpoint', 'Subscription', 'AuditEvent')`,
    );
    return row?.count ?? 0;
  };

  test('is labelled with all that was made from it; what it needs a consent for ends, and who could read it is told', async () => {
    const [sent, other] = [await send(), await send()];
    const leg = await legOf(sent);
    await hadCode(sent.request, 'reasonCode');
    await hadCode(sent.reason, 'code');
    expect((await call('GET', `${hub.fhir}/Task/${leg.id}`, { token: agency.token })).status).toBe(200);
    const before = await stored();
    const applied = await apply();
    // The request, the root, the order, the leg, the reason, and the Provenance of what the hospital sent.
    expect(applied).toEqual({ lookedAt: before, labelled: 6, isFinished: true });
    for (const name of [sent.request, sent.root, sent.reason, `Task/${leg.id}`, leg.focus?.reference ?? ''])
      expect({ name, labels: await labelsAt(name) }).toEqual({ name, labels: ['R', 'SUD'] });
    for (const name of [other.request, sent.patient, sent.scan]) expect(await labelsAt(name)).toEqual([]);
    expect((await call('GET', `${hub.fhir}/Task/${leg.id}`, { token: agency.token })).status).toBe(404);
    const told = found<Communication>(await call('GET', `${hub.fhir}/Communication`, { token: agency.token }));
    expect(told.map(({ about }) => about)).toContainEqual([{ reference: `Task/${leg.id}` }]);
    expect(await rebuildReaders(hub.deps.db)).toEqual([]);
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
    // Once more, there is nothing to be done.
    expect(await apply()).toMatchObject({ labelled: 0, isFinished: true });
  });

  test('is gone through some at a time: stopped, it goes on from there, and counts on', async () => {
    const sent = [await send(), await send(), await send()];
    for (const { request } of sent) await hadCode(request, 'reasonCode');
    const stop = new AbortController();
    const first = await apply({ size: 5, signal: stop.signal, tell: () => stop.abort() });
    expect(first).toMatchObject({ lookedAt: 5, isFinished: false });
    const seen: number[] = [];
    const last = await apply({ size: 5, tell: ({ lookedAt }: Applied) => seen.push(lookedAt) });
    expect(seen[0]).toBe(10);
    expect(last).toMatchObject({ labelled: 15, isFinished: true });
    for (const { request, root } of sent) {
      expect(await labelsAt(request)).toEqual(['R', 'SUD']);
      expect(await labelsAt(root)).toEqual(['R', 'SUD']);
    }
  });

  test('begins from the start where that is asked for', async () => {
    const stop = new AbortController();
    await apply({ size: 5, signal: stop.signal, tell: () => stop.abort() });
    const { id } = await done(
      call('POST', `${hub.fhir}/Basic`, { body: { resourceType: 'Basic', code: { text: 'The first of all types' } } }),
    );
    await hadCode(`Basic/${id}`, 'code');
    expect(await apply({ again: true })).toMatchObject({ labelled: 1, isFinished: true });
    expect(await labelsAt(`Basic/${id}`)).toEqual(['R', 'SUD']);
  });

  test('what came from it by then has the label because of it, and loses it with it', async () => {
    const sent = await send();
    const leg = await legOf(sent);
    await hadCode(sent.request, 'reasonCode');
    await apply();
    const carried = await hub.deps.db.query<{ label: string }>(
      `SELECT label FROM label_carried WHERE type = 'Task' AND resource_id = $1`,
      [leg.id],
    );
    expect(carried).toEqual([{ label: 'SUD' }]);
  });
});

const ofServers = databaseKinds().includes('server') ? describe : describe.skip;
const STARTS_PROGRAMS_MS = 120_000;

ofServers('from the command line', () => {
  afterEach(killPrograms);

  test(
    'labels are applied, and how many is said',
    async () => {
      const hub = await startHub('server');
      const { id } = await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
      const condition = {
        resourceType: 'Condition',
        subject: { reference: `Patient/${id}` },
        code: { text: 'Fatigue' },
      };
      const written = await done(call('POST', `${hub.fhir}/Condition`, { body: condition }));
      await hub.deps.db.query(
        `UPDATE resource SET content = (content::jsonb || jsonb_build_object('code', $2::jsonb))::json WHERE id = $1`,
        [written.id, JSON.stringify({ coding: [OPIOIDS] })],
      );
      const run = async (...args: string[]): Promise<[code: unknown, said: string]> => {
        const settings = { DATABASE_URL: hub.deps.config.DATABASE_URL ?? '', LOG_LEVEL: 'silent' };
        const program = startProgram('src/cli.ts', { args: ['labels', ...args], settings });
        return [await program.ended(), program.stdout() || program.stderr()];
      };
      expect(await run('apply')).toEqual([0, '2 resources looked at, 1 labelled; that is all\n']);
      expect(await run('apply', '--again')).toEqual([0, '2 resources looked at, 0 labelled; that is all\n']);
      const { meta } = await done(call('GET', `${hub.fhir}/Condition/${written.id}`));
      expect(meta?.security?.map(({ code }) => code)).toEqual(['R', 'SUD']);
      const [status, usage] = await run('remove');
      expect([status, usage.includes('careloop labels apply [--again]')]).toEqual([1, true]);
      await hub.close();
    },
    STARTS_PROGRAMS_MS,
  );
});
