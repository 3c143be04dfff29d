import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { rebuildReaders } from '../../src/fhir/sharing/check-readers.ts';
import { endDueShares } from '../../src/fhir/sharing/end-shares.ts';
import { call, done, found } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { consentOf } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { sendStory } from './network/referral.ts';
import { addOrganizations, tellStories } from './network/stories.ts';
import type { Network } from './network/told.ts';

const DAY_MS = 86_400_000;

describe.each(databaseKinds())('what is shared with whom (%s)', (kind) => {
  const clock = createClock();
  let hub: TestHub;
  let network: Network;
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    network = await addOrganizations(hub);
    await tellStories(hub, network, 22);
  });
  afterAll(() => hub?.close());

  const readersOf = async (name: string): Promise<string[]> => {
    const [type, id] = name.split('/');
    const rows = await hub.deps.db.query<{ readers: string[] }>(
      'SELECT readers FROM resource WHERE type = $1 AND id = $2',
      [type, id],
    );
    return (rows[0]?.readers ?? []).toSorted();
  };
  const sharesOf = (name: string): Promise<{ organization: string; reason: string; ended: string | null }[]> =>
    hub.deps.db.query(
      `SELECT organization_id AS organization, reason, end_reason AS ended FROM share
       WHERE type || '/' || resource_id = $1 ORDER BY id`,
      [name],
    );
  const inOrder = (readers: Iterable<string>): string[] => [...readers].toSorted();

  test('offering, answering, declining, cancelling and ending share what they must, and nothing else', async () => {
    expect(network.resources.length).toBeGreaterThan(250);
    for (const { type, id, readers, as, story } of network.resources.filter((each) => each.story !== 'directory'))
      expect({ as, story, readers: await readersOf(`${type}/${id}`) }).toEqual({
        as,
        story,
        readers: inOrder(readers),
      });
  });

  test('every share has its reason, its loop and its Task, and ends with a reason', async () => {
    const rows = await hub.deps.db.query<{ reason: string; end_reason: string | null; ended: boolean }>(
      `SELECT DISTINCT reason, end_reason, ended_at IS NOT NULL AS ended FROM share
       WHERE loop_id IN (SELECT id FROM loop) AND EXISTS (SELECT 1 FROM resource WHERE type = 'Task' AND id = task_id)`,
    );
    expect(new Set(rows.map(({ reason }) => reason))).toEqual(
      new Set(['task', 'request', 'client', 'reason', 'supporting-information', 'document', 'outcome', 'message']),
    );
    expect(new Set(rows.filter(({ ended }) => ended).map((row) => row.end_reason))).toEqual(
      new Set(['rejected', 'cancelled', 'time-over']),
    );
    const [{ strays } = { strays: -1 }] = await hub.deps.db.query<{ strays: number }>(
      'SELECT count(*)::int AS strays FROM share WHERE loop_id NOT IN (SELECT id FROM loop)',
    );
    expect(strays).toBe(0);
  });

  test('the readers of every resource are those a rebuild from authors and shares makes, and one that differs is mended', async () => {
    expect(await rebuildReaders(hub.deps.db)).toEqual([]);
    const stray = network.resources.find(({ as }) => as === 'patient');
    const name = `${stray?.type}/${stray?.id}`;
    const before = await readersOf(name);
    await hub.deps.db.query(`UPDATE resource SET readers = '{somebody}' WHERE type || '/' || id = $1`, [name]);
    expect(await rebuildReaders(hub.deps.db)).toEqual([name]);
    expect(await readersOf(name)).toEqual(before);
    await hub.deps.db.query(`UPDATE resource SET tokens = '{}' WHERE type || '/' || id = $1`, [name]);
    expect(await rebuildReaders(hub.deps.db)).toEqual([name]);
  });

  test('an upgrade shares what the loops of before have shared', async () => {
    const state = (): Promise<unknown[]> =>
      hub.deps.db.query(
        `SELECT type || '/' || id AS name, ARRAY(SELECT unnest(readers) ORDER BY 1) AS readers FROM resource
         WHERE type NOT IN ('Binary', 'Communication') ORDER BY 1`,
      );
    const sql = await readFile(new URL('../../src/db/migrations/0030-share.sql', import.meta.url), 'utf8');
    const statements = sql
      .slice(sql.indexOf('-- What the hub made of a referral'))
      .split(';\n')
      .filter((each) => each.trim());
    const before = await state();
    await hub.deps.db.query('DELETE FROM share');
    await hub.deps.db.query(
      `UPDATE resource SET readers = ARRAY[author_org], tokens = ARRAY(SELECT t FROM unnest(tokens) AS t WHERE t NOT LIKE '%._reader=%')`,
    );
    for (const statement of statements) await hub.deps.db.query(statement);
    // What is kept for a time only, the upgrade cannot know.
    const oldOnes = new Set(
      network.resources.filter(({ story }) => story.endsWith('long ago')).map(({ type, id }) => `${type}/${id}`),
    );
    const others = (rows: unknown[]): unknown[] => rows.filter((row) => !oldOnes.has((row as { name: string }).name));
    expect(others(await state())).toEqual(others(before));
    expect(await rebuildReaders(hub.deps.db)).toEqual([]);
  });

  test('what is shared for two loops stays shared when one of them ends', async () => {
    const [hospital] = network.hospitals;
    const [agency] = network.agencies;
    if (!hospital || !agency) throw new Error('no network');
    const sent = await sendStory(hub, hospital, {
      number: 901,
      status: 'requested',
      asks: agency,
      direct: false,
      others: false,
    });
    const again = await done<Task>(call('GET', `${hub.fhir}/${sent.root}`, { token: hospital.token }));
    const { id: _id, meta: _meta, ...body } = again;
    await done(
      call('POST', `${hub.fhir}/Task`, {
        token: hospital.token,
        body: { ...body, identifier: [{ value: 'second' }], owner: { reference: `Organization/${agency.id}` } },
      }),
    );
    expect(await sharesOf(sent.patient)).toHaveLength(2);
    await done(
      call('PUT', `${hub.fhir}/${sent.root}`, {
        token: hospital.token,
        body: { ...again, status: 'cancelled', statusReason: { text: 'Twice' } },
      }),
    );
    expect((await sharesOf(sent.patient)).map(({ ended }) => ended).toSorted()).toEqual(['cancelled', null]);
    expect(await readersOf(sent.patient)).toEqual(inOrder([hospital.id, agency.id]));
    expect(await rebuildReaders(hub.deps.db)).toEqual([]);
  });

  test('what is shared at the moment in which another share of it ends is shared', async () => {
    const [hospital] = network.hospitals;
    const [agency] = network.agencies;
    if (!hospital || !agency) throw new Error('no network');
    const sending = { status: 'requested', asks: agency, direct: true, others: false } as const;
    for (let number = 910; number < 922; number += 1) {
      const sent = await sendStory(hub, hospital, { ...sending, number });
      const task = await done<Task>(call('GET', `${hub.fhir}/${sent.root}`, { token: agency.token }));
      const { id: _id, meta: _meta, ...body } = task;
      const declined = { ...task, status: 'rejected', statusReason: { text: 'No room' } };
      const again = { ...body, identifier: [{ value: `again-${number}` }] };
      await Promise.all([
        done(call('PUT', `${hub.fhir}/${sent.root}`, { token: agency.token, body: declined })),
        done(call('POST', `${hub.fhir}/Task`, { token: hospital.token, body: again })),
      ]);
      expect(await readersOf(sent.patient)).toEqual(inOrder([hospital.id, agency.id]));
    }
    expect(await rebuildReaders(hub.deps.db)).toEqual([]);
  });

  test.each([false, true])(
    'a draft that is withdrawn shares nothing with whom it would have asked (denied: %s)',
    async (isDenied) => {
      const [hospital] = network.hospitals;
      const [agency] = network.agencies;
      if (!hospital || !agency) throw new Error('no network');
      const number = isDenied ? 931 : 930;
      const sent = await sendStory(hub, hospital, {
        number,
        status: 'draft',
        asks: agency,
        direct: true,
        others: false,
      });
      const { token } = hospital;
      if (isDenied)
        await done(call('POST', `${hub.fhir}/Consent`, { token, body: consentOf(sent.patient, { type: 'deny' }) }));
      const draft = await done<Task>(call('GET', `${hub.fhir}/${sent.root}`, { token }));
      const withdrawn = { ...draft, status: 'entered-in-error', statusReason: { text: 'Of somebody else' } };
      await done(call('PUT', `${hub.fhir}/${sent.root}`, { token, body: withdrawn }));
      for (const name of [sent.root, sent.request, sent.patient, sent.document]) {
        expect([name, await readersOf(name)]).toEqual([name, [hospital.id]]);
        expect([name, await sharesOf(name)]).toEqual([name, []]);
      }
    },
  );

  test('a document that its sender may read no more is not passed on with a new offer', async () => {
    const [hospital, other] = network.hospitals;
    const [agency, next] = network.agencies;
    if (!hospital || !other || !agency || !next) throw new Error('no network');
    const sent = await sendStory(hub, hospital, {
      number: 902,
      status: 'requested',
      asks: agency,
      direct: false,
      others: false,
    });
    await hub.deps.db.query(`UPDATE resource SET author_org = $2, readers = ARRAY[$2] WHERE type || '/' || id = $1`, [
      sent.document,
      other.id,
    ]);
    const offered = await call('POST', `${hub.url}/api/loops/${sent.root.split('/')[1]}/offers`, {
      body: { organizationId: next.id },
      headers: { 'content-type': 'application/json' },
    });
    expect(offered.status).toBe(201);
    expect(await readersOf(sent.supporting)).toContain(next.id);
    expect(await readersOf(sent.document)).not.toContain(next.id);
    expect(await readersOf(sent.scan)).not.toContain(next.id);
  });

  test('an agency that lists what is not its own as its outcome does not pass it on', async () => {
    const [hospital, other] = network.hospitals;
    const [agency] = network.agencies;
    if (!hospital || !other || !agency) throw new Error('no network');
    const foreign = await sendStory(hub, other, {
      number: 903,
      status: 'requested',
      asks: agency,
      direct: false,
      others: false,
    });
    const sent = await sendStory(hub, hospital, {
      number: 904,
      status: 'requested',
      asks: agency,
      direct: false,
      others: false,
    });
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${sent.root}`));
    const output = [{ type: { text: 'Result' }, valueReference: { reference: foreign.supporting } }];
    await done(
      call('PUT', `${hub.fhir}/Task/${leg?.id}`, { token: agency.token, body: { ...leg, status: 'accepted', output } }),
    );
    expect(await readersOf(foreign.supporting)).not.toContain(hospital.id);
  });

  test('a share whose time is over ends by itself, and only then', async () => {
    const completed = network.resources.find(({ as, story }) => as === 'leg' && story === 'completed');
    const order = network.resources.find(({ as, story }) => as === 'patient' && story === 'completed');
    const name = `${order?.type}/${order?.id}`;
    const agency = completed?.owner ?? '';
    await hub.deps.db.query('UPDATE share SET ends_at = NULL WHERE ends_at IS NOT NULL');
    await hub.deps.db.query(
      `UPDATE share SET ends_at = $2 WHERE type || '/' || resource_id = $1 AND ended_at IS NULL`,
      [name, new Date(clock.now().getTime() + DAY_MS)],
    );
    expect(await endDueShares(hub.deps.store)).toBe(0);
    expect(await readersOf(name)).toContain(agency);
    clock.advance(2 * DAY_MS);
    expect(await endDueShares(hub.deps.store)).toBe(1);
    expect(await readersOf(name)).not.toContain(agency);
    expect((await sharesOf(name)).at(-1)).toMatchObject({ reason: 'client', ended: 'time-over' });
  });
});
