import type { SearchParameter } from '@medplum/fhirtypes';
import { searchParametersOf, storedTypes } from '../definitions.ts';
import { APART } from './apart.ts';
import { parametersOf } from './parameters/parameter.ts';

/** Parameters of every resource that stand in columns of their own. */
const IN_COLUMNS: readonly string[] = ['_id', '_lastUpdated'];

/** The search parameters that resources of a type can be searched by. */
export function servedSearchParameters(type: string): SearchParameter[] {
  const columns = searchParametersOf(type).filter(({ code }) => IN_COLUMNS.includes(code));
  const indexed = [...parametersOf(type).values()];
  return [...columns, ...indexed.map(({ definition }) => definition)];
}

/**
 * What `_revinclude` brings along with resources of a type, as `Type:parameter`. Left out are parameters that may refer to
 * anything, which `*` and their names ask for all the same, and those of the audit, which is kept elsewhere.
 * @see https://hl7.org/fhir/R4/search.html#revinclude
 */
export function servedRevIncludes(type: string): readonly string[] {
  bringing ??= readBringing();
  return bringing.get(type) ?? [];
}

/** By the type that references lead to. */
let bringing: ReadonlyMap<string, readonly string[]> | undefined;

function readBringing(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const source of storedTypes().filter((each) => each !== APART)) {
    for (const { code, type, targets } of parametersOf(source).values()) {
      if (type !== 'reference' || targets.length >= ANYTHING) continue;
      for (const target of targets) found.set(target, [...(found.get(target) ?? []), `${source}:${code}`]);
    }
  }
  return found;
}

/** As many targets have only references to whatever there is. */
const ANYTHING = 100;
