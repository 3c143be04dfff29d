import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { compileExpression } from '../../../../src/fhir/validate/fhirpath/compile.ts';
import { NotCovered } from '../../../../src/fhir/validate/fhirpath/evaluate.ts';
import { resourceNode } from '../../../../src/fhir/validate/fhirpath/node.ts';
import { compileOnce } from '../../../../src/fhir/validate/invariants/invariant.ts';
import type { JsonObject } from '../../../../src/fhir/validate/walk.ts';

beforeAll(loadDefinitions);

const PATIENT = {
  resourceType: 'Patient',
  contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }],
  name: [{ given: ['Ada', 'B'], family: 'C' }, { text: 'D' }],
  birthDate: '2000-02-03',
  _birthDate: { extension: [{ url: 'http://a', valueCode: 'b' }] },
  deceasedDateTime: '2020-01-01T10:00:00+01:00',
  multipleBirthInteger: 2,
  managingOrganization: { reference: '#o' },
  generalPractitioner: [{ reference: 'https://x.example/fhir/Practitioner/1' }, { display: 'y' }],
};

function evaluate(expression: string, compile = compileExpression, resource: JsonObject = PATIENT): unknown[] {
  const node = resourceNode(resource);
  const around = {
    resource,
    root: resource,
    context: node,
    isMember: (_url: string, { system, code }: { system?: string | undefined; code: string }) =>
      (system ?? 'http://x') === 'http://x' && code === 'a',
  };
  return compile(expression)([node], around).map(({ value }) => value);
}

describe('an expression gives what FHIRPath says', () => {
  test.each<[string, unknown[]]>([
    ['name.given', ['Ada', 'B']],
    ['Patient.name[1].text', ['D']],
    ['Observation.status', []],
    ['name.given.count() = 2 and name.family.exists()', [true]],
    ['name.where(text.exists()).text', ['D']],
    ['deceased is dateTime', [true]],
    ['deceased.ofType(boolean)', []],
    ['(multipleBirth as integer) + 1', [3]],
    ['deceased = @2020-01-01T09:00:00Z', [true]],
    ['birthDate < deceased', [true]],
    ['birthDate >= deceased', [false]],
    ["birthDate.extension('http://a').value", ['b']],
    ['birthDate.hasValue()', [true]],
    ['managingOrganization.resolve().name', ['x']],
    ['generalPractitioner.first().resolve() is Practitioner', [true]],
    ['generalPractitioner.last().resolve()', []],
    ["'a' in ('a' | 'b')", [true]],
    ['{} or true', [true]],
    ['{} and true', []],
    ['false implies {}', [true]],
    ['true xor true', [false]],
    ["name.given.first().substring(1, 1) & 'z'", ['dz']],
    ["name.family.matches('^[A-Z]$')", [true]],
    ['name.given.isDistinct()', [true]],
    ['(1 | 2 | 2).count()', [2]],
    ['name.select(given.count()).where($this > 0)', [2]],
    ["iif(name.exists(), 'yes', 'no')", ['yes']],
    ['7 div 2 + 7 mod 2', [4]],
    ['name.all(given.exists() or text.exists())', [true]],
    ['%resource.name.first().family', ['C']],
    ["'a'.memberOf('http://vs')", [true]],
    ['descendants().where($this is Organization).exists()', [true]],
    ['name.repeat(given).count()', [2]],
    ["name.`family`.lower().replace('c', 'k').length()", [1]],
  ])('%s', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });

  test('of a date that is none: the comparison holds as where nobody can tell, and nothing of it is called', () => {
    const patient = { ...PATIENT, birthDate: { toString: ['x'], valueOf: [] }, maritalStatus: { coding: [] } };
    expect(evaluate('birthDate <= deceased', compileExpression, patient)).toEqual([true]);
    expect(evaluate('birthDate = deceased', compileExpression, patient)).toEqual([false]);
    const strange = { ...PATIENT, maritalStatus: { coding: [{ system: patient.birthDate, code: 'a' }] } };
    expect(evaluate("maritalStatus.memberOf('http://vs')", compileExpression, strange)).toEqual([false]);
  });

  test.each(['name.', "'open", 'name..given', 'a b', '(', 'name[', '#'])(
    'and refuses what is none: %s',
    (expression) => {
      expect(() => compileExpression(expression)).toThrow(SyntaxError);
    },
  );

  test('and leaves to the package what is not compiled here', () => {
    expect(() => compileExpression('name.given.aggregate($total + 1, 0) = 2')).toThrow(NotCovered);
    expect(evaluate('name.given.aggregate($total + 1, 0) = 2', compileOnce)).toEqual([true]);
    expect(evaluate('name.given.aggregate($total + 1, 0) = 3', compileOnce)).toEqual([false]);
  });
});
