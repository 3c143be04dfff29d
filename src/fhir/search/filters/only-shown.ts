import { isAlwaysShown, TRIMMED_TYPES } from '../../sharing/trimming/demographics.ts';
import type { Needs } from '../../sharing/trimming/seen.ts';
import type { Condition } from '../conditions/condition.ts';
import type { TypedParameter } from '../conditions/context.ts';
import { splitValue, unescapeValue } from '../conditions/values.ts';

/**
 * A condition that looks at what a searcher is shown only: of what is trimmed for it nothing is there. What everybody is shown
 * alike stays as it is. Pure.
 * @param parameters by which it looks, of each type
 * @param systems those of the identifiers it names, where it names a system for each
 */
export function onlyShown(
  condition: Condition,
  parameters: readonly TypedParameter[],
  systems: readonly string[] = [],
): Condition {
  const needs = neededFor(parameters, systems);
  return needs ? among(condition, needs) : condition;
}

/** The same of a reference by what identifies its target: of a client that is told no more than of its record. Pure. */
export function onlyIdentified(
  condition: Condition,
  parameters: readonly TypedParameter[],
  values: readonly string[],
): Condition {
  const isToClients = parameters.some(({ parameter }) =>
    parameter.targets.some((type) => TRIMMED_TYPES.includes(type)),
  );
  if (!isToClients) return condition;
  const systems = systemsNamed(undefined, values);
  return among(condition, [['identifier'], systems.map((system) => `identifier|${system}`)].filter(isNeed));
}

const isNeed = ({ length }: readonly string[]): boolean => length > 0;

/** What must be shown of a resource to be searched by some parameters; undefined: nothing that may be trimmed. Pure. */
export function neededFor(parameters: readonly TypedParameter[], systems: readonly string[] = []): Needs | undefined {
  const trimmed = parameters.filter(({ type }) => TRIMMED_TYPES.includes(type));
  const elements = new Set(trimmed.flatMap(({ parameter }) => parameter.elements));
  const words = [...elements].filter((each) => !isAlwaysShown(each));
  if (words.length === 0) return undefined;
  const isByIdentifier = systems.length > 0 && words.length === 1 && words[0] === 'identifier';
  return isByIdentifier ? [words, systems.map((system) => `identifier|${system}`)] : [words];
}

/** What is not there is not so either: within a negation, it is looked at there. */
function among(condition: Condition, needs: Needs): Condition {
  if (condition.kind === 'not') return { kind: 'not', condition: among(condition.condition, needs) };
  return { kind: 'all', conditions: [condition, { kind: 'shown', needs }] };
}

/** The systems of identifiers that a search names, where it names one with each value. Pure. */
export function systemsNamed(modifier: string | undefined, values: readonly string[]): readonly string[] {
  if (modifier !== undefined && modifier !== 'not') return [];
  const parts = values.map((value) => splitValue(value, '|').map(unescapeValue));
  return parts.every(({ length, 0: system }) => length === 2 && system) ? parts.map(([system = '']) => system) : [];
}
