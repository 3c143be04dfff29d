import { AppError } from '../../../errors.ts';
import { shown } from '../conditions/refusal.ts';
import { parametersOf } from '../parameters/parameter.ts';
import type { SortKey } from './search-request.ts';

const MOST_KEYS = 8;

/** Reads `_sort`. Pure. @see https://hl7.org/fhir/R4/search.html#sort */
export function readSort(types: readonly string[], value: string): SortKey[] {
  const rules = value.split(',').filter((rule) => rule.trim() !== '');
  if (rules.length > MOST_KEYS) {
    throw new AppError('invalid', 'search.sort', `Results can be sorted by at most ${MOST_KEYS} parameters.`);
  }
  return rules.map((rule) => readRule(types, rule.trim()));
}

function readRule(types: readonly string[], rule: string): SortKey {
  const descending = rule.startsWith('-');
  const code = descending ? rule.slice(1) : rule;
  if (code === '_lastUpdated') return { kind: 'updated', descending };
  if (code === '_id') return { kind: 'id', descending };
  const [type, ...others] = types;
  const parameter = type && others.length === 0 ? parametersOf(type).get(code) : undefined;
  if (parameter && parameter.type !== 'composite' && parameter.type !== 'special') {
    return { kind: 'parameter', parameter, descending };
  }
  const by =
    type && others.length === 0
      ? `_lastUpdated, _id, or a parameter of ${type} that is not a composite`
      : '_lastUpdated or _id';
  const text = `Results cannot be sorted by ${/^\w/.test(code) ? shown(code) : 'that'}. Sort by ${by}.`;
  throw new AppError('invalid', 'search.sort-not-supported', text);
}
