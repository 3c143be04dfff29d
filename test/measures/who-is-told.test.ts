import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Task } from '@medplum/fhirtypes';
import type { Caller } from '../../src/fhir/caller.ts';
import { PROTECTION_WORKER } from '../../src/fhir/sharing/restricted.ts';
import type { LoopSummary } from '../../src/loops/api.ts';
import type { Measured, Measures } from '../../src/measures/api.ts';
import { measure } from '../../src/measures/compute.ts';
import { call, done } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle, sendReferral } from '../support/network.ts';

const LABEL = { system: 'https://careloop.dev/fhir/CodeSystem/label', code: 'child-protection' };
const WEEK = 'from=2026-03-02&to=2026-03-09';

describe.each(databaseKinds())('who is told what is measured (%s store):', (store) => {
  const clock = createClock();
  let hub: TestHub;
  let hospital: Partner;
  let bureau: Partner;
  let stranger: Partner;
  let report: string;
  const open: string[] = [];
  // Eleven referrals and a mandated report, each addressed to the bureau.
  beforeAll(async () => {
    hub = await startHub(store, { now: clock.now });
    hospital = await addPartner(hub, 'A Hospital');
    bureau = await addPartner(hub, 'A Bureau');
    stranger = await addPartner(hub, 'A Pantry', { category: 'food-insecurity' });
    const owner = `Organization/${bureau.id}`;
    for (let n = 0; n < 11; n++) open.push(await sendReferral(hub, hospital, { owner }));
    const bundle = referralBundle(hospital, { owner });
    const asked = bundle.entry?.[1]?.resource;
    if (asked) asked.meta = { security: [LABEL] };
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    report = answer.entry?.[2]?.response?.location?.split('/')[1] ?? '';
  });
  afterAll(() => hub?.close());

  const numbersOf = async (id: string, token?: string, query = ''): Promise<Measured['numbers']> => {
    const url = `${hub.url}/api/measures?${WEEK}&measure=${id}${query}`;
    return (await call<Measures>('GET', url, { token })).body.measures[0]?.numbers ?? [];
  };
  const behind = async (id: string, token?: string): Promise<string[]> => {
    const url = `${hub.url}/api/measures/${id}/loops?${WEEK}`;
    return (await call<{ loops: LoopSummary[] }>('GET', url, { token })).body.loops.map((loop) => loop.id);
  };

  test('a mandated report is in the numbers of its sender, its receiver and protection workers only', async () => {
    expect(await numbersOf('received', hospital.token)).toMatchObject([{ n: 12 }]);
    expect(await numbersOf('asked', bureau.token)).toMatchObject([{ n: 12 }]);
    expect(await numbersOf('received')).toMatchObject([{ n: 11 }]);
    const asked = {
      from: new Date('2026-03-02T00:00:00Z'),
      to: new Date('2026-03-09T00:00:00Z'),
      measures: ['received'],
      groupBy: [],
      matureDays: 30,
    };
    const told = async (role: NonNullable<Caller['roles']>[number]): Promise<unknown> => {
      const caller: Caller = { kind: 'operator', organizationId: 'careloop', roles: [role] };
      const { measures } = await measure(hub.deps, { caller, hubOrg: 'careloop' }, asked, clock.now());
      return measures[0]?.numbers[0]?.n;
    };
    expect([await told(PROTECTION_WORKER), await told('case-manager')]).toEqual([12, 11]);
  });

  test('and in their lists only', async () => {
    expect(await behind('received')).toEqual([...open].sort());
    expect(await behind('received', hospital.token)).toContain(report);
    expect(await behind('asked', bureau.token)).toContain(report);
  });

  test('who has no part in a referral is not told that there is one', async () => {
    expect(await numbersOf('received', stranger.token)).toMatchObject([{ n: 0, values: { count: 0 } }]);
    expect(await numbersOf('asked', stranger.token)).toMatchObject([{ n: 0, values: { count: 0 } }]);
    expect([await behind('received', stranger.token), await behind('asked', stranger.token)]).toEqual([[], []]);
  });

  test('who was addressed directly is told who sent it', async () => {
    const groups = (await numbersOf('asked', bureau.token, '&groupBy=sender')).filter(({ group }) => group);
    expect(groups).toMatchObject([{ group: { sender: { id: hospital.id, name: 'A Hospital' } }, n: 12 }]);
  });

  test('what an organization has declined stays in its numbers, and leaves its list', async () => {
    const [id = ''] = open;
    const task = await done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: bureau.token }));
    const body = { ...task, status: 'rejected', statusReason: { text: 'No room' } };
    await done(call('PUT', `${hub.fhir}/Task/${id}`, { token: bureau.token, body }));
    expect(await numbersOf('asked', bureau.token)).toMatchObject([{ n: 12 }]);
    const listed = await behind('asked', bureau.token);
    expect([listed.length, listed.includes(id)]).toEqual([11, false]);
  });

  test('lists are in the audit, an entry for each client', async () => {
    const before = await entries();
    await behind('received');
    expect((await entries()) - before).toBe(11);
  });
  const entries = async (): Promise<number> => {
    const rows = await hub.deps.db.query(`SELECT FROM audit WHERE query = 'measures/*' AND patient IS NOT NULL`);
    return rows.length;
  };
});
