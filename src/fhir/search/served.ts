import type { SearchParameter } from '@medplum/fhirtypes';
import { searchParametersOf } from '../store/index-resource.ts';

const SEARCHABLE = new Set(['token', 'reference', 'uri', 'string', 'date']);

/** TEMPORARY: the search to come brings its own. */
export function servedSearchParameters(type: string): SearchParameter[] {
  return searchParametersOf(type).filter((param) => SEARCHABLE.has(param.type as string));
}
