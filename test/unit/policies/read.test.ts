import { describe, expect, test } from '@jest/globals';
import { file, mistakesIn, rulesOf } from './policies.ts';

const rungAt = (span: object, action: string): object => ({ after: span, do: action });
const ladder = (...rungs: object[]): object => rulesOf({ ladder: { decide: rungs } });

describe('what is wrong with a policy is said with its file, its place and what is allowed:', () => {
  test.each<[string, unknown, string]>([
    [
      'an unknown key',
      { ...rulesOf(), ruls: [] },
      'policy.json: $: Unknown: ruls. Allowed: name, because, categories, rules.',
    ],
    [
      'an unknown span',
      rulesOf({ spans: { decied: { hours: 1 } } }),
      'policy.json: $.rules[0].spans: Unknown: decied. Allowed: intake, choose, consent, deliver, decide, contact, heartbeat, complete, hold, reroute, close, answer, confirm.',
    ],
    [
      'a span in an unknown unit',
      rulesOf({ spans: { decide: { weeks: 1 } } }),
      'policy.json: $.rules[0].spans.decide: Unknown: weeks. Allowed: workingDays, workingHours, hours.',
    ],
    [
      'a span in two units',
      rulesOf({ spans: { decide: { hours: 1, workingDays: 1 } } }),
      'policy.json: $.rules[0].spans.decide: A span is one of { "workingDays": 2 }, { "workingHours": 4 } or { "hours": 24 }.',
    ],
    [
      'a span of no time',
      rulesOf({ spans: { decide: { hours: 0 } } }),
      'policy.json: $.rules[0].spans.decide.hours: No time at all: it would be late at once.',
    ],
    [
      'half a working day',
      rulesOf({ spans: { decide: { workingDays: 0.5 } } }),
      'policy.json: $.rules[0].spans.decide.workingDays: Working days are whole.',
    ],
    [
      'an unknown priority',
      rulesOf({ for: { priority: 'high' } }),
      'policy.json: $.rules[0].for.priority: Invalid option: expected one of "routine"|"urgent"|"asap"|"stat"',
    ],
    [
      'two rules for the same',
      rulesOf({ for: { priority: 'stat' } }, { for: { priority: 'stat' } }),
      'policy.json: $.rules[1].for: rules[0] is for the same. Write what applies to the same in one rule.',
    ],
    [
      'an unknown step',
      rulesOf({ ladder: { accept: [] } }),
      'policy.json: $.rules[0].ladder: Unknown: accept. Allowed: default, resolve-intake, choose-recipient, obtain-consent, deliver, decide, first-contact, progress, resume, report-outcome, answer-cancel, answer, resolve-answer, decide-after-decline, decide-after-failure, confirm-closing, confirm-with-client, decide-after-answer.',
    ],
    [
      'rungs that are not in the order of time',
      ladder(rungAt({ hours: 4 }, 'remind'), rungAt({ hours: 1 }, 'worklist')),
      'policy.json: $.rules[0].ladder.decide[1]: It comes 1 hours after the step was due, and the rung before it 4. Rungs stand in the order of time.',
    ],
    [
      'rungs that do not go from the mildest to the last',
      ladder(rungAt({ hours: 0 }, 'supervisor'), rungAt({ hours: 1 }, 'remind')),
      'policy.json: $.rules[0].ladder.decide[1]: remind comes after supervisor. Rungs stand in this order: remind, remind-other-channel, worklist, supervisor, offer-next, close-unresponsive, close-unconfirmed.',
    ],
    [
      'rungs of which only the calendar knows the order',
      ladder(rungAt({ hours: 20 }, 'remind'), rungAt({ workingDays: 1 }, 'worklist')),
      'policy.json: $.rules[0].ladder.decide[1]: workingDays after hours: which is later depends on the calendar. The rungs of one ladder count in one unit.',
    ],
    [
      'something after the end',
      ladder(rungAt({ hours: 0 }, 'close-unresponsive'), rungAt({ hours: 1 }, 'close-unresponsive')),
      'policy.json: $.rules[0].ladder.decide[1]: After close-unresponsive nothing comes any more.',
    ],
    [
      'something of a client that nobody knows',
      rulesOf({ demographics: ['name', 'phone'] }),
      'policy.json: $.rules[0].demographics[1]: Unknown: phone. Allowed: name, gender, birthDate, birthDate:year, deceased, address, address:area, telecom, identifier, communication, contact, maritalStatus, multipleBirth, photo, generalPractitioner, managingOrganization, link, race, ethnicity, tribalAffiliation, birthSex, sex, genderIdentity, pronouns, religion, nationality, birthPlace, mothersMaidenName, identifier:<system>, extension:<url>.',
    ],
    [
      'an element of a client, and a part of it',
      rulesOf({ demographics: ['birthDate', 'birthDate:year'] }),
      'policy.json: $.rules[0].demographics[1]: birthDate:year is a part of birthDate, which the list shows. Write one of the two.',
    ],
    [
      'the same of a client twice',
      rulesOf({ demographics: ['name', 'name'] }),
      'policy.json: $.rules[0].demographics[1]: name stands in the list already.',
    ],
    [
      'neither all of a client nor a list',
      rulesOf({ demographics: 'some' }),
      'policy.json: $.rules[0].demographics: Write "all", or a list of what is shown.',
    ],
    ['no reason', rulesOf({ because: ' ' }), 'policy.json: $.rules[0].because: Say why, in a sentence for people.'],
  ])('%s', (_what, content, line) => {
    expect(mistakesIn(file(content))).toEqual([line]);
  });

  test('a category that nobody knows', () => {
    const [line] = mistakesIn(file(rulesOf({ for: { category: 'food-insecurty' } })));
    expect(line).toMatch(
      /^policy.json: \$.rules\[0\].for.category: Unknown: food-insecurty. Allowed: .*food-insecurity/,
    );
    expect(line).toMatch(/or say in "categories" what it means\.$/);
    const named = { ...rulesOf({ for: { category: 'dental' } }), categories: { dental: 'Dentists' } };
    expect(mistakesIn(file(named))).toEqual([]);
  });

  test('what is not JSON', () => {
    expect(mistakesIn(file('{ "name": '))).toEqual([
      'policy.json: $: Not JSON: in line 1, column 11, a value is expected.',
    ]);
  });

  test('two programmes of one address', () => {
    const programme = { ...rulesOf(), programme: 'https://x.test/PlanDefinition/a' };
    expect(mistakesIn(file(programme, 'a'), file(programme, 'b'))).toEqual([
      'programmes/b/policy.json: $.programme: The programme a has this address. Each has its own.',
    ]);
  });

  test('all of it at once, in all files', () => {
    const wrong = rulesOf({ spans: { decide: { hours: 0 } } }, { for: { priority: 'high' } });
    const lines = mistakesIn(file(wrong), file({ ...wrong, programme: 'nowhere' }, 'a'), file('', 'b'));
    expect(lines.map((line) => line.slice(0, line.lastIndexOf(': ')))).toEqual(
      expect.arrayContaining([expect.stringContaining('programmes/a/policy.json: $.programme')]),
    );
    expect(lines).toHaveLength(2 + 3 + 1);
  });
});
