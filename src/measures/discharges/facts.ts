import { unlessRestricted } from '../../fhir/sharing/restricted.ts';
import type { Viewer } from '../../loops/worklist/viewer.ts';
import { isBusinessDay } from '../business-days.ts';
import { BY_SENDER_ONLY } from '../ungrouped.ts';
import { type Asking, hasReason, keysOf, moment, observedSql, ofClasses } from './conditions.ts';
import { ENCOUNTERS, followingSql, laterSql } from './followed.ts';
import { columnsOf } from './measures.ts';
import { valueSetsOf, type Window } from './windows.ts';

/** The value of a statement that holds the codes of a ValueSet comes behind those of the period. */
const FIRST_VALUE = 4;

/**
 * A row for each visit or stay that ended, or thing that was observed, in the period and of which some window speaks, with the
 * columns of each window.
 * The codes of `valueSetsOf(windows)` are values of the statement, in that order, behind the first three.
 */
export function dischargeFacts({ caller, hubOrg }: Viewer, windows: readonly Window[]): string {
  const ask: Asking = {
    hubOrg,
    shown: (alias) => unlessRestricted(caller, alias),
    codesOf: (url) => `$${FIRST_VALUE + valueSetsOf(windows).indexOf(url)}::text[]`,
  };
  return `WITH RECURSIVE stay AS MATERIALIZED (${[...encounters(windows, ask), ...observations(windows, ask)].join(' UNION ALL ')}),
    candidate AS MATERIALIZED (SELECT stay.*${windows.map((each) => `, ${isOf(each, ask)} AS ${columnsOf(each)[0]}`).join('')} FROM stay)
    ${windows.map(chosenSql).join('')}, fact AS MATERIALIZED (
      SELECT NULL::text AS loop_id, sender, ${BY_SENDER_ONLY}, $3::timestamptz AS now${windows.map((each) => factsOf(each, ask)).join('')}
      FROM candidate AS stay)`;
}

function encounters(windows: readonly Window[], ask: Asking): string[] {
  const all = [...new Set(windows.flatMap(({ of }) => of.classes ?? []))];
  return all.length === 0 ? [] : [stayed('Encounter', `content -> 'serviceProvider'`, ofClasses(all), ask)];
}

/** What was observed stands where a stay does: its organization is who observed it, where that is one. */
function observations(windows: readonly Window[], ask: Asking): string[] {
  const all = windows.flatMap((each) => observedSql(each, ask) ?? []);
  const is = `(${all.join(' OR ')}) AND tokens && '{Observation.status=final,Observation.status=amended,Observation.status=corrected}' AND NOT deleted`;
  return all.length === 0 ? [] : [stayed('Observation', `content -> 'performer' -> 0`, is, ask)];
}

function stayed(type: 'Encounter' | 'Observation', sender: string, is: string, { shown }: Asking): string {
  return `SELECT resource.id, tokens, content, content -> 'subject' ->> 'reference' AS patient,
      ${momentAndDay('at.low', 'began')}, ${momentAndDay('at.high', 'ended')},
      substring(${sender} ->> 'reference' FROM '^Organization/(.*)$') AS sender
    FROM resource JOIN search_range AS at ON at.type = '${type}' AND at.id = resource.id AND at.param = 'date'
    WHERE resource.type = '${type}' AND ${is}
      AND ${moment('at.high')} >= $1::timestamptz AND ${moment('at.high')} < $2::timestamptz ${shown('resource')}`;
}

function momentAndDay(column: string, name: string): string {
  return `${moment(column)} AS ${name}_at, date_trunc('day', ${moment(column)}, 'UTC') AS ${name}_on`;
}

function isOf(window: Window, ask: Asking): string {
  const { classes, reasons, fromAge, unless } = window.of;
  return [
    observedSql(window, ask) ?? `stay.tokens && ${keysOf(classes)}`,
    ...(reasons === undefined ? [] : [hasReason('stay', reasons, ask)]),
    ...(fromAge === undefined ? [] : [isOfAge(fromAge)]),
    ...(unless === undefined
      ? []
      : [
          `NOT EXISTS (SELECT ${laterSql('stay.ended_at', ENCOUNTERS, ofClasses(unless.classes), ask)} AND resource.id <> stay.id AND ${moment('at.low')} < ${endOfDay('stay.ended_on', unless.withinDays)})`,
        ]),
  ].join(' AND ');
}

/** A birth date without a day counts as its first. */
function isOfAge(years: number): string {
  return `EXISTS (SELECT FROM resource WHERE type = 'Patient' AND id = substring(stay.patient FROM '^Patient/(.*)$') AND NOT deleted
    AND content ->> 'birthDate' <= to_char((stay.ended_at AT TIME ZONE 'UTC') - interval '${years} years', 'YYYY-MM-DD'))`;
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
  const { id, of, within, sameDay } = window;
  const [is, was, by] = columnsOf(window);
  const from = window.since === 'start' ? 'stay.began' : 'stay.ended';
  const since = sameDay ? `${from}_at` : `${from}_on + interval '24 hours'`;
  const first = `SELECT min(${moment('at.low')}) ${followingSql(since, window, ask)}`;
  const counts =
    of.onceInDays === undefined
      ? ''
      : ` AND EXISTS (SELECT FROM "chosen ${id}" AS chosen WHERE chosen.patient = stay.patient AND chosen.at = stay.ended_at)`;
  const until =
    'days' in within
      ? endOfDay(`${from}_on`, within.days)
      : endOfBusinessDay(`${from}_on`, within.businessDays, ask.hubOrg);
  return `, stay.${is}${counts} AS ${is}, CASE WHEN stay.${is} THEN (${first}) END AS ${was}, ${until} AS ${by}`;
}

function endOfDay(day: string, days: number): string {
  return `${day} + interval '${24 * (days + 1)} hours'`;
}

/** Sixty days have more business days than any window asks for. */
function endOfBusinessDay(from: string, days: number, hubOrg: string): string {
  return `(SELECT day + interval '24 hours' FROM (
      SELECT ${from} + n * interval '24 hours' AS day FROM generate_series(1, 60) AS n) AS days
    WHERE ${isBusinessDay('day', hubOrg)} ORDER BY day OFFSET ${days - 1} LIMIT 1)`;
}
