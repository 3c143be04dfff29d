import { getSearchParameters } from '@medplum/core';
import type { SearchParameter } from '@medplum/fhirtypes';
import { parametersOf } from './parameters/parameter.ts';

/** Parameters of every resource that stand in columns of their own. */
const IN_COLUMNS = ['_id', '_lastUpdated'] as const;

/** The search parameters that resources of a type can be searched by. */
export function servedSearchParameters(type: string): SearchParameter[] {
  const all = getSearchParameters(type) ?? {};
  const columns = IN_COLUMNS.flatMap((code) => all[code] ?? []);
  const indexed = [...parametersOf(type).values()].filter((parameter) => parameter.type !== 'special');
  return [...columns, ...indexed.map(({ definition }) => definition)];
}
