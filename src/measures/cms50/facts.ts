import { unlessRestricted } from '../../fhir/sharing/restricted.ts';
import type { Viewer } from '../../loops/worklist/viewer.ts';
import { BY_SENDER_ONLY } from '../ungrouped.ts';
import type { Cms50Codes } from './value-sets.ts';

/** The values that follow the first three. */
export function cms50Values({ visits, procedures, referrals, reports, behavioral }: Cms50Codes): unknown[] {
  const keys = (name: string, codes: readonly string[]): string[] => codes.map((code) => `${name}=${code}`);
  return [
    keys('Encounter.type', visits),
    keys('Procedure.code', procedures),
    keys('ServiceRequest.code', referrals),
    keys('Task.code', reports),
    keys('Encounter.type', behavioral),
  ];
}

/** The search index has dates in milliseconds, both ends inclusive. */
const FROM = '(EXTRACT(epoch FROM $1::timestamptz) * 1000)';
const TO = '(EXTRACT(epoch FROM $2::timestamptz) * 1000)';
const LAST_REFERRAL = `(EXTRACT(epoch FROM ($2::timestamptz AT TIME ZONE 'UTC' - interval '2 months') AT TIME ZONE 'UTC') * 1000)`;

function dated(type: string, param: string, condition: string): string {
  return `EXISTS (SELECT FROM search_range AS at WHERE at.type = '${type}' AND at.id = resource.id AND at.param = '${param}' AND ${condition})`;
}

/**
 * A row for each first referral of a client by each requester, of clients with a visit in the period.
 * `has_visit`: one that the measure's population uses, not only one of those it defines beside; `is_first`: the first of the client by whomever; `has_report`: the report was received in time.
 */
export function clientFacts({ caller }: Viewer): string {
  const shown = unlessRestricted(caller, 'resource');
  const within = `at.low >= ${FROM} AND at.high < ${TO}`;
  return `WITH visit AS (SELECT patient, bool_or(as_used) AS as_used FROM (
      SELECT content -> 'subject' ->> 'reference' AS patient, tokens && $4::text[] AS as_used FROM resource WHERE type = 'Encounter' AND NOT deleted
        AND tokens @> '{Encounter.status=finished}' AND (tokens && $4::text[] OR tokens && $8::text[]) AND ${dated('Encounter', 'date', within)} ${shown}
      UNION ALL SELECT content -> 'subject' ->> 'reference', true FROM resource WHERE type = 'Procedure' AND NOT deleted
        AND tokens @> '{Procedure.status=completed}' AND tokens && $5::text[] AND ${dated('Procedure', 'date', within)} ${shown}) AS visits GROUP BY patient),
    referral AS (
      SELECT DISTINCT ON (1, 2) content -> 'subject' ->> 'reference' AS patient, content -> 'requester' ->> 'reference' AS requester,
        resource.id, authored.low, authored.high, visit.as_used AS has_visit
      FROM resource JOIN visit ON visit.patient = content -> 'subject' ->> 'reference' JOIN search_range AS authored
        ON authored.type = 'ServiceRequest' AND authored.id = resource.id AND authored.param = 'authored'
      WHERE resource.type = 'ServiceRequest' AND NOT deleted AND tokens @> '{ServiceRequest.intent=order}'
        AND tokens && '{ServiceRequest.status=active,ServiceRequest.status=completed}' AND tokens && $6::text[]
        AND authored.low >= ${FROM} AND authored.high < ${LAST_REFERRAL} ${shown}
      ORDER BY 1, 2, authored.low, resource.id),
    fact AS MATERIALIZED (
      SELECT (SELECT loop.id FROM resource JOIN loop ON loop.id = resource.id WHERE resource.type = 'Task'
          AND tokens @> ARRAY['Task.focus=ServiceRequest/' || referral.id] LIMIT 1) AS loop_id,
        substring(requester FROM '^Organization/(.*)$') AS sender, ${BY_SENDER_ONLY}, $3::timestamptz AS now,
        row_number() OVER (PARTITION BY patient ORDER BY low, referral.id) = 1 AS is_first,
        has_visit,
        EXISTS (SELECT FROM resource WHERE type = 'Task' AND NOT deleted AND tokens && $7::text[]
          AND tokens @> ARRAY['Task.status=completed', 'Task.based-on=ServiceRequest/' || referral.id]
          AND ${dated('Task', 'period', `at.high > referral.high AND at.high >= ${FROM} AND at.high < ${TO}`)} ${shown}) AS has_report
      FROM referral)`;
}
