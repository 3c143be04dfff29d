import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { LoopCounts, LoopDetail, LoopSummary } from '../../../src/loops/api.ts';
import { call, done, found, texts } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner, type Partner, type ReferralOptions, sendReferral } from '../../support/network.ts';
import { BY_HAND, fire, settled } from '../../workers/late-loops.ts';

// A Monday; an answer is due two working days later, a stat one in an hour.
const MONDAY = '2026-03-02T09:00:00.000Z';

interface Page {
  readonly loops: readonly LoopSummary[];
  readonly next: string | null;
}

describe('the worklist', () => {
  const clock = createClock(MONDAY);
  let hub: TestHub;
  const partners: Record<string, Partner> = {};
  /** Loops by the family names of their clients. */
  const ids: Record<string, string> = {};

  const send = async (family: string, from: string, options: ReferralOptions = {}): Promise<void> => {
    ids[family] = await sendReferral(hub, partners[from] as Partner, { family, ...options });
    await settled(hub.deps);
    clock.advance(60_000);
  };
  const ask = (query: string, by?: string): Promise<{ status: number; body: Page }> =>
    call<Page>('GET', `${hub.url}/api/loops?${query}`, by === undefined ? {} : { token: partners[by]?.token });
  const named = ({ loops }: Page): string[] =>
    loops.map(({ id }) => Object.keys(ids).find((family) => ids[family] === id) ?? 'unknown');
  const list = async (query: string, by?: string): Promise<string[]> => {
    const { status, body } = await ask(query, by);
    expect([query, status]).toEqual([query, 200]);
    return named(body);
  };
  const pages = async (query: string): Promise<string[][]> => {
    const all: string[][] = [];
    for (let cursor = ''; ; ) {
      const { body } = await ask(`${query}&limit=2${cursor}`);
      all.push(named(body));
      if (!body.next) return all;
      cursor = `&cursor=${body.next}`;
    }
  };
  const counts = async (by?: string): Promise<LoopCounts> =>
    (
      await call<LoopCounts>(
        'GET',
        `${hub.url}/api/loops/counts`,
        by === undefined ? {} : { token: partners[by]?.token },
      )
    ).body;

  beforeAll(async () => {
    hub = await startHub('server', { workers: true, now: clock.now, settings: BY_HAND });
    partners.anna = await addPartner(hub, 'St. Anna Hospital');
    partners.mercy = await addPartner(hub, 'Mercy Clinic');
    partners.pantry = await addPartner(hub, 'Food Pantry', { category: 'food-insecurity' });
    partners.homes = await addPartner(hub, 'Homes First', { category: 'housing-instability' });
    await send('Alvarez', 'anna');
    await send('Brown', 'mercy');
    await send('Chen', 'anna', { category: 'housing-instability' });
    await send('Diaz', 'mercy', { priority: 'stat' });
    await send('Evans', 'anna', { category: 'transportation-insecurity' });
    await send('Fischer', 'anna', { owner: `Organization/${partners.pantry.id}` });
    await send('Garcia', 'anna');
    await close('Garcia', 'duplicate');
  });
  afterAll(() => closeHealthy(hub));

  /** Ended by a case manager, and read by who sent it. */
  const close = async (family: string, outcome: string): Promise<void> => {
    const body = { outcome, text: 'Asked twice.' };
    await call('POST', `${hub.url}/api/loops/${ids[family]}/close`, { body });
    await settled(hub.deps);
    const loop = (await call<LoopDetail>('GET', `${hub.url}/api/loops/${ids[family]}`)).body;
    const sender = Object.values(partners).find(({ id }) => id === loop.sender.id);
    await done(call('GET', `${hub.fhir}/Task/${ids[family]}`, { token: sender?.token }));
    clock.advance(60_000);
  };

  test('is narrowed by who must act, what is awaited, whose it is, and how urgent', async () => {
    expect(await list('')).toEqual(['Diaz', 'Evans', 'Alvarez', 'Brown', 'Chen', 'Fischer']);
    expect(await list('waitingOn=case-manager')).toEqual(['Evans']);
    expect(await list('waitingOn=receiver,case-manager&priority=routine&limit=2')).toEqual(['Evans', 'Alvarez']);
    expect(await list('nextStep=choose-recipient')).toEqual(['Evans']);
    expect(await list('category=Housing')).toEqual([]);
    expect(await list('category=Food%20Insecurity&waitingOn=case-manager')).toEqual(['Evans']);
    expect(await list('priority=stat,asap')).toEqual(['Diaz']);
    expect(await list(`sender=${partners.mercy?.id}`)).toEqual(['Diaz', 'Brown']);
    expect(await list(`receiver=${partners.pantry?.id}&priority=routine`)).toEqual(['Alvarez', 'Brown', 'Fischer']);
    expect(await list('programme=home')).toEqual([]);
    expect(await list(`state=closed&sender=${partners.anna?.id}`)).toEqual(['Garcia']);
    expect(await list('state=all&category=Food%20Insecurity&priority=stat')).toEqual(['Diaz']);
    // What has ended waits for nobody.
    expect(await list('state=all&waitingOn=receiver')).toEqual(['Diaz', 'Alvarez', 'Brown', 'Chen', 'Fischer']);
    expect(await list('state=closed&overdue=true')).toEqual([]);
  });

  test('is narrowed by when loops are due, and when they came', async () => {
    expect(await list('overdue=true')).toEqual([]);
    expect(await list('dueBefore=2026-03-03')).toEqual(['Diaz']);
    expect(await list('dueAfter=2026-03-04&dueBefore=2026-03-04T09:02:00Z')).toEqual(['Alvarez', 'Brown']);
    expect(await list('receivedAfter=2026-03-02T09:03:00Z&receivedBefore=2026-03-02T09:05:00Z')).toEqual([
      'Diaz',
      'Evans',
    ]);
    clock.set('2026-03-02T11:00:00.000Z');
    expect(await list('overdue=true')).toEqual(['Diaz']);
    expect(await list('overdue=false&waitingOn=receiver')).toEqual(['Alvarez', 'Brown', 'Chen', 'Fischer']);
  });

  test.each([
    ['due', [['Diaz', 'Evans'], ['Alvarez', 'Brown'], ['Chen', 'Fischer'], ['Garcia']]],
    ['-due', [['Fischer', 'Chen'], ['Brown', 'Alvarez'], ['Evans', 'Diaz'], ['Garcia']]],
    ['received', [['Alvarez', 'Brown'], ['Chen', 'Diaz'], ['Evans', 'Fischer'], ['Garcia']]],
    ['-received', [['Garcia', 'Fischer'], ['Evans', 'Diaz'], ['Chen', 'Brown'], ['Alvarez']]],
  ])('by %s, pages follow one another: nothing twice, nothing left out', async (sort, wanted) => {
    expect(await pages(`state=all&sort=${sort}`)).toEqual(wanted);
    expect((await pages(`state=open&sort=${sort}`)).flat()).toEqual(wanted.flat().filter((each) => each !== 'Garcia'));
    const { body } = await ask(`sort=${sort}&limit=2`);
    const other = await ask(`sort=${sort === 'due' ? 'received' : 'due'}&limit=2&cursor=${body.next}`);
    expect([other.status, ...texts({ ...other, headers: new Headers() })]).toEqual([400, 'Not a cursor of this list.']);
  });

  test('finds a client by the beginnings of their names, in a body: no name stands in an address', async () => {
    const search = async (client: string, by?: string): Promise<string[]> => {
      const options = by === undefined ? {} : { token: partners[by]?.token };
      const { status, body } = await call<Page>('POST', `${hub.url}/api/loops/search`, {
        ...options,
        body: { client, state: 'all' },
      });
      expect(status).toBe(200);
      return named(body);
    };
    expect(await search('alv')).toEqual(['Alvarez']);
    expect(await search('Robin GARC')).toEqual(['Garcia']);
    expect(await search('Robin', 'mercy')).toEqual(['Diaz', 'Brown']);
    expect(await search('alv', 'mercy')).toEqual([]);
    expect(await search("o'nobody (")).toEqual([]);
    const { status, body } = await ask('client=Alvarez');
    expect([status, texts({ status, body, headers: new Headers() })[0]]).toEqual([
      400,
      'The parameter client is not known here. Those that are: state, waitingOn, nextStep, overdue, unread, untaken, ' +
        'escalation, programme, category, priority, sender, receiver, dueAfter, dueBefore, receivedAfter, receivedBefore, sort, ' +
        'cursor, limit.',
    ]);
  });

  test('says what is asked for wrongly', async () => {
    const said = async (query: string): Promise<string[]> => {
      const answer = await call('GET', `${hub.url}/api/loops?${query}`);
      return [String(answer.status), ...texts(answer)];
    };
    expect(await said('waitingOn=receiver,nobody')).toEqual([
      '400',
      'Send one of: receiver, case-manager, hub, sender, client; or several, with commas between.',
    ]);
    expect(await said('overdue=yes')).toEqual(['400', 'overdue cannot be used as it is. Send one of: true, false.']);
    expect(await said('sort=name')).toEqual([
      '400',
      'sort cannot be used as it is. Send one of: due, -due, received, -received.',
    ]);
    expect(await said('sender=a/b')).toEqual(['400', 'Send the id of an Organization, as it stands in the list.']);
  });

  test('counts what waits for what, and what has ended', async () => {
    expect(await counts()).toEqual({
      open: 6,
      late: 1,
      closed: 1,
      steps: [
        { step: 'choose-recipient', waitingOn: 'case-manager', escalation: null, open: 1, late: 0 },
        { step: 'decide', waitingOn: 'receiver', escalation: null, open: 5, late: 1 },
      ],
    });
    // What is stat does not wait: reminded, reminded otherwise, and before a case manager at once.
    expect(await fire(hub)).toBe(3);
    const { steps } = await counts();
    expect(steps).toContainEqual({ step: 'decide', waitingOn: 'receiver', escalation: null, open: 4, late: 0 });
    expect(steps).toContainEqual({ step: 'decide', waitingOn: 'receiver', escalation: 'worklist', open: 1, late: 1 });
    expect(await list('escalation=worklist')).toEqual(['Diaz']);
  });

  test('shows an organization its own part: what others wait for, and who asked the hub, is not asked by filters either', async () => {
    expect(await list('state=all', 'anna')).toEqual(['Evans', 'Alvarez', 'Chen', 'Fischer', 'Garcia']);
    expect(await list(`sender=${partners.anna?.id}`, 'pantry')).toEqual(['Fischer']);
    expect(await list('sender=careloop&priority=routine', 'pantry')).toEqual(['Alvarez', 'Brown']);
    expect(await list(`receiver=${partners.pantry?.id}&priority=routine`, 'pantry')).toEqual([
      'Alvarez',
      'Brown',
      'Fischer',
    ]);
    // Who was asked by the hub, and has not taken it on, is not known to who sent it.
    expect(await list(`receiver=${partners.pantry?.id}`, 'anna')).toEqual(['Fischer']);
    const [leg] = found<Task>(
      await call('GET', `${hub.fhir}/Task?part-of=Task/${ids.Alvarez}`, { token: partners.pantry?.token }),
    );
    const body = { ...leg, status: 'accepted' };
    await done(call('PUT', `${hub.fhir}/Task/${leg?.id}`, { token: partners.pantry?.token, body }));
    expect(await list(`receiver=${partners.pantry?.id}`, 'anna')).toEqual(['Fischer', 'Alvarez']);
    expect(await counts('mercy')).toMatchObject({ open: 2, late: 1, closed: 0 });
    expect(await counts('anna')).toMatchObject({ open: 4, closed: 1 });
    expect(await counts('pantry')).toEqual({
      open: 4,
      late: 1,
      closed: 0,
      steps: [
        { step: 'decide', waitingOn: 'receiver', escalation: null, open: 2, late: 0 },
        { step: 'decide', waitingOn: 'receiver', escalation: 'reminded', open: 1, late: 1 },
        { step: 'first-contact', waitingOn: 'receiver', escalation: null, open: 1, late: 0 },
      ],
    });
    expect(await list('escalation=worklist', 'anna')).toEqual([]);
  });
});
