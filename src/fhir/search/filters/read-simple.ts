import { tokenKey } from '../../store/index/keys.ts';
import { anyOf, type Condition } from '../conditions/condition.ts';
import { indexNames, type TypedParameter, type Use } from '../conditions/context.ts';
import { refused } from '../conditions/refusal.ts';
import { readNear } from './read-near.ts';
import { readRange } from './read-range.ts';
import { readReference } from './read-reference.ts';
import { anyTextQuery, readText, readUri } from './read-text.ts';
import { readToken } from './tokens/read-token.ts';

/** A use of a parameter that is neither a composite nor one with an index of its own. */
export function readSimple(use: Use): Condition {
  const type = use.parameters[0]?.parameter.type;
  switch (type) {
    case 'token':
      return readToken(use);
    case 'reference':
      return readReference(use);
    case 'string':
      return readText(use);
    case 'uri':
      return readUri(use);
    case 'date':
    case 'number':
    case 'quantity':
      return readRange(use, type);
    case 'special':
      return readNear(use);
    default:
      throw refused(use.name, `This server has no search by ${type ?? 'it'}.`);
  }
}

/** Whether a resource has any value for a parameter. */
export function presence(use: Use): Condition {
  const names = indexNames(use);
  switch (use.parameters[0]?.parameter.type) {
    case 'string':
      return { kind: 'texts', query: anyTextQuery(names) };
    case 'date':
    case 'number':
    case 'quantity':
      return { kind: 'ranges', params: names.map(({ key }) => key), tests: [{ boxes: [{}] }] };
    case 'special':
      return { kind: 'near', places: undefined };
    default:
      return anyOf(use.parameters.flatMap(anyKeyOf));
  }
}

/** Any key of a parameter; of one that means one type of reference, where its keys hold others too, those of that type. */
function anyKeyOf({ type, parameter: { keys, only } }: TypedParameter): Condition[] {
  const begin = (form: string): string[] => keys.map((key) => tokenKey(type, key, form));
  if (only === undefined) return [{ kind: 'anyKey', prefixes: begin('') }];
  return [
    { kind: 'anyKey', prefixes: begin(`${only}/`) },
    { kind: 'anyKey', prefixes: begin('http'), within: `/${only}/` },
  ];
}

/** `:missing`. @see https://hl7.org/fhir/R4/search.html#modifiers */
export function readMissing(name: string, values: readonly string[], present: Condition): Condition {
  const [value, ...more] = values;
  if (more.length > 0 || (value !== 'true' && value !== 'false')) {
    throw refused(name, 'The value of :missing is true or false.');
  }
  return value === 'false' ? present : { kind: 'not', condition: anyOf([present]) };
}
