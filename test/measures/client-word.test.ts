import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Measures } from '../../src/measures/api.ts';
import { askingClients } from '../flows/clients/asking-clients.ts';
import { legNetwork, outcome } from '../flows/legs/leg-network.ts';
import { call } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, sendReferral } from '../support/network.ts';
import { alike } from './alike.ts';

const HOME = 'https://careloop.dev/fhir/PlanDefinition/hospital-discharge-to-home';

/*
 * Fifty-five referrals, all of one day, of which an agency has completed all but the last; eleven of each kind:
 *
 *   kind     programme                   asked   the client says
 *   got      none                        yes     received, nothing remains
 *   missed   none                        yes     not received, help is still needed
 *   quiet    none                        yes     nothing yet
 *   unasked  hospital-discharge-to-home  no      -
 *   closed   hospital-discharge-to-home  no      -, a case manager says that it was provided
 */
describe('what clients say, and programmes, in numbers', () => {
  const folder = askingClients();
  let hub: TestHub;
  const { loop, post, say } = legNetwork(() => hub);
  beforeAll(async () => {
    const [store = 'embedded' as const] = databaseKinds();
    const clock = createClock('2026-03-02T09:00:00.000Z');
    hub = await startHub(store, { now: clock.now, settings: { POLICIES_DIR: folder } });
    const agency = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
    const movers = await addPartner(hub, 'Movers', { category: 'inadequate-housing' });
    const hospital = await addPartner(hub, 'St. Anna Hospital');
    const done = async (unasked = false): Promise<string> => {
      const options = unasked ? { category: 'inadequate-housing', programme: HOME } : {};
      const id = await sendReferral(hub, hospital, options);
      await say(id, unasked ? movers : agency, { status: 'completed', ...outcome('Done') });
      return id;
    };
    const closed = async (): Promise<string> => {
      const id = await sendReferral(hub, hospital, { category: 'inadequate-housing', programme: HOME });
      const body = { outcome: 'services-provided', text: 'Her sister has moved in.' };
      expect((await post(id, 'close', body)).status).toBe(204);
      return id;
    };
    const answer = async (id: string, received: string, remains: boolean): Promise<string> => {
      const answers = { 'service-received': received, 'need-remains': remains };
      expect((await post(id, 'confirmation/answer', { answers })).status).toBe(204);
      return id;
    };
    const kinds = [
      await answer(await done(), 'yes', false),
      await answer(await done(), 'no', true),
      await done(),
      await done(true),
      await closed(),
    ];
    expect((await Promise.all(kinds.map(loop))).map(({ confirmation }) => confirmation?.state)).toEqual([
      'received',
      'not-received',
      'asked',
      undefined,
      undefined,
    ]);
    for (const id of kinds) await alike(hub.deps.db, id, 10);
  }, 120_000);
  afterAll(async () => {
    await hub?.close();
    rmSync(folder, { recursive: true });
  });

  const measured = async (id: string, groupBy = ''): Promise<unknown> => {
    const query = `from=2026-03-02&to=2026-03-03&measure=${id}&groupBy=${groupBy}`;
    const { body } = await call<Measures>('GET', `${hub.url}/api/measures?${query}`);
    return body.measures[0]?.numbers.map(({ group, n, numerator, open, values }) => ({
      group: group?.programme,
      n,
      numerator,
      open,
      ...values,
    }));
  };

  test.each([
    // 22 of 33 that were asked have answered.
    ['client-answered', { n: 33, numerator: 22, open: 11, rate: 0.6667 }],
    // 11 of the 22 say that nothing came.
    ['not-received-client-says', { n: 22, numerator: 11, open: null, rate: 0.5 }],
    ['need-remains-client-says', { n: 22, numerator: 11, open: null, rate: 0.5 }],
    // By their own word 11 of 55 are helped; by that of agencies and of the hub all of them.
    ['need-resolved-client-says', { n: 55, numerator: 11, open: 11, rate: 0.2 }],
    ['need-resolved', { n: 55, numerator: 55, open: 0, rate: 1 }],
  ])('%s', async (id, numbers) => {
    expect(await measured(id)).toEqual([{ group: undefined, ...numbers }]);
  });

  test('whose word it is that a need is resolved', async () => {
    const query = 'from=2026-03-02&to=2026-03-03&measure=need-resolved-by-source';
    const { body } = await call<Measures>('GET', `${hub.url}/api/measures?${query}`);
    // got by the client's; missed, quiet and unasked by the agency's; closed by the hub's.
    expect(body.measures[0]?.numbers).toMatchObject([
      { part: 'agency', n: 55, numerator: 33, values: { share: 0.6 } },
      { part: 'client', n: 55, numerator: 11, values: { share: 0.2 } },
      { part: 'navigator', n: 55, numerator: 11, values: { share: 0.2 } },
    ]);
  });

  test('are told by programme: all together, those of none, and those of each', async () => {
    expect(await measured('need-resolved-client-says', 'programme')).toEqual([
      { group: undefined, n: 55, numerator: 11, open: 11, rate: 0.2 },
      { group: 'hospital-discharge-to-home', n: 22, numerator: 0, open: 0, rate: 0 },
      { group: null, n: 33, numerator: 11, open: 11, rate: 0.3333 },
    ]);
    expect(await measured('received', 'programme')).toMatchObject([
      { group: undefined, count: 55 },
      { group: 'hospital-discharge-to-home', count: 22 },
      { group: null, count: 33 },
    ]);
  });

  test('of a programme, the loops behind a number are those of it', async () => {
    const behind = async (programme: string): Promise<(string | null)[]> => {
      const query = `from=2026-03-02&to=2026-03-03&programme=${programme}&limit=200`;
      const { body } = await call<{ loops: { programme: string | null }[] }>(
        'GET',
        `${hub.url}/api/measures/received/loops?${query}`,
      );
      return body.loops.map((each) => each.programme);
    };
    expect(await behind('hospital-discharge-to-home')).toEqual(Array(22).fill('hospital-discharge-to-home'));
    expect(await behind('')).toEqual(Array(33).fill(null));
  });

  test('are not told to organizations: what a client says, its sender reads as far as consent goes', async () => {
    const partner = await addPartner(hub, 'Other Hospital');
    const query = 'from=2026-03-02&to=2026-03-03&measure=need-resolved-client-says';
    expect((await call('GET', `${hub.url}/api/measures?${query}`, { token: partner.token })).status).toBe(404);
  });
});
