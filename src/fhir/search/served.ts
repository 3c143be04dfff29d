import type { SearchParameter } from '@medplum/fhirtypes';
import { definitionsOf, parametersOf } from './parameters/parameter.ts';

/** Parameters of every resource that stand in columns of their own. */
const IN_COLUMNS: readonly string[] = ['_id', '_lastUpdated'];

/** The search parameters that resources of a type can be searched by. */
export function servedSearchParameters(type: string): SearchParameter[] {
  const columns = definitionsOf(type).filter(({ code }) => IN_COLUMNS.includes(code));
  const indexed = [...parametersOf(type).values()];
  return [...columns, ...indexed.map(({ definition }) => definition)];
}
