import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { allowed } from '../../../../src/fhir/scopes/allowed.ts';
import {
  ACTIONS,
  type Action,
  formatScope,
  parseScope,
  parseScopes,
  type Scope,
  withinScopes,
} from '../../../../src/fhir/scopes/scope.ts';
import { scopeProblem } from '../../../../src/fhir/scopes/scope-problem.ts';

beforeAll(loadDefinitions);

/** What is read, and what it is written as. */
const READ: readonly [string, string][] = [
  ['system/Task.rs', 'system/Task.rs'],
  ['system/Task.c', 'system/Task.c'],
  ['system/Task.cruds', 'system/Task.cruds'],
  ['system/*.cruds', 'system/*.cruds'],
  ['system/*.rs', 'system/*.rs'],
  ['system/Task.read', 'system/Task.rs'],
  ['system/Task.write', 'system/Task.cud'],
  ['system/Task.*', 'system/Task.cruds'],
  ['system/*.read', 'system/*.rs'],
  ['system/*.write', 'system/*.cud'],
  ['system/*.*', 'system/*.cruds'],
  ['system/Task.rs?owner=Organization/x', 'system/Task.rs?owner=Organization/x'],
  ['system/Task.rs?status=requested,accepted', 'system/Task.rs?status=requested,accepted'],
  ['system/Task.rs?status:not=draft', 'system/Task.rs?status:not=draft'],
  ['system/Task.rs?status=draft&owner=Organization/x', 'system/Task.rs?owner=Organization/x&status=draft'],
  [
    'system/Observation.rs?category=http%3A%2F%2Fx.example|laboratory',
    'system/Observation.rs?category=http://x.example%7Claboratory',
  ],
];

test.each(READ)('%s is read as %s', (text, written) => {
  const scope = parseScope(text);
  expect(scope && formatScope(scope)).toBe(written);
});

const REFUSED: readonly string[] = [
  '',
  'system',
  'system/',
  'system/Task',
  'system/Task.',
  'system/Task.sr',
  'system/Task.rr',
  'system/Task.x',
  'system/Task.reads',
  'system/Task.readwrite',
  'System/Task.rs',
  'system/task.rs',
  'system/Tusk.rs',
  'system/Resource.rs',
  'system/DomainResource.r',
  'system/__proto__.rs',
  'system/Task.constructor',
  'system/Task.rs ',
  'system/Task.rs?',
  'system/Task.rs?owner',
  'system/Task.rs?owner=',
  'system/Task.read?owner=Organization/x',
  'system/*.rs?_id=1',
  'system/Task.rs?patient.name=x',
  'system/Task.rs?patient:Patient.name=x',
  'system/Task.rs?_has:Task:part-of:status=x',
  'system/Task.rs?_include=Task:owner',
  'system/Task.rs?_count=1',
  'system/Task.rs?_sort=_id',
  'system/Task.rs?code:in=http://x.example/vs',
  'user/Task.rs',
  'patient/Task.rs',
  'launch',
  'openid',
];

test.each(REFUSED)('"%s" is no scope of a program', (text) => {
  expect(parseScope(text)).toBeUndefined();
  expect(scopeProblem(text)).toMatch(/^This is no scope of a program\./);
});

test('a condition must be one that is understood in full', () => {
  expect(scopeProblem('system/Task.rs?owner=Organization/x&status=draft')).toBeUndefined();
  for (const query of ['shoe-size=42', 'owner=Organization/x&shoe-size=42', 'authored-on=yesterday', 'near=1|2']) {
    expect({ query, problem: scopeProblem(`system/Task.rs?${query}`) }).toEqual({
      query,
      problem: expect.stringMatching(/^The condition of this scope cannot be searched by\./),
    });
  }
});

const actions = fc.subarray([...ACTIONS], { minLength: 1 });
const scopes: fc.Arbitrary<Scope> = fc
  .record({
    type: fc.constantFrom('Task', 'Patient', 'Observation', '*'),
    actions,
    where: fc.uniqueArray(
      fc.tuple(fc.constantFrom('_id', 'status', 'identifier'), fc.constantFrom('1', '2', 'a b', 'x|y', 'p=q&r', 'é+%')),
      { maxLength: 2, selector: ([name, value]) => `${name}=${value}` },
    ),
  })
  .map((scope) => parseScope(formatScope({ ...scope, where: scope.type === '*' ? [] : scope.where })) as Scope);
const several = fc.array(scopes, { maxLength: 4 });

/** What some scopes let do: for a type and an action, the resources (by what they are) that may be met. */
type Thing = { readonly type: string; readonly is: readonly string[] };

function lets(held: readonly Scope[], action: Action, { type, is }: Thing): boolean {
  return held.some(
    (scope) =>
      (scope.type === '*' || scope.type === type) &&
      scope.actions.includes(action) &&
      scope.where.every(([name, value]) => is.includes(`${name}=${value}`)),
  );
}

const things: fc.Arbitrary<Thing> = fc.record({
  type: fc.constantFrom('Task', 'Patient', 'Observation', 'Organization'),
  is: fc.subarray(
    ['_id', 'status', 'identifier'].flatMap((name) =>
      ['1', '2', 'a b', 'x|y', 'p=q&r', 'é+%'].map((value) => `${name}=${value}`),
    ),
  ),
});

describe('for any scopes', () => {
  test('what is written is read as what it was', () => {
    fc.assert(fc.property(scopes, (scope) => expect(parseScope(formatScope(scope))).toEqual(scope)));
  });

  test('what is granted is what lies within both: nothing more, and nothing less', () => {
    fc.assert(
      fc.property(several, several, fc.constantFrom(...ACTIONS), things, (asked, most, action, thing) => {
        const granted = withinScopes(asked, most);
        expect(lets(granted, action, thing)).toBe(lets(asked, action, thing) && lets(most, action, thing));
      }),
      { numRuns: 2_000 },
    );
  });

  test('what is granted can be written, read and granted again, and stays the same', () => {
    fc.assert(
      fc.property(several, several, (asked, most) => {
        const granted = withinScopes(asked, most);
        const again = parseScopes(granted.map(formatScope).join(' '));
        expect(again).toEqual({ scopes: granted, others: [] });
        expect(withinScopes(granted, granted)).toEqual(granted);
      }),
    );
  });

  test('what they let do is all, nothing, or what meets one of their conditions', () => {
    fc.assert(
      fc.property(several, fc.constantFrom(...ACTIONS), things, (held, action, thing) => {
        const may = allowed({ kind: 'client', organizationId: 'x', scopes: held }, action, thing.type);
        const meets =
          may === 'all' ||
          (may !== 'nothing' &&
            may.some((where) => where.every(([name, value]) => thing.is.includes(`${name}=${value}`))));
        expect(meets).toBe(lets(held, action, thing));
      }),
      { numRuns: 1_000 },
    );
  });

  test('any text is read or refused, and never thrown at', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseScope(`system/Task.rs?${text}`);
        scopeProblem(`system/Task.rs?${text}`);
        parseScopes(text);
      }),
    );
  });
});
