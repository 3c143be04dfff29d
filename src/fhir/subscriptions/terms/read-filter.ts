import { type Condition, type Conditions, parseConditions, parseMoment } from '../filters.ts';
import type { Topic } from '../topics/topic.ts';

/** A filter as it was read: the type it is for, and what must be met. */
export interface Filter {
  readonly type: string;
  readonly conditions: Conditions;
}

/** A value as it is stored: references to this server's own addresses stand without them. */
function localized(value: string, hubBase: string): string {
  return value.startsWith(`${hubBase}/`) ? value.slice(hubBase.length + 1) : value;
}

/**
 * Reads a filter, as in `Task?owner=Organization/1&status=requested`, and holds it against its topic. Pure.
 * @returns the filter, or what is not supported about it
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-filter-criteria.html
 */
export function readFilter(text: string, topic: Topic, hubBase: string): Filter | { readonly problem: string } {
  const [type = '', query] = splitOnce(text, '?');
  const known = topic.filters.filter((each) => each.type === type);
  if (query === undefined || known.length === 0) {
    const types = [...new Set(topic.filters.map((each) => each.type))].join(', ');
    return { problem: `A filter is a search of what the topic is about (${types}), e.g. ${types}?status=completed.` };
  }
  const conditions = parseConditions(query).map((each) => ({
    ...each,
    values: each.values.map((value) => localized(value, hubBase)),
  }));
  const problem = conditions.length === 0 ? NO_CONDITION : conditions.map((each) => refuse(each, known)).find(Boolean);
  return problem ? { problem } : { type, conditions };
}

const NO_CONDITION = 'A filter without a condition is met by everything. Leave it out.';

function refuse({ param, modifier, values }: Condition, known: Topic['filters']): string | undefined {
  const filter = known.find((each) => each.param === param);
  if (!filter) {
    const names = known.map((each) => each.param).join(', ');
    return `Events of this topic cannot be filtered by one of the parameters named. There are: ${names}.`;
  }
  if (modifier !== undefined && !filter.modifiers.includes(modifier))
    return `A modifier of the parameter ${param} is not supported in filters.`;
  if (modifier === 'missing' && !['true', 'false'].includes(values.join()))
    return `The value of ${param}:missing is true or false.`;
  if (values.some((value) => value === '')) return `The parameter ${param} has an empty value.`;
  if (param === '_lastUpdated' && values.some((value) => !parseMoment(value)))
    return 'The value of _lastUpdated is a time, after eq, gt, ge, lt, le or nothing.';
  return undefined;
}

function splitOnce(text: string, sign: string): [string, string?] {
  const at = text.indexOf(sign);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
