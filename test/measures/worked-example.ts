import { expect } from '@jest/globals';
import type { CodeableConcept, Task } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import type { TestClock } from '../support/clock.ts';
import type { TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { fire, loopOf, passTo } from '../workers/late-loops.ts';

/** A Monday; an answer is due two working days after the offer has arrived. */
export const MONDAY = '2026-03-02T09:00:00.000Z';
export const NOW = '2026-03-04T10:00:00.000Z';
export const WEEK = 'from=2026-03-02&to=2026-03-09';

const NO_CAPACITY: CodeableConcept = {
  coding: [{ system: 'https://careloop.dev/fhir/CodeSystem/outcome', code: 'no-capacity' }],
  text: 'No room before May',
};

export interface Example {
  readonly anna: Partner;
  readonly city: Partner;
  readonly village: Partner;
  readonly agencies: readonly [Partner, Partner];
  /** The loops by what happens to them. */
  readonly loops: Readonly<Record<Kind, readonly string[]>>;
}

/*
 * Forty-one referrals, all of them sent to the hub on Monday at 9:00 and delivered at once:
 *
 *   kind  how many  sender   what happens
 *   done        11  anna     accepted +2 h, begun +6 h, completed +24 h, and anna has read how it ended
 *   unread       1  anna     accepted +2 h, completed +24 h; anna has not read it
 *   full        11  anna     declined +4 h as no-capacity; the other agency accepts 2 h later (+6 h)
 *   words       11  city     declined +4 h in words; the other agency has not answered (it has until Wednesday 13:00)
 *   late         2  city     the agency is reminded when the answer is due (+48 h), and accepts an hour later (+49 h)
 *   withdrawn    1  city     cancelled by city +25 h
 *   error        1  city     entered in error, which city says +25 h
 *   silent       3  village  the agency is reminded (+48 h), and says nothing
 *
 * It is Wednesday 10:00, +49 h.
 */
const COUNTS = { done: 11, unread: 1, full: 11, words: 11, late: 2, withdrawn: 1, error: 1, silent: 3 } as const;
type Kind = keyof typeof COUNTS;
const KINDS = Object.keys(COUNTS) as Kind[];

/** Has all of this happen, through the API. */
export async function playExample(hub: TestHub, clock: TestClock): Promise<Example> {
  const anna = await addPartner(hub, 'St. Anna Hospital');
  const city = await addPartner(hub, 'City Clinic');
  const village = await addPartner(hub, 'Village Practice');
  const agencies = [
    await addPartner(hub, 'Food Bank', { category: 'food-insecurity' }),
    await addPartner(hub, 'Harvest Kitchen', { category: 'food-insecurity' }),
  ] as const;
  const senderOf = (kind: Kind): Partner =>
    kind === 'silent' ? village : ['done', 'unread', 'full'].includes(kind) ? anna : city;
  const loops = Object.fromEntries(KINDS.map((kind) => [kind, [] as string[]])) as Record<Kind, string[]>;
  for (const kind of KINDS) {
    for (let n = 0; n < COUNTS[kind]; n++) loops[kind].push(await sendReferral(hub, senderOf(kind)));
  }
  const play = { hub, agencies };
  await passTo(hub, clock, '2026-03-02T11:00:00.000Z');
  for (const id of [...loops.done, ...loops.unread]) await agencySays(play, id, { status: 'accepted' });
  await passTo(hub, clock, '2026-03-02T13:00:00.000Z');
  for (const id of loops.full) await agencySays(play, id, { status: 'rejected', statusReason: NO_CAPACITY });
  for (const id of loops.words)
    await agencySays(play, id, { status: 'rejected', statusReason: { text: 'Robin is known to us' } });
  await passTo(hub, clock, '2026-03-02T15:00:00.000Z');
  for (const id of loops.done) await agencySays(play, id, { status: 'in-progress' });
  for (const id of loops.full) await agencySays(play, id, { status: 'accepted' });
  await passTo(hub, clock, '2026-03-03T09:00:00.000Z');
  for (const id of [...loops.done, ...loops.unread]) await agencyCompletes(play, id);
  await passTo(hub, clock, '2026-03-03T09:00:00.000Z');
  for (const id of loops.done) await read(hub, id, anna);
  await passTo(hub, clock, '2026-03-03T10:00:00.000Z');
  for (const id of loops.withdrawn) {
    await change(hub, id, city, { status: 'cancelled', statusReason: { text: 'No longer needed' } });
  }
  for (const id of loops.error) await change(hub, id, city, { status: 'entered-in-error' });
  await passTo(hub, clock, '2026-03-04T09:00:00.000Z');
  // Five that nobody has answered; of `unread`, that nobody has read how it ended, a working day after it did.
  expect(await fire(hub)).toBe(6);
  // No offer is on its way; when reminders arrive is not measured.
  clock.set(NOW);
  for (const id of loops.late) await agencySays(play, id, { status: 'accepted' });
  return { anna, city, village, agencies, loops };
}

interface Play {
  readonly hub: TestHub;
  readonly agencies: readonly Partner[];
}

/** The organization that was asked last says something about its Task. */
async function agencySays({ hub, agencies }: Play, id: string, says: Partial<Task>): Promise<Task> {
  const leg = (await loopOf(hub, id)).legs.at(-1);
  const agency = agencies.find((each) => each.id === leg?.organization.id);
  if (!leg || !agency) throw new Error('nobody was asked');
  return change(hub, leg.id, agency, says);
}

async function agencyCompletes(play: Play, id: string): Promise<void> {
  const task = await agencySays(play, id, { status: 'completed' });
  const agency = play.agencies.find((each) => task.owner?.reference === `Organization/${each.id}`);
  await done(
    call('POST', `${play.hub.fhir}/Procedure`, {
      token: agency?.token,
      body: {
        resourceType: 'Procedure',
        status: 'completed',
        code: { text: 'Groceries' },
        subject: task.for,
        basedOn: [task.focus],
      },
    }),
  );
}

function read(hub: TestHub, id: string, by: Partner): Promise<Task & { id: string }> {
  return done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: by.token }));
}

async function change(hub: TestHub, id: string, by: Partner, to: Partial<Task>): Promise<Task> {
  const task = await read(hub, id, by);
  return done<Task>(call('PUT', `${hub.fhir}/Task/${id}`, { token: by.token, body: { ...task, ...to } }));
}
