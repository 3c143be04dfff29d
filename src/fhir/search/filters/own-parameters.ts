import type { Condition } from '../conditions/condition.ts';
import type { SearchContext } from '../conditions/context.ts';
import { noModifier, refused } from '../conditions/refusal.ts';
import { unescapeValue } from '../conditions/values.ts';
import { momentBoxes } from './read-range.ts';
import { readMissing } from './read-simple.ts';

/** A use of a parameter that stands in a column of its own, or leads somewhere else. */
export interface OwnUse {
  readonly context: SearchContext;
  readonly name: string;
  readonly modifier: string | undefined;
  readonly types: readonly string[];
  readonly values: readonly string[];
}

type OwnReader = (use: OwnUse) => Condition;

/** How a parameter is read that has no entries in the search index. */
export function ownReader(code: string): OwnReader | undefined {
  return READERS.get(code);
}

/** Every resource has these. */
function readNeverMissing({ name, values }: OwnUse): Condition {
  return readMissing(name, values, { kind: 'all', conditions: [] });
}

const READERS: ReadonlyMap<string, OwnReader> = new Map<string, OwnReader>([
  ['_id', readId],
  ['_lastUpdated', readUpdated],
  ['_list', readList],
  ...['_text', '_content', '_filter', '_query'].map((code): [string, OwnReader] => [code, refuse]),
]);

/** @see https://hl7.org/fhir/R4/search.html#id */
function readId(use: OwnUse): Condition {
  const { name, modifier, values } = use;
  if (modifier === 'missing') return readNeverMissing(use);
  const ids: Condition = { kind: 'ids', ids: values.map(unescapeValue) };
  if (modifier === 'not') return { kind: 'not', condition: ids };
  if (modifier !== undefined) throw noModifier(name, modifier, 'id', ['not', 'missing']);
  return ids;
}

/** @see https://hl7.org/fhir/R4/search.html#lastUpdated */
function readUpdated(use: OwnUse): Condition {
  if (use.modifier === 'missing') return readNeverMissing(use);
  if (use.modifier !== undefined) throw noModifier(use.name, use.modifier, 'date', ['missing']);
  return { kind: 'updated', boxes: use.values.flatMap((value) => momentBoxes(use, value)) };
}

/** What a List names. @see https://hl7.org/fhir/R4/search.html#list */
function readList({ name, modifier, types, values }: OwnUse): Condition {
  const [type, ...others] = types;
  if (modifier !== undefined || !type || others.length > 0)
    throw refused(name, 'Write _list=id, in a search of one type.');
  if (values.some((value) => value.startsWith('$')))
    throw refused(name, 'This server keeps no lists of what is current. Name a List by its id.');
  const where: Condition = { kind: 'ids', ids: values.map(unescapeValue) };
  return { kind: 'has', prefixes: [`List.item=${type}/`], target: type, source: 'List', where };
}

function refuse({ name }: OwnUse): Condition {
  throw refused(name, 'This server does not search by it. Search by the parameters its metadata lists.');
}
