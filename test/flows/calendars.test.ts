import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LoopDetail } from '../../src/loops/api.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { call } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';

// A Friday, noon in Riyadh, where it is free.
const NOW = new Date('2026-03-06T09:00:00Z');
const hours = [{ from: '08:00', to: '16:00' }];
const RIYADH = { timeZone: 'Asia/Riyadh', hours: { sun: hours, mon: hours, tue: hours, wed: hours, thu: hours } };

describe.each(databaseKinds())('when organizations work, on the %s store', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let other: Partner;

  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, now: () => NOW });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Homes First');
    other = await addPartner(hub, 'Meals on Wheels');
  });
  afterAll(() => closeHealthy(hub));

  const calendar = (
    method: string,
    id: string,
    token?: string,
    body?: unknown,
  ): ReturnType<typeof call<Record<string, unknown>>> =>
    call(method, `${hub.url}/api/organizations/${id}/calendar`, {
      ...(token === undefined ? {} : { token }),
      ...(body === undefined ? {} : { body }),
    });
  const loopAt = async (id: string): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`)).body;
  const due = (id: string, at: string): Promise<void> =>
    eventually(async () => expect((await loopAt(id)).nextStep).toMatchObject({ step: 'decide', due: at }));

  const allAsTheyAreMade = (): Promise<void> =>
    eventually(async () => expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] }));

  test('until they say so, it is when the hub does', async () => {
    expect(await calendar('GET', agency.id, agency.token)).toMatchObject({
      status: 200,
      body: { organizationId: agency.id, of: 'hub', calendar: { timeZone: 'UTC', holidays: [] }, setAt: null },
    });
    expect(await calendar('GET', 'nowhere')).toMatchObject({ status: 404 });
  });

  test('open referrals fall due by what is said, from then on, and by the hub’s calendar when it is said no more', async () => {
    const owner = `Organization/${agency.id}`;
    const [asked, elsewhere] = [
      await sendReferral(hub, hospital, { owner }),
      await sendReferral(hub, hospital, { owner: `Organization/${other.id}` }),
    ];
    await due(asked, '2026-03-10T09:00:00.000Z');
    expect(await calendar('PUT', agency.id, agency.token, RIYADH)).toMatchObject({
      status: 200,
      body: { of: 'organization', calendar: { ...RIYADH, holidays: [] }, setAt: NOW.toISOString() },
    });
    // Friday is free: Sunday and Monday are the two working days.
    await due(asked, '2026-03-09T13:00:00.000Z');
    await calendar('PUT', agency.id, agency.token, { ...RIYADH, holidays: ['2026-03-09'] });
    await due(asked, '2026-03-10T13:00:00.000Z');
    const later = await sendReferral(hub, hospital, { owner });
    await due(later, '2026-03-10T13:00:00.000Z');
    await due(elsewhere, '2026-03-10T09:00:00.000Z');
    await allAsTheyAreMade();
    expect(await calendar('DELETE', agency.id, agency.token)).toMatchObject({ status: 204 });
    await due(asked, '2026-03-10T09:00:00.000Z');
    expect((await loopAt(asked)).timeline.filter(({ kind }) => kind === 'policy')).toEqual([]);
  });

  test('the hub’s own calendar is that of everybody who has none', async () => {
    const asked = await sendReferral(hub, hospital, { owner: `Organization/${other.id}` });
    expect(await calendar('PUT', 'careloop', undefined, RIYADH)).toMatchObject({ status: 200 });
    await due(asked, '2026-03-09T13:00:00.000Z');
    expect(await calendar('GET', other.id, hospital.token)).toMatchObject({ body: { of: 'hub', calendar: RIYADH } });
    await allAsTheyAreMade();
    await calendar('DELETE', 'careloop');
    await due(asked, '2026-03-10T09:00:00.000Z');
  });

  test('nobody says so for another, but who has entered it and the hub', async () => {
    for (const method of ['PUT', 'DELETE']) {
      expect(await calendar(method, other.id, agency.token, RIYADH)).toMatchObject({
        status: 403,
        body: {
          issue: [
            {
              details: {
                text: 'This is the calendar of another organization. It sets it itself, or an administrator of the hub does.',
              },
            },
          ],
        },
      });
    }
    const organization = { resourceType: 'Organization', active: true, name: 'A branch' };
    const { body } = await call<{ id: string }>('POST', `${hub.fhir}/Organization`, {
      token: agency.token,
      body: organization,
    });
    expect(await calendar('PUT', body.id, agency.token, RIYADH)).toMatchObject({ status: 200 });
    expect(await calendar('PUT', other.id, undefined, RIYADH)).toMatchObject({ status: 200 });
    expect(await calendar('DELETE', other.id)).toMatchObject({ status: 204 });
  });

  test.each([
    ['a zone that is none', { ...RIYADH, timeZone: 'Mars/Olympus' }, 'timeZone'],
    ['no hours in the week', { ...RIYADH, hours: {} }, 'hours'],
    ['hours over midnight', { ...RIYADH, hours: { mon: [{ from: '22:00', to: '06:00' }] } }, 'hours.mon.0'],
    ['hours that overlap', { ...RIYADH, hours: { mon: [...hours, ...hours] } }, 'hours.mon'],
    ['a day of no week', { ...RIYADH, hours: { ...RIYADH.hours, monday: hours } }, 'hours'],
    ['a day of no month', { ...RIYADH, holidays: ['2026-02-30'] }, 'holidays.0'],
    ['a key that is none', { ...RIYADH, holiday: [] }, ''],
  ])('%s is refused, and said where', async (_what, body, where) => {
    const answer = await calendar('PUT', agency.id, agency.token, body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(where);
  });

  test('what was changed by whom is in the audit', async () => {
    const rows = await hub.deps.db.query<{ organization_id: string; action: string }>(
      `SELECT organization_id, action FROM audit WHERE query = 'calendar' AND resource_id = $1 ORDER BY id`,
      [agency.id],
    );
    expect(rows).toEqual(['U', 'U', 'D'].map((action) => ({ organization_id: agency.id, action })));
  });
});
