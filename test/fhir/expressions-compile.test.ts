import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, SearchParameter, StructureDefinition } from '@medplum/fhirtypes';
import { loadDefinitions, ownSearchParameters, readDefinitions } from '../../src/fhir/definitions.ts';
import { toDefinition } from '../../src/fhir/validate/definitions/definition.ts';
import { compileExpression } from '../../src/fhir/validate/fhirpath/compile.ts';
import { BACKPORT, isPublishedHere, profilesIn, SDOHCC, US_CORE } from './published.ts';

/** Published expressions that only the `fhirpath` package evaluates. */
const NOT_COMPILED: readonly string[] = [];

beforeAll(loadDefinitions);

function notCompiled(expressions: Iterable<string>): string[] {
  return [...expressions].filter((expression) => {
    try {
      return !compileExpression(expression);
    } catch {
      return true;
    }
  });
}

function invariants(structures: readonly StructureDefinition[]): Set<string> {
  const elements = structures.flatMap((each) => toDefinition(each)?.elements ?? []);
  return new Set(elements.flatMap(({ constraints }) => constraints.map(({ expression }) => expression)));
}

describe('what is published in FHIRPath is compiled here', () => {
  test('the search parameters of R4, their components, and our own', () => {
    const { entry = [] } = readDefinitions<Bundle<SearchParameter>>('search-parameters.json');
    const published = [...entry.flatMap(({ resource }) => resource ?? []), ...ownSearchParameters()];
    const all = published.flatMap(({ expression, component = [] }) => [
      ...(expression ? [expression] : []),
      ...component.map((each) => each.expression),
    ]);
    expect(new Set(all).size).toBeGreaterThan(1_300);
    expect(notCompiled(new Set(all))).toEqual(NOT_COMPILED);
  });

  test('the invariants of R4', () => {
    const files = ['profiles-types.json', 'profiles-resources.json'].map((file) => readDefinitions<Bundle>(file));
    const resources = files.flatMap(({ entry = [] }) => entry.map(({ resource }) => resource));
    const all = invariants(resources.filter((each) => each?.resourceType === 'StructureDefinition'));
    expect(all.size).toBeGreaterThan(190);
    expect(notCompiled(all)).toEqual(NOT_COMPILED);
  });

  (isPublishedHere ? test : test.skip)('the invariants of the guides', () => {
    const all = invariants([SDOHCC, US_CORE, BACKPORT].flatMap(profilesIn));
    expect(all.size).toBeGreaterThan(50);
    expect(notCompiled(all)).toEqual(NOT_COMPILED);
  });

  test('and what is not is seen', () => {
    expect(notCompiled(['a.b', 'a.unheardOf()', 'a.(', '%unheard.of'])).toEqual([
      'a.unheardOf()',
      'a.(',
      '%unheard.of',
    ]);
  });
});
