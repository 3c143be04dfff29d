import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { openDeps } from '../../src/deps.ts';
import type { LoopDetail, LoopSummary, TimelineEntry } from '../../src/loops/api.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { applyPolicies, startWithPolicies } from '../../src/policies/apply.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { type StartedHub, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';

const HOME = 'https://careloop.dev/fhir/PlanDefinition/hospital-discharge-to-home';
// A Monday.
const NOW = new Date('2026-03-02T09:00:00Z');

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder whose policy says how long choosing may take. */
function choosing(hours: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'careloop-policies-'));
  folders.push(folder);
  const rules = [{ for: {}, because: 'To see.', spans: { choose: { hours } } }];
  writeFileSync(join(folder, 'policy.json'), JSON.stringify({ name: 'Of the town', because: 'To see.', rules }));
  return folder;
}

const loopAt = async (hub: TestHub, id: string, token?: string): Promise<LoopDetail> =>
  (await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`, token === undefined ? {} : { token })).body;
const policyEntries = ({ timeline }: LoopDetail): TimelineEntry[] => timeline.filter(({ kind }) => kind === 'policy');

describe.each(databaseKinds())('a policy that is changed, on the %s store', (kind) => {
  let hub: StartedHub;
  let hospital: Partner;
  let ids: string[];

  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, now: () => NOW });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    ids = [];
    for (let count = 0; count < 3; count += 1) ids.push(await sendReferral(hub, hospital));
  });
  afterAll(() => closeHealthy(hub));

  test('applies to open loops from the start of the workers on, and their timelines say so, once', async () => {
    const [id = ''] = ids;
    expect(await loopAt(hub, id)).toMatchObject({
      nextStep: { step: 'choose-recipient', due: '2026-03-03T09:00:00.000Z' },
    });
    expect(policyEntries(await loopAt(hub, id))).toEqual([]);
    hub = await hub.restart({ POLICIES_DIR: choosing(5) });
    await eventually(async () => {
      for (const each of ids)
        expect(await loopAt(hub, each)).toMatchObject({
          nextStep: { step: 'choose-recipient', due: '2026-03-02T14:00:00.000Z' },
        });
    });
    expect(policyEntries(await loopAt(hub, id))).toEqual([
      {
        id: expect.any(String),
        kind: 'policy',
        at: NOW.toISOString(),
        recordedAt: NOW.toISOString(),
        policy: 'Of the town',
        changes: [{ what: 'spans.choose', from: '1 working day', to: '5 hours' }],
      },
    ]);
    expect(await checkLoops(hub.deps.db, hub.deps)).toEqual({ loops: 3, differed: [], untold: [] });
  });

  test('is nobody’s business but the hub’s', async () => {
    expect(policyEntries(await loopAt(hub, ids[0] ?? '', hospital.token))).toEqual([]);
  });

  test('is not told of by a timeline for what was there before policies were', async () => {
    const [id = ''] = ids;
    await hub.deps.db.query(`UPDATE loop SET policies = ''`);
    await hub.deps.db.query('DELETE FROM loop_policy');
    await eventually(async () =>
      expect(await checkLoops(hub.deps.db, hub.deps)).toEqual({ loops: 3, differed: [], untold: [] }),
    );
    expect(policyEntries(await loopAt(hub, id))).toEqual([]);
    const rows = await hub.deps.db.query('SELECT name FROM loop_policy WHERE loop_id = $1', [id]);
    expect(rows).toEqual([{ name: 'Of the town' }]);
  });

  test('that says the same as before changes nothing, and says nothing', async () => {
    const before = await loopAt(hub, ids[0] ?? '');
    hub = await hub.restart({ POLICIES_DIR: choosing(5) });
    await eventually(async () => expect(await applyPolicies(hub.deps)).toBe(0));
    expect(await loopAt(hub, ids[0] ?? '')).toEqual(before);
  });
});

test.each(databaseKinds())(
  'the referrals of a programme are held to its policy, and listed by it, on the %s store',
  async (kind) => {
    const hub = await startHub(kind, { now: () => NOW });
    try {
      const [hospital, other] = [
        await addPartner(hub, 'St. Anna Hospital'),
        await addPartner(hub, 'St. Beda Hospital'),
      ];
      const agency = await addPartner(hub, 'Homes First');
      const direct = `Organization/${agency.id}`;
      const home = await sendReferral(hub, hospital, { programme: `${HOME}|1.0`, owner: direct });
      const none = await sendReferral(hub, hospital);
      await sendReferral(hub, hospital, { programme: 'https://x.test/PlanDefinition/unknown' });
      await sendReferral(hub, other, { programme: HOME });
      expect(await loopAt(hub, home)).toMatchObject({
        programme: 'hospital-discharge-to-home',
        nextStep: { step: 'deliver' },
      });
      expect(await loopAt(hub, none)).toMatchObject({ programme: null });
      const list = async (query: string, token?: string): Promise<LoopSummary[]> => {
        const path = `${hub.url}/api/loops?${query}`;
        const { body } = await call<{ loops: LoopSummary[] }>('GET', path, token === undefined ? {} : { token });
        return body.loops;
      };
      expect(await list('programme=hospital-discharge-to-home')).toHaveLength(2);
      expect(await list('programme=hospital-discharge-to-home&waitingOn=case-manager')).toHaveLength(1);
      expect(await list('programme=hospital-discharge-to-home&state=closed')).toEqual([]);
      expect(await list('programme=nothing')).toEqual([]);
      const own = await list('programme=hospital-discharge-to-home', hospital.token);
      expect(own.map(({ id }) => id)).toEqual([home]);
      expect(await list('programme=hospital-discharge-to-home', agency.token)).toMatchObject([{ id: home }]);
      // What it is asked stands in its own request; the loop tells it no more.
      const asked = await addPartner(hub, 'Pantry', { category: 'food-insecurity' });
      const part = await sendReferral(hub, hospital, { programme: HOME });
      expect(await loopAt(hub, part, asked.token)).toMatchObject({ id: part, programme: null });
      expect(await list('programme=hospital-discharge-to-home', asked.token)).toEqual([]);
      expect(await list('state=open', asked.token)).toMatchObject([{ id: part, programme: null }]);
    } finally {
      await hub.close();
    }
  },
);

test.each(databaseKinds())(
  'a referral that becomes more urgent is held to what is urgent, and its timeline says so, on the %s store',
  async (kind) => {
    const hub = await startHub(kind, { now: () => NOW });
    try {
      const hospital = await addPartner(hub, 'St. Anna Hospital');
      const agency = await addPartner(hub, 'Homes First');
      const id = await sendReferral(hub, hospital, { owner: `Organization/${agency.id}` });
      const task = await done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
      const headers = { 'if-match': `W/"${task.meta?.versionId}"` };
      await done(
        call('PUT', `${hub.fhir}/Task/${id}`, { token: hospital.token, headers, body: { ...task, priority: 'stat' } }),
      );
      const loop = await loopAt(hub, id);
      expect(loop.priority).toBe('stat');
      expect(policyEntries(loop)).toMatchObject([
        {
          policy: 'All referrals',
          changes: [
            { what: 'spans.decide', from: '2 working days', to: '1 hour' },
            {
              what: 'ladder.decide',
              from: expect.stringMatching(/^remind after 0 hours, remind-other-channel after 1 working day, /),
              to: expect.stringContaining('supervisor after 1 hour'),
            },
          ],
        },
      ]);
    } finally {
      await hub.close();
    }
  },
);

test.each(databaseKinds().filter((kind) => kind === 'server'))(
  'several processes apply a policy together, each loop once; one of before applies its own no more, on the %s store',
  async (kind) => {
    const hub = await startHub(kind, { now: () => NOW });
    const opened = [];
    try {
      const hospital = await addPartner(hub, 'St. Anna Hospital');
      const ids = await Promise.all(Array.from({ length: 120 }, () => sendReferral(hub, hospital)));
      await startWithPolicies(hub.deps);
      const POLICIES_DIR = choosing(7);
      for (let count = 0; count < 3; count += 1)
        opened.push(await openDeps({ ...hub.deps.config, POLICIES_DIR }, { now: () => NOW }));
      await Promise.all(opened.map(startWithPolicies));
      const counts = await Promise.all(opened.map((each) => applyPolicies(each)));
      expect(counts.reduce((sum, each) => sum + each, 0)).toBe(120);
      expect(await applyPolicies(hub.deps)).toBe(0);
      for (const id of ids) {
        const loop = await loopAt(hub, id);
        expect(loop.nextStep?.due).toBe('2026-03-02T16:00:00.000Z');
        expect(policyEntries(loop)).toHaveLength(1);
      }
    } finally {
      for (const each of opened) await each.close();
      await hub.close();
    }
  },
);
