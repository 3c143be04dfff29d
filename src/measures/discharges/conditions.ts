import type { Window } from './windows.ts';

const CLASS = 'Encounter.class=http://terminology.hl7.org/CodeSystem/v3-ActCode|';

/** For whom the conditions below are written, and how codes stand in them. */
export interface Asking {
  readonly hubOrg: string;
  /** The condition on rows that the caller is shown. */
  readonly shown: (alias: string) => string;
  /** SQL of the codes of a ValueSet. */
  readonly codesOf: (url: string) => string;
}

/** Whether a resource is a finished encounter of such a class. */
export function ofClasses(classes: readonly string[]): string {
  return `tokens && ${keysOf(classes)} AND tokens @> '{Encounter.status=finished}' AND NOT deleted`;
}

/** The search tokens of classes of encounters. */
export function keysOf(classes: readonly string[] = []): string {
  return `ARRAY[${classes.map((each) => `'${CLASS}${each}'`).join(', ')}]::text[]`;
}

/** When the search index says an encounter began or ended: it has dates in milliseconds. */
export function moment(column: string): string {
  return `to_timestamp(${column} / 1000)`;
}

/** The search tokens of the codes of a ValueSet. @param codes SQL of them */
export function keys(parameter: string, codes: string): string {
  return `(SELECT COALESCE(array_agg('${parameter}=' || code), '{}') FROM unnest(${codes}) AS code)`;
}

/** Whether the reason of an encounter, or its principal diagnosis (the first in rank, or without one), is of some codes. */
export function hasReason(encounter: string, url: string, { codesOf, shown }: Asking): string {
  const codes = codesOf(url);
  return `(${encounter}.tokens && ${keys('Encounter.reason-code', codes)} OR EXISTS (
    SELECT FROM json_array_elements(CASE WHEN json_typeof(${encounter}.content -> 'diagnosis') = 'array' THEN ${encounter}.content -> 'diagnosis' ELSE '[]' END) AS each
      JOIN resource AS diagnosis ON diagnosis.type = 'Condition' AND NOT diagnosis.deleted
        AND diagnosis.id = substring(each -> 'condition' ->> 'reference' FROM '^Condition/(.*)$')
    WHERE COALESCE((each ->> 'rank')::int, 1) = 1 AND diagnosis.tokens && ${keys('Condition.code', codes)} ${shown('diagnosis')}))`;
}

/** Whether a row is what a window says was observed; undefined: it says nothing of that. */
export function observedSql({ of: { observations: code, values } }: Window, { codesOf }: Asking): string | undefined {
  if (code === undefined || values === undefined) return undefined;
  return `(tokens && ${keys('Observation.code', codesOf(code))} AND tokens && ${keys('Observation.value-concept', codesOf(values))})`;
}
