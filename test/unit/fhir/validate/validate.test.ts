import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Resource, Task } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { AppError } from '../../../../src/errors.ts';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { validate } from '../../../../src/fhir/validate/validate.ts';

beforeAll(loadDefinitions);

const task = (fields: Partial<Task> = {}): Task => ({
  resourceType: 'Task',
  status: 'draft',
  intent: 'order',
  ...fields,
});

/** Where a resource is at fault, and what is said of it. */
function faults(resource: unknown): (readonly [string | undefined, string | undefined])[] {
  try {
    validate(resource as Resource);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return thrown.outcome.issue.map(({ expression, details }) => [expression?.[0], details?.text]);
  }
}

describe('a resource', () => {
  test('that is R4 is valid', () => {
    expect(faults(task())).toEqual([]);
    expect(faults({ resourceType: 'Patient', name: [{ family: 'Löwenström 王 🏠 \t\n' }] })).toEqual([]);
  });

  test('is told each of its faults, with its place', () => {
    const places = faults({ resourceType: 'Task', intent: 'order', colour: 'blue', priority: 5 }).map(
      ([place]) => place,
    );
    expect(places.sort()).toEqual(['Task.colour', 'Task.priority', 'Task.status']);
  });

  test.each(['Widget', 'task', 'toString'])('of a type there is not is refused: %s', (resourceType) => {
    expect(faults({ resourceType })).toEqual([['resourceType', `"${resourceType}" is not an R4 resource type.`]]);
  });

  test.each([null, 5, 'Berg, Anna'])(
    'of what is no name of a type is refused, and not repeated: %s',
    (resourceType) => {
      expect(faults({ resourceType })).toEqual([['resourceType', 'What is in its place is not an R4 resource type.']]);
    },
  );

  test('that names no type is refused', () => {
    const text = 'This has no resourceType. Say what it is, e.g. "resourceType": "Task".';
    expect(faults({ resourcetype: 'Patient' })).toEqual([['resourceType', text]]);
  });

  test('of what cannot be written as a word is refused, wherever that stands', () => {
    const unwritable = { toString: [], valueOf: [] };
    const text = 'What is in its place is not an R4 resource type.';
    expect(faults({ resourceType: unwritable })).toEqual([['resourceType', text]]);
    for (const inner of [{ resourceType: unwritable }, { resourceType: 'Patient', id: unwritable }]) {
      expect(faults({ ...task(), contained: [inner] })).not.toEqual([]);
      expect(faults({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: inner }] })).not.toEqual([]);
    }
  });

  test('with text that no database can hold is refused, wherever that stands', () => {
    const text = 'This text holds a character that cannot be stored: NUL, or half of a pair.';
    expect(faults(task({ description: 'a\0b' }))).toEqual([['Task.description', text]]);
    expect(faults(task({ note: [{ text: 'good' }, { text: '\ud83c' }] }))).toEqual([['Task.note[1].text', text]]);
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.constantFrom('\0', '\ud800', '\udfff'),
        (around, bad) => {
          expect(faults(task({ description: around + bad + around }))).toEqual([['Task.description', text]]);
        },
      ),
    );
  });
});

test('a text of any type with a character that XML cannot hold is refused', () => {
  const text = 'This text holds control characters other than tab and line breaks. Leave them out.';
  for (const bad of ['\u0001', '\u001f', '\ufffe']) {
    expect(faults(task({ description: `a${bad}b` }))).toEqual([['Task.description', text]]);
    expect(faults(task({ implicitRules: `urn:${bad}` }))).toEqual([['Task.implicitRules', text]]);
  }
});

describe('what is large', () => {
  test('is told its first 50 faults, and how many more there are', () => {
    const said = faults(task({ note: Array.from({ length: 80 }, () => ({ text: '' })) }));
    expect(said).toHaveLength(51);
    expect(said[50]).toEqual(['Task', 'There are 30 more faults. Correct these first.']);
  });

  test('may not be nested without end', () => {
    const nested = (depth: number): object => {
      let extension: object = { url: 'http://a', valueCode: 'b' };
      for (let level = 1; level < depth; level++) extension = { url: 'http://a', extension: [extension] };
      return {
        resourceType: 'Patient',
        extension: [extension],
        contained: [{ resourceType: 'Basic', code: { text: '#' } }],
      };
    };
    expect(faults(nested(50))).toEqual([]);
    const text = 'This is nested deeper than 100 levels. Nest less.';
    expect(faults(nested(50_000))).toEqual([[expect.stringMatching(/^Patient(\.extension\[0\])+$/), text]]);
  });
});

describe('a Task changes after it was authored', () => {
  test.each([
    ['2026-03-02T09:00:00Z', '2026-03-02T09:00:00.500Z'],
    ['2026-03-02T10:00:00+01:00', '2026-03-02T09:00:01Z'],
    ['2026-03-02', '2026-03-02T00:00:00Z'],
    ['2026-03-02T09:00:00.900Z', '2026-03-02'],
    ['2026-03-02T09:00:00Z', '2026-03-02T09:00:00Z'],
  ])('authored %s, changed %s', (authoredOn, lastModified) => {
    expect(faults(task({ authoredOn, lastModified }))).toEqual([]);
  });

  test('and not before', () => {
    const before = task({ authoredOn: '2026-03-02T09:00:00Z', lastModified: '2026-03-02T08:59:59Z' });
    expect(faults(before)).toEqual([
      ['Task', expect.stringContaining('Last modified date must be greater than or equal to authored-on date')],
    ]);
    expect(faults({ ...before, priority: 5 })).toHaveLength(2);
  });

  test('which is no excuse for another fault', () => {
    expect(
      faults({
        ...task({ authoredOn: '2026-03-02T10:00:00+01:00', lastModified: '2026-03-02T09:00:01Z' }),
        colour: 'blue',
      }).map(([place]) => place),
    ).toEqual(['Task.colour']);
  });
});

test('what a resource contains is looked through once, not once for each reference to it', () => {
  const count = 200;
  let looks = 0;
  const contained = Array.from({ length: count }, (_, at) => ({
    resourceType: 'Organization',
    get id() {
      looks += 1;
      return `o${at}`;
    },
    name: 'x',
  }));
  const performer = contained.map((_, at) => ({ reference: `#o${at}` }));
  const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' }, performer, contained };
  expect(faults(observation)).toEqual([]);
  expect(looks).toBeLessThan(20 * count);
});
