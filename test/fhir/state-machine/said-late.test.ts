import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { LoopDetail } from '../../../src/loops/api.ts';
import { call, done, texts } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner } from '../../support/network.ts';
import { type Parties, putAs, readTask, referralAt, tellOf } from './referral-at.ts';

const ENDED = ['completed', 'failed', 'rejected', 'cancelled'];
const output = (value: string): NonNullable<Task['output']>[number] => ({
  type: { text: 'Done' },
  valueString: value,
});

describe.each(databaseKinds())('what is said late of a referral (%s)', (kind) => {
  const clock = createClock('2026-03-02T09:00:00Z');
  let hub: TestHub;
  let parties: Parties;
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    const requester = await addPartner(hub, 'St. Anna Hospital');
    parties = { requester, owner: await addPartner(hub, 'Homes First') };
  });
  afterAll(() => hub?.close());

  const loopOf = async (id: string): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`)).body;

  test('of a version that is not the present one is refused, with the one that is', async () => {
    const task = await referralAt(hub, parties, 'requested');
    const version = task.meta?.versionId;
    const change = (status: string): ReturnType<typeof call> =>
      call('PUT', `${hub.fhir}/Task/${task.id}`, {
        token: parties.owner.token,
        headers: { 'if-match': `W/"${version}"` },
        body: { ...task, status, statusReason: { text: 'because' } },
      });
    expect((await change('accepted')).status).toBe(200);
    const stale = await change('rejected');
    const now = (await readTask(hub, task.id)).meta?.versionId;
    expect({ status: stale.status, text: texts(stale)[0] }).toEqual({
      status: 412,
      text: `You changed version ${version} of Task/${task.id}, which is now at version ${now}. Read it again and repeat your change.`,
    });
    expect(await tellOf(hub, task.id)).toMatchObject({ status: 'accepted' });
  });

  test.each([
    ['days behind', '2026-02-20T09:00:00.000Z'],
    ['years ahead', '2031-01-01T00:00:00.000Z'],
  ])('by a clock that is %s is kept as it was said, and moves nothing that is due', async (_name, said) => {
    const [skewed, straight] = [
      await referralAt(hub, parties, 'requested'),
      await referralAt(hub, parties, 'requested'),
    ];
    clock.advance(60_000);
    await putAs(hub, parties.owner, { ...skewed, status: 'accepted', lastModified: said });
    await putAs(hub, parties.owner, { ...straight, status: 'accepted' });
    const [one, other] = [await loopOf(skewed.id), await loopOf(straight.id)];
    const entry = one.timeline.findLast((each) => each.kind === 'status');
    expect(entry).toMatchObject({ at: said, recordedAt: clock.now().toISOString() });
    expect(one.nextStep).toMatchObject({ step: 'first-contact', since: clock.now().toISOString() });
    expect(one.nextStep?.due).toBe(other.nextStep?.due);
    expect(one.updatedAt).toBe(clock.now().toISOString());
    const deadlines = await hub.deps.db.query<{ due: Date }>(
      'SELECT due FROM deadline WHERE loop_id = ANY($1::text[])',
      [[skewed.id, straight.id]],
    );
    expect(new Set(deadlines.map(({ due }) => due.toISOString()))).toEqual(new Set([other.nextStep?.due]));
  });

  test.each(ENDED)('of one that is %s, its owner adds to what was done and noted, and it stays so', async (status) => {
    const ended = await referralAt(hub, parties, status);
    const before = await tellOf(hub, ended.id);
    const added = { ...ended, output: [...(ended.output ?? []), output('Three more')], note: [{ text: 'By the way' }] };
    expect((await putAs(hub, parties.owner, added)).status).toBe(200);
    const after = await readTask(hub, ended.id);
    expect(after).toMatchObject({ status, output: added.output, note: added.note });
    expect(await tellOf(hub, ended.id)).toEqual(before);
  });

  test.each(ENDED)('of one that is %s, nobody changes how it ended, and its sender adds nothing', async (status) => {
    const ended = await referralAt(hub, parties, status);
    const sentence = `The Task is ${status}, and that is final: its owner may still add to output and note, and nothing else changes. To ask again, send a new referral that replaces this one.`;
    const tries = [
      { by: parties.owner, change: { statusReason: { text: 'Otherwise' } }, element: 'Task.statusReason' },
      { by: parties.owner, change: { businessStatus: { text: 'no-show' } }, element: 'Task.businessStatus' },
      { by: parties.owner, change: { executionPeriod: { start: '2026-03-01' } }, element: 'Task.executionPeriod' },
      { by: parties.requester, change: { note: [{ text: 'Thank you' }] }, element: 'Task.note' },
      { by: parties.requester, change: { output: [output('Nothing')] }, element: 'Task.output' },
      { by: parties.requester, change: { priority: 'stat' }, element: 'Task.priority' },
    ];
    for (const { by, change, element } of tries) {
      const answer = await putAs(hub, by, { ...ended, ...change });
      expect(answer).toEqual({ status: 422, text: sentence, element });
    }
    expect((await readTask(hub, ended.id)).meta?.versionId).toBe(ended.meta?.versionId);
  });

  test('of one that has ended, its sender hears what was added to what was done, and nothing of a note', async () => {
    const ended = await referralAt(hub, parties, 'completed');
    const told = async (): Promise<number> =>
      (await loopOf(ended.id)).timeline.filter(
        (entry) => entry.kind === 'delivery' && entry.recipient.id === parties.requester.id,
      ).length;
    const before = await told();
    await putAs(hub, parties.owner, { ...ended, note: [{ text: 'Filed' }] });
    expect(await told()).toBe(before);
    await putAs(hub, parties.owner, { ...ended, output: [...(ended.output ?? []), output('Three more')] });
    expect(await told()).toBe(before + 1);
  });

  test('again as it stands is answered as well, and kept once', async () => {
    const task = await referralAt(hub, parties, 'on-hold');
    const before = await tellOf(hub, task.id);
    for (const by of [parties.owner, parties.requester]) expect((await putAs(hub, by, task)).status).toBe(200);
    await done(call('PUT', `${hub.fhir}/Task/${task.id}`, { token: parties.owner.token, body: task }));
    expect(await tellOf(hub, task.id)).toEqual(before);
  });
});
