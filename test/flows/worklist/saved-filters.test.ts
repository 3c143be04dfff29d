import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SavedFilter } from '../../../src/loops/saved/api.ts';
import type { Browser } from '../../access/people/browser.ts';
import { join, startPeopleHub } from '../../access/people/people-hub.ts';
import { type Answer, call, texts } from '../../support/api.ts';
import { closeHealthy } from '../../support/healthy.ts';
import type { TestHub } from '../../support/hub.ts';
import { addPartner, type Partner } from '../../support/network.ts';

describe('a filter of the worklist that somebody saves', () => {
  let hub: TestHub;
  let agency: Partner;
  const people: Record<string, Browser & { personId: string }> = {};
  const by = (who: string): Browser => people[who] as Browser;
  beforeAll(async () => {
    hub = await startPeopleHub('server');
    agency = await addPartner(hub, 'Food Pantry');
    people.casey = await join(hub, 'casey@hub.example', ['case-manager']);
    people.robin = await join(hub, 'robin@hub.example', ['supervisor']);
    people.alex = await join(hub, 'alex@pantry.example', ['agency-worker'], { organizationId: agency.id });
    people.admin = await join(hub, 'admin@hub.example', ['administrator']);
  });
  afterAll(() => closeHealthy(hub, false));

  const LATE = { waitingOn: 'receiver,sender', overdue: 'true', dueAfter: '-P30D', sort: '-due' };
  const save = (who: string, body: object): Promise<Answer<SavedFilter>> =>
    by(who).send<SavedFilter>('POST', '/api/loop-filters', body);
  const names = async (who: string): Promise<string[]> => {
    const { body } = await by(who).send<{ filters: SavedFilter[] }>('GET', '/api/loop-filters');
    return body.filters.map(({ name, mine }) => (mine ? name : `${name}, of another`));
  };

  test('is its own, until it shares it with its organization; others may use it, not change it', async () => {
    const { status, body } = await save('casey', { name: 'Late partners', filter: LATE });
    expect([status, body]).toEqual([
      201,
      {
        id: expect.any(String),
        name: 'Late partners',
        shared: false,
        mine: true,
        savedBy: 'casey Somebody',
        filter: LATE,
      },
    ]);
    expect([await names('casey'), await names('robin'), await names('alex')]).toEqual([['Late partners'], [], []]);
    const path = `/api/loop-filters/${body.id}`;
    const hidden = await by('robin').send('DELETE', path);
    expect([hidden.status, ...texts(hidden)]).toEqual([404, 'There is no such filter.']);

    const shared = { name: 'Late partners', shared: true, filter: LATE };
    expect((await by('casey').send('PUT', path, shared)).status).toBe(200);
    await save('robin', { name: 'all of mine', filter: {} });
    expect([await names('casey'), await names('robin'), await names('alex')]).toEqual([
      ['Late partners'],
      ['all of mine', 'Late partners, of another'],
      [],
    ]);
    const refused = await by('robin').send('PUT', path, shared);
    expect([refused.status, ...texts(refused)]).toEqual([403, 'Only who has saved a filter changes or deletes it.']);

    const asked = await by('robin').send('GET', `/api/loops?${new URLSearchParams(LATE)}`);
    expect([asked.status, asked.body]).toEqual([200, { loops: [], next: null }]);
    expect((await by('casey').send('DELETE', path)).status).toBe(204);
    expect(await names('robin')).toEqual(['all of mine']);
  });

  test('has one name, and only what the list can be narrowed by', async () => {
    await save('alex', { name: 'Ours', filter: { state: 'all' } });
    const said = async (body: object): Promise<unknown[]> => {
      const answer = await save('alex', body);
      return [answer.status, ...texts(answer)];
    };
    expect(await said({ name: 'OURS', filter: {} })).toEqual([
      409,
      'You have saved a filter under the name "OURS" already. Give this one another.',
    ]);
    expect(await said({ name: 'x', filter: { waitingOn: 'nobody' } })).toEqual([
      400,
      'Send one of: receiver, case-manager, hub, sender, client; or several, with commas between.',
    ]);
    expect(await said({ name: 'x', filter: { dueBefore: 'soon' } })).toEqual([
      400,
      'Send a moment with its offset, a date, or days from now: P7D, or -P7D for those that have passed.',
    ]);
    expect(await said({ name: 'x', filter: { client: 'Alvarez' } })).toEqual([
      400,
      expect.stringContaining('"client"'),
    ]);
  });

  test('is for people who look at loops, and of each no more than fifty', async () => {
    expect((await by('admin').send('GET', '/api/loop-filters')).status).toBe(403);
    expect((await call('GET', `${hub.url}/api/loop-filters`)).status).toBe(403);
    for (let at = (await names('alex')).length; at < 50; at += 1) await save('alex', { name: `F ${at}`, filter: {} });
    const answer = await save('alex', { name: 'One more', filter: {} });
    expect([answer.status, ...texts(answer)]).toEqual([
      422,
      'You have saved 50 filters, which is the most there may be. Delete one first.',
    ]);
  });
});
