import { describe, expect, test } from '@jest/globals';
import { weekdaysIn } from '../../../src/calendars/calendar.ts';
import { type LoopKind, ladderOf, type Policies, PRIORITIES } from '../../../src/loops/policy/policy.ts';
import { NEXT_STEPS } from '../../../src/loops/words.ts';
import { loadPolicies } from '../../../src/policies/load.ts';
import { readPolicies } from '../../../src/policies/read.ts';
import { resolvePolicies } from '../../../src/policies/resolve.ts';
import { file, rulesOf } from './policies.ts';

const UTC = weekdaysIn('UTC');
const ADDRESS = 'https://x.test/PlanDefinition/homes';

const made = (general: object, homes: object, ...more: object[]): Policies => {
  const read = readPolicies([
    file(general),
    ...more.map((each) => file(each)),
    file({ ...homes, programme: ADDRESS }, 'homes'),
  ]);
  if ('mistakes' in read) throw new Error(read.mistakes.join('\n'));
  return resolvePolicies(read, UTC);
};
const kind = (fields: Partial<LoopKind> = {}): LoopKind => ({
  instantiates: [],
  categories: [],
  priority: 'routine',
  ...fields,
});
const decide = (hours: number): object => ({ spans: { decide: { hours } } });

test('what of a client is shown is said by the most specific rule; all by one that says all', () => {
  const general = rulesOf(
    { demographics: ['name', 'address'] },
    { for: { category: 'homelessness' }, demographics: 'all' },
  );
  const policies = made(general, rulesOf({ demographics: ['telecom', 'name'] }));
  const shown = (fields: Partial<LoopKind>): unknown => policies.of(kind(fields)).demographics;
  expect(shown({})).toEqual(['address', 'name']);
  expect(shown({ categories: ['homelessness'] })).toBeUndefined();
  expect(shown({ instantiates: [ADDRESS] })).toEqual(['name', 'telecom']);
  const silent = made(rulesOf(), rulesOf({ demographics: 'all' }));
  // Where all is shown, it makes no other policy of it.
  expect(silent.of(kind({ instantiates: [ADDRESS] })).digest).toBe(silent.of(kind()).digest);
});

describe('for each key the most specific rule wins:', () => {
  const general = rulesOf(
    { spans: { decide: { hours: 1 }, contact: { hours: 100 } }, offersByItself: true },
    { for: { priority: 'stat' }, ...decide(2) },
    { for: { category: 'homelessness' }, ...decide(3) },
    { for: { category: 'homelessness', priority: 'stat' }, ...decide(4) },
  );
  const homes = rulesOf(
    { ...decide(5), offersByItself: false },
    { for: { priority: 'stat' }, ...decide(6) },
    { for: { category: 'homelessness' }, ...decide(7) },
    { for: { category: 'homelessness', priority: 'stat' }, ...decide(8) },
  );
  const policies = made(general, homes);

  test.each<[string, Partial<LoopKind>, number]>([
    ['that of all', {}, 1],
    ['before it, that of the priority', { priority: 'stat' }, 2],
    ['before it, that of the category', { categories: ['homelessness'] }, 3],
    [
      'the category before the priority, both before either',
      { categories: ['x', 'homelessness'], priority: 'stat' },
      4,
    ],
    ['before all of them, that of the programme', { instantiates: [ADDRESS] }, 5],
    ['within it, that of the priority', { instantiates: [ADDRESS], priority: 'stat' }, 6],
    ['that of the category', { instantiates: [ADDRESS], categories: ['homelessness'] }, 7],
    ['and that of both', { instantiates: [ADDRESS], categories: ['homelessness'], priority: 'stat' }, 8],
    ['whatever version it names', { instantiates: ['https://other.test/PlanDefinition/x', `${ADDRESS}|2.0`] }, 5],
    ['and of no programme that is not known here', { instantiates: [`${ADDRESS}2`] }, 1],
  ])('%s', (_name, fields, hours) => {
    expect(policies.of(kind(fields)).spans.decide).toEqual({ hours });
  });

  test('what the specific rule does not say is as the others say', () => {
    expect(policies.of(kind({ instantiates: [ADDRESS], priority: 'stat' }))).toMatchObject({
      spans: { contact: { hours: 100 } },
      offersByItself: false,
    });
  });

  test('a later file wins over an earlier one', () => {
    const further = rulesOf({ spans: { contact: { hours: 50 } } });
    expect(made(general, homes, further).of(kind()).spans).toMatchObject({
      decide: { hours: 1 },
      contact: { hours: 50 },
    });
  });

  test('the programme is known by its name', () => {
    expect(policies.programmeOf(kind({ instantiates: [ADDRESS] }))).toBe('homes');
    expect(policies.programmeOf(kind())).toBeUndefined();
    expect(policies.of(kind({ instantiates: [ADDRESS] })).name).toBe('Test');
  });

  test('a digest stands for what applies, and no more', () => {
    const same = made(general, { ...homes, because: 'In other words.' });
    expect(same.of(kind()).digest).toBe(policies.of(kind()).digest);
    expect(policies.of(kind({ priority: 'asap' })).digest).toBe(policies.of(kind()).digest);
    expect(policies.of(kind({ priority: 'stat' })).digest).not.toBe(policies.of(kind()).digest);
    expect(made(general, rulesOf(decide(9))).digest).not.toBe(policies.digest);
  });
});

describe('what this hub ships', () => {
  const policies = loadPolicies(undefined, UTC);
  const HOME = 'https://careloop.dev/fhir/PlanDefinition/hospital-discharge-to-home';

  test('says what happens at every step of every referral', () => {
    for (const instantiates of [[], [HOME]])
      for (const priority of PRIORITIES)
        for (const step of NEXT_STEPS) {
          expect(ladderOf(policies.of(kind({ instantiates, priority })), step)).not.toEqual([]);
        }
  });

  test('has a programme of its own for discharges from hospital', () => {
    expect(policies.programmeOf(kind({ instantiates: [HOME] }))).toBe('hospital-discharge-to-home');
    expect(policies.of(kind({ instantiates: [HOME] }))).toMatchObject({
      name: 'Hospital discharge to home',
      spans: { contact: { workingDays: 2 }, close: { hours: 24 } },
    });
    expect(policies.of(kind({ instantiates: [HOME], priority: 'stat' })).spans.decide).toEqual({ hours: 1 });
  });
});
