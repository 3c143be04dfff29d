import { tokenKey } from '../../store/index/keys.ts';
import { parametersOf } from './parameter.ts';

/**
 * The keys under which the index holds an exact value of a parameter: several parameters that find the same share one
 * name there (`patient` is among `subject`). None where the type has no such parameter.
 */
export function indexKeys(type: string, code: string, value: string): string[] {
  return (parametersOf(type).get(code)?.keys ?? []).map((name) => tokenKey(type, name, value));
}
