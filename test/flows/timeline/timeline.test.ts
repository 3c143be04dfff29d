import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome, Task } from '@medplum/fhirtypes';
import { TIMELINE_KINDS, type TimelineEntry, type TimelinePage } from '../../../src/loops/timeline/api.ts';
import type { Browser } from '../../access/people/browser.ts';
import { join, setUp } from '../../access/people/people-hub.ts';
import { type Answer, call, done } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { consentOf, toOrganization } from '../../support/consents.ts';
import { databaseKinds } from '../../support/database.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../../support/network.ts';
import { BY_HAND, settled } from '../../workers/late-loops.ts';
import { talk, text } from '../conversation/talk.ts';
import { legNetwork } from '../legs/leg-network.ts';

const MONDAY = '2026-03-02T09:00:00.000Z';

describe('the timeline of a loop', () => {
  const clock = createClock(MONDAY);
  let hub: TestHub;
  let [hospital, pantry, shelter]: Partner[] = [];
  let kim: Browser | undefined;
  let loopId = '';
  let leg = '';
  let handled = '';
  const { legOf, say } = legNetwork(() => hub);
  const { write, posted } = talk(() => hub);
  const as = <T>(each: T | undefined): T => each as T;

  const page = (query = '', by?: Partner, id = loopId): Promise<Answer<TimelinePage & OperationOutcome>> =>
    call('GET', `${hub.url}/api/loops/${id}/timeline${query}`, { token: by?.token });
  /** A whole timeline, page by page. */
  const walk = async (query: string, by?: Partner): Promise<TimelineEntry[]> => {
    const entries: TimelineEntry[] = [];
    for (let cursor = ''; ; ) {
      const { status, body } = await page(`?${query}${cursor}`, by);
      expect(status).toBe(200);
      entries.push(...body.entries);
      if (!body.next) return entries;
      cursor = `&cursor=${body.next}`;
    }
  };
  const all = async (by?: Partner): Promise<TimelineEntry[]> =>
    (await page('?count=200&order=oldest', by)).body.entries;
  const of = <Kind extends TimelineEntry['kind']>(
    entries: readonly TimelineEntry[],
    kind: Kind,
  ): Extract<TimelineEntry, { kind: Kind }>[] =>
    entries.filter((entry): entry is Extract<TimelineEntry, { kind: Kind }> => entry.kind === kind);
  const post = (type: string, resource: object, by?: Partner): Promise<{ id: string }> =>
    done(call('POST', `${hub.fhir}/${type}`, { token: by?.token, body: resource }));
  const put = (type: string, id: string, resource: object, by?: Partner): Promise<{ id: string }> =>
    done(call('PUT', `${hub.fhir}/${type}/${id}`, { token: by?.token, body: { ...resource, id } }));
  const later = (minutes: number): void => clock.set(new Date(clock.now().getTime() + minutes * 60_000).toISOString());

  beforeAll(async () => {
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', {
      workers: true,
      now: clock.now,
      settings: { ...BY_HAND, PASSWORD_COST: '14' },
    });
    await setUp(hub, ['administrator']);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    pantry = await addPartner(hub, 'A Pantry', { category: 'food-insecurity' });
    shelter = await addPartner(hub, 'A Shelter', { category: 'inadequate-housing' });
    kim = await join(hub, 'kim@hub.example', ['case-manager']);
    await story();
  });
  afterAll(() => closeHealthy(hub));

  /** A referral that waits for a consent, is worked on with all that belongs to that, and ends with the sender knowing. */
  async function story(): Promise<void> {
    const bundle = referralBundle(as(hospital), { identifier: 'whole-story' });
    const [, request] = (bundle.entry ?? []).map(({ resource }) => resource);
    if (request?.resourceType === 'ServiceRequest')
      request.note = [{ text: 'She cannot carry much.', time: '2026-03-02T08:00:00Z' }];
    const sent = await done<Bundle>(call('POST', hub.fhir, { token: hospital?.token, body: bundle }));
    const ids = (sent.entry ?? []).map(({ response }) => response?.location?.split('/')[1] ?? '');
    loopId = ids[2] ?? '';
    await settled(hub.deps);
    later(5);
    const denied = consentOf(`Patient/${ids[0]}`, { type: 'deny', actor: toOrganization(as(pantry).id) });
    const consent = await post('Consent', denied, hospital);
    later(5);
    await put('Consent', consent.id, { ...denied, status: 'inactive' }, hospital);
    await settled(hub.deps);
    leg = (await legOf(loopId, as(pantry))).id;
    later(5);
    await say(loopId, as(pantry), {
      status: 'accepted',
      note: [{ text: 'We have boxes with a handle.', authorString: 'Ann' }],
    });
    later(5);
    await write(as(kim), loopId, { text: 'When can she come?', to: as(pantry).id });
    later(5);
    await posted(as(pantry), leg, text('On Tuesday.'));
    const { focus } = await legOf(loopId, as(pantry));
    const visit = {
      resourceType: 'Appointment',
      status: 'booked',
      start: '2026-03-03T10:00:00Z',
      end: '2026-03-03T10:30:00Z',
      basedOn: [{ reference: focus?.reference }],
      participant: [{ actor: { reference: `Patient/${ids[0]}` }, status: 'accepted' }],
    };
    const { id } = await post('Appointment', visit, pantry);
    handled = await closedByHand();
    later(5);
    await put('Appointment', id, { ...visit, status: 'noshow' }, pantry);
    later(5);
    const procedure = {
      resourceType: 'Procedure',
      status: 'completed',
      code: { text: 'A food box' },
      subject: { reference: `Patient/${ids[0]}` },
      basedOn: [{ reference: focus?.reference }],
    };
    await post('Procedure', procedure, pantry);
    await post(
      'Provenance',
      {
        resourceType: 'Provenance',
        target: [{ reference: `Task/${leg}` }],
        recorded: clock.now().toISOString(),
        agent: [{ who: { reference: `Organization/${pantry?.id}` } }],
        signature: [
          {
            type: [{ system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.1' }],
            when: clock.now().toISOString(),
            who: { display: 'Ann of the pantry' },
          },
        ],
      },
      pantry,
    );
    await say(loopId, as(pantry), { status: 'completed' });
    await settled(hub.deps);
    later(5);
    await done<Task>(call('GET', `${hub.fhir}/Task/${loopId}`, { token: hospital?.token }));
    expect((await call<{ state: string }>('GET', `${hub.url}/api/loops/${loopId}`)).body.state).toBe('closed');
  }

  async function closedByHand(): Promise<string> {
    const id = await sendReferral(hub, as(hospital));
    const body = { outcome: 'client-moved', text: 'She has moved to another town.' };
    expect((await as(kim).send('POST', `/api/loops/${id}/close`, body)).status).toBeLessThan(300);
    return id;
  }

  test('tells everything of it in one order, with who, what, when, and on whose authority', async () => {
    const entries = await all();
    const recorded = entries.map(({ recordedAt }) => recordedAt);
    expect(recorded).toEqual(recorded.toSorted());
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    expect(of(entries, 'consent')).toMatchObject([
      {
        organization: { name: 'A Pantry' },
        state: 'permitted',
        recordedAt: '2026-03-02T09:05:00.000Z',
        permittedAt: '2026-03-02T09:10:00.000Z',
      },
    ]);
    expect(of(entries, 'consent')[0]?.what).toEqual(expect.arrayContaining(['client', 'request', 'task']));
    const given = of(entries, 'share').filter(({ organization }) => organization.id === pantry?.id);
    expect(given.slice(0, 3)).toMatchObject([
      { ended: false, recordedAt: MONDAY, consents: [], because: null },
      { ended: true, recordedAt: '2026-03-02T09:05:00.000Z', because: 'consent-withdrawn' },
      { ended: false, recordedAt: '2026-03-02T09:10:00.000Z' },
    ]);
    expect(given[0]?.what).toEqual(expect.arrayContaining(['client', 'request', 'task']));
    expect(of(entries, 'delivery')[0]).toMatchObject({ message: 'offer', status: 'delivered', attempts: 1 });
    expect(of(entries, 'delivery')[0]?.tries).toMatchObject([{ number: 1, outcome: 'delivered', code: 'waits-here' }]);
    expect(of(entries, 'note')).toMatchObject([
      {
        of: 'request',
        text: 'She cannot carry much.',
        author: null,
        at: '2026-03-02T08:00:00.000Z',
        recordedAt: MONDAY,
      },
      { of: 'leg', text: 'We have boxes with a handle.', author: 'Ann', recordedAt: '2026-03-02T09:15:00.000Z' },
    ]);
    expect(of(entries, 'message')).toMatchObject([
      { from: { name: 'Careloop coordination hub' }, by: 'kim Somebody', excerpt: 'When can she come?', readAt: null },
      { from: { name: 'A Pantry' }, excerpt: 'On Tuesday.' },
    ]);
    expect(of(entries, 'appointment')).toMatchObject([
      { status: 'booked', before: null, start: '2026-03-03T10:00:00.000Z' },
      { status: 'noshow', before: 'booked' },
    ]);
    expect(of(entries, 'sign-off')).toMatchObject([
      { what: 'signed', by: 'Ann of the pantry', of: `Task/${leg}` },
      { what: 'closing-read', organization: { name: 'St. Anna Hospital' } },
    ]);
    expect(of(entries, 'status').at(-1)).toMatchObject({ to: 'completed', of: 'root' });
  });

  test('comes in pages of any size, newest or oldest first, without losing or repeating an entry', async () => {
    const oldest = await all();
    expect(oldest.length).toBeGreaterThan(15);
    expect(await walk('count=4&order=oldest')).toEqual(oldest);
    expect(await walk('count=1&order=oldest')).toEqual(oldest);
    expect(await walk('count=3')).toEqual(oldest.toReversed());
    for (const kind of TIMELINE_KINDS)
      expect(await walk(`count=2&order=oldest&kind=${kind}`)).toEqual(oldest.filter((entry) => entry.kind === kind));
    const two = await walk('kind=note,appointment&order=oldest');
    expect(two).toEqual(oldest.filter(({ kind }) => kind === 'note' || kind === 'appointment'));
  });

  test('what is no question for it is refused with what to do', async () => {
    const next = (await page('?count=1')).body.next;
    const refused = async (query: string): Promise<[number, string | undefined]> => {
      const { status, body } = await page(query);
      return [status, body.issue?.[0]?.details?.text ?? body.issue?.[0]?.diagnostics];
    };
    expect(await refused(`?order=oldest&cursor=${next}`)).toEqual([
      400,
      expect.stringContaining('of a timeline in another order'),
    ]);
    expect(await refused('?cursor=nonsense')).toEqual([400, expect.stringContaining('not one of ours')]);
    expect(await refused('?kind=gossip')).toEqual([400, expect.stringContaining('status, policy, escalation')]);
    expect(await refused('?limit=3')).toEqual([400, expect.stringContaining('count, cursor, order, kind')]);
    expect((await refused('?count=0'))[0]).toBe(400);
  });

  test('an organization is told what it may know, page by page, and nothing of what it may not', async () => {
    const [whole, agencys, senders] = [await all(), await all(pantry), await all(hospital)];
    // Who is asked does not learn who sent it, nor that a consent was wanting; what it wrote and was sent, it has.
    expect(JSON.stringify(agencys)).not.toContain(as(hospital).id);
    expect(of(agencys, 'consent')).toEqual([]);
    expect(of(agencys, 'note').map((note) => note.text)).toEqual([
      'She cannot carry much.',
      'We have boxes with a handle.',
    ]);
    expect(of(agencys, 'appointment')).toHaveLength(2);
    expect(of(agencys, 'message')).toHaveLength(2);
    expect(of(agencys, 'status').every((entry) => entry.of === 'leg')).toBe(true);
    expect(of(agencys, 'share').every(({ organization }) => organization.id === pantry?.id)).toBe(true);
    // Who sent it sees its referral and how that ended; not what others say to each other, nor what they were shown.
    expect(of(senders, 'message')).toEqual([]);
    expect(of(senders, 'appointment')).toEqual([]);
    expect(of(senders, 'consent')).toEqual([]);
    expect(of(senders, 'note').map((note) => note.text)).toEqual(['She cannot carry much.']);
    expect(of(senders, 'sign-off')).toMatchObject([{ what: 'closing-read' }]);
    expect(of(senders, 'share').every(({ organization }) => organization.id === hospital?.id)).toBe(true);
    for (const each of [...agencys, ...senders])
      expect(whole.map(({ recordedAt }) => recordedAt)).toContain(each.recordedAt);
    expect(await walk('count=1&order=oldest', pantry)).toEqual(agencys);
    expect(await walk('count=2', hospital)).toEqual(senders.toReversed());
    expect((await page('', shelter)).status).toBe(404);
  });

  test('of what people here do it has their names; the organizations have not', async () => {
    const by = async (partner?: Partner): Promise<(string | null)[]> =>
      of((await page('', partner, handled)).body.entries, 'status').flatMap((entry) =>
        entry.of === 'root' ? [entry.by] : [],
      );
    expect(await by()).toContain('kim Somebody');
    expect(new Set(await by(hospital))).toEqual(new Set([null]));
  });
});
