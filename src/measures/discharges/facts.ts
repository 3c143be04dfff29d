import { unlessRestricted } from '../../fhir/sharing/restricted.ts';
import type { Viewer } from '../../loops/worklist/viewer.ts';
import { isBusinessDay } from '../business-days.ts';
import { BY_SENDER_ONLY } from '../ungrouped.ts';
import { columnsOf } from './measures.ts';
import { valueSetsOf, type Window } from './windows.ts';

const CLASS = 'Encounter.class=http://terminology.hl7.org/CodeSystem/v3-ActCode|';

/** The value of a statement that holds the codes of a ValueSet comes behind those of the period. */
const FIRST_VALUE = 4;

/**
 * A row for each visit or stay that ended in the period and of which some window speaks, with the columns of each window.
 * The codes of `valueSetsOf(windows)` are values of the statement, in that order, behind the first three.
 */
export function dischargeFacts({ caller, hubOrg }: Viewer, windows: readonly Window[]): string {
  const shown = unlessRestricted(caller, 'resource');
  const ask: Asking = {
    hubOrg,
    shown,
    codesOf: (url) => `$${FIRST_VALUE + valueSetsOf(windows).indexOf(url)}::text[]`,
  };
  const all = [...new Set(windows.flatMap(({ of }) => of.classes))];
  return `WITH RECURSIVE stay AS MATERIALIZED (
      SELECT resource.id, tokens, content, content -> 'subject' ->> 'reference' AS patient, ${moment('at.high')} AS ended_at,
        date_trunc('day', ${moment('at.high')}, 'UTC') AS ended_on,
        substring(content -> 'serviceProvider' ->> 'reference' FROM '^Organization/(.*)$') AS sender
      FROM resource JOIN search_range AS at ON at.type = 'Encounter' AND at.id = resource.id AND at.param = 'date'
      WHERE resource.type = 'Encounter' AND ${ofClasses(all)}
        AND ${moment('at.high')} >= $1::timestamptz AND ${moment('at.high')} < $2::timestamptz ${shown}),
    candidate AS MATERIALIZED (SELECT stay.*${windows.map((each) => `, ${isOf(each, ask)} AS ${columnsOf(each)[0]}`).join('')} FROM stay)
    ${windows.map(chosenSql).join('')}, fact AS MATERIALIZED (
      SELECT NULL::text AS loop_id, sender, ${BY_SENDER_ONLY}, $3::timestamptz AS now${windows.map((each) => factsOf(each, ask)).join('')}
      FROM candidate AS stay)`;
}

interface Asking {
  readonly hubOrg: string;
  /** The condition on what the caller is not shown. */
  readonly shown: string;
  /** SQL of the codes of a ValueSet. */
  readonly codesOf: (url: string) => string;
}

function ofClasses(classes: readonly string[]): string {
  const keys = classes.map((each) => `'${CLASS}${each}'`);
  return `tokens && ARRAY[${keys.join(', ')}]::text[] AND tokens @> '{Encounter.status=finished}' AND NOT deleted`;
}

/** When the search index says an encounter began or ended: it has dates in milliseconds. */
function moment(column: string): string {
  return `to_timestamp(${column} / 1000)`;
}

function keys(parameter: string, codes: string): string {
  return `(SELECT COALESCE(array_agg('${parameter}=' || code), '{}') FROM unnest(${codes}) AS code)`;
}

/** Whether the reason of an encounter, or its principal diagnosis (the first in rank, or without one), is of some codes. */
function hasReason(encounter: string, codes: string): string {
  return `(${encounter}.tokens && ${keys('Encounter.reason-code', codes)} OR EXISTS (
    SELECT FROM json_array_elements(CASE WHEN json_typeof(${encounter}.content -> 'diagnosis') = 'array' THEN ${encounter}.content -> 'diagnosis' ELSE '[]' END) AS each
      JOIN resource AS diagnosis ON diagnosis.type = 'Condition' AND NOT diagnosis.deleted
        AND diagnosis.id = substring(each -> 'condition' ->> 'reference' FROM '^Condition/(.*)$')
    WHERE COALESCE((each ->> 'rank')::int, 1) = 1 AND diagnosis.tokens && ${keys('Condition.code', codes)}))`;
}

function isOf({ of }: Window, ask: Asking): string {
  const { classes, reasons, fromAge, unless } = of;
  return [
    `stay.tokens && ARRAY[${classes.map((each) => `'${CLASS}${each}'`).join(', ')}]::text[]`,
    ...(reasons === undefined ? [] : [hasReason('stay', ask.codesOf(reasons))]),
    ...(fromAge === undefined ? [] : [isOfAge(fromAge)]),
    ...(unless === undefined
      ? []
      : [
          `NOT EXISTS (SELECT ${laterSql('stay.ended_at', unless.classes, ask)} AND resource.id <> stay.id AND ${moment('at.low')} < ${endOfDay(unless.withinDays)})`,
        ]),
  ].join(' AND ');
}

/** A birth date without a day counts as its first. */
function isOfAge(years: number): string {
  return `EXISTS (SELECT FROM resource WHERE type = 'Patient' AND id = substring(stay.patient FROM '^Patient/(.*)$') AND NOT deleted
    AND content ->> 'birthDate' <= to_char((stay.ended_at AT TIME ZONE 'UTC') - interval '${years} years', 'YYYY-MM-DD'))`;
}

/** The encounters of the client of a stay that begin at a moment or later: what stands behind SELECT. */
function laterSql(since: string, classes: readonly string[], { shown }: Asking): string {
  return `FROM resource JOIN search_range AS at ON at.type = 'Encounter' AND at.id = resource.id AND at.param = 'date'
    WHERE resource.type = 'Encounter' AND ${ofClasses(classes)} AND tokens @> ARRAY['Encounter.subject=' || stay.patient]
      AND ${moment('at.low')} >= ${since} ${shown}`;
}

/** Of each client the first, and then the first that ended so many days after the one before that counts. */
function chosenSql(window: Window): string {
  const { id, of } = window;
  if (of.onceInDays === undefined) return '';
  const [is] = columnsOf(window);
  return `, "chosen ${id}" AS (
      SELECT patient, min(ended_at) AS at FROM candidate WHERE ${is} GROUP BY patient
      UNION ALL SELECT patient, next FROM (SELECT chosen.patient, (SELECT min(ended_at) FROM candidate
          WHERE candidate.patient = chosen.patient AND ${is}
            AND ended_on >= date_trunc('day', chosen.at, 'UTC') + interval '${24 * of.onceInDays} hours') AS next
        FROM "chosen ${id}" AS chosen) AS following WHERE next IS NOT NULL)`;
}

function factsOf(window: Window, ask: Asking): string {
  const { id, of, followedBy, within, sameDay } = window;
  const [is, was, by] = columnsOf(window);
  const since = sameDay ? 'stay.ended_at' : `stay.ended_on + interval '24 hours'`;
  const first = [
    `SELECT min(${moment('at.low')}) ${laterSql(since, followedBy.classes, ask)}`,
    ...(followedBy.types === undefined ? [] : [`tokens && ${keys('Encounter.type', ask.codesOf(followedBy.types))}`]),
    ...(followedBy.reasons === undefined ? [] : [hasReason('resource', ask.codesOf(followedBy.reasons))]),
  ].join(' AND ');
  const counts =
    of.onceInDays === undefined
      ? ''
      : ` AND EXISTS (SELECT FROM "chosen ${id}" AS chosen WHERE chosen.patient = stay.patient AND chosen.at = stay.ended_at)`;
  const until = 'days' in within ? endOfDay(within.days) : endOfBusinessDay(within.businessDays, ask.hubOrg);
  return `, stay.${is}${counts} AS ${is}, CASE WHEN stay.${is} THEN (${first}) END AS ${was}, ${until} AS ${by}`;
}

function endOfDay(days: number): string {
  return `stay.ended_on + interval '${24 * (days + 1)} hours'`;
}

/** Sixty days have more business days than any window asks for. */
function endOfBusinessDay(days: number, hubOrg: string): string {
  return `(SELECT day + interval '24 hours' FROM (
      SELECT stay.ended_on + n * interval '24 hours' AS day FROM generate_series(1, 60) AS n) AS days
    WHERE ${isBusinessDay('day', hubOrg)} ORDER BY day OFFSET ${days - 1} LIMIT 1)`;
}
