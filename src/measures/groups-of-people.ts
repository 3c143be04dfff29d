import { unlessRestricted } from '../fhir/sharing/restricted.ts';
import type { Viewer } from '../loops/worklist/viewer.ts';

/** Who does not want to be counted by what they are: whose active Consent says so of one of these purposes. @see https://terminology.hl7.org/CodeSystem-v3-ActReason.html */
const COUNTING = ['HQUALIMP', 'HOPERAT'];

/**
 * A join that adds, to each row, the groups of people that its client belongs to: columns as `PERSONAL` names them, all of
 * them NULL where the client does not want to be counted by them, or is not here.
 * @param patient SQL of the reference to the client, as `Patient/id`
 * @param at SQL of the moment at which somebody was of an age
 */
export function groupsOfPeople({ caller }: Viewer, patient: string, at: string): string {
  return `LEFT JOIN LATERAL (SELECT ${LANGUAGE} AS language, content ->> 'gender' AS gender, ${age(at)} AS age,
      ${POSTCODE} AS postcode, ${payer(patient)} AS payer
    FROM resource WHERE type = 'Patient' AND id = substring(${patient} FROM '^Patient/(.*)$') AND NOT deleted
      ${unlessRestricted(caller, 'resource')} AND NOT ${objects(patient)}) AS person ON true`;
}

/** The part of a language tag that names the language, of the one preferred, else the first. */
const LANGUAGE = `(SELECT lower(substring(spoken -> 'language' -> 'coding' -> 0 ->> 'code' FROM '^[A-Za-z]{2,3}'))
    FROM json_array_elements(content -> 'communication') WITH ORDINALITY AS each (spoken, place)
    ORDER BY (spoken ->> 'preferred')::boolean IS NOT TRUE, place LIMIT 1)`;

/** Full years; a date of birth without month or day is its first day. */
function age(at: string): string {
  const born = `(rpad(content ->> 'birthDate', 10, '-01-01'))::date`;
  const years = `EXTRACT(year FROM age((${at} AT TIME ZONE 'UTC')::date, ${born}))`;
  return `CASE WHEN content ->> 'birthDate' IS NULL THEN NULL WHEN ${years} < 18 THEN 'under-18' WHEN ${years} < 45 THEN '18-to-44'
      WHEN ${years} < 65 THEN '45-to-64' ELSE '65-or-more' END`;
}

/** What stands before the blank of a postcode, else its first three characters; of a confidential address nothing. */
const POSTCODE = `(SELECT upper(CASE WHEN position(' ' IN code) > 0 THEN split_part(code, ' ', 1) ELSE left(code, 3) END)
    FROM (SELECT trim(address ->> 'postalCode') AS code, place
      FROM json_array_elements(content -> 'address') WITH ORDINALITY AS each (address, place)
      WHERE address ->> 'postalCode' IS NOT NULL
        AND COALESCE(address ->> 'use', 'home') NOT IN ('old', 'temp', 'billing')) AS lives
    WHERE resource.shown IS NULL ORDER BY place LIMIT 1)`;

/** The kind of what pays first (Coverage.type). */
function payer(patient: string): string {
  return `(SELECT coverage.content -> 'type' -> 'coding' -> 0 ->> 'code' FROM resource AS coverage
    WHERE coverage.type = 'Coverage' AND NOT coverage.deleted
      AND coverage.tokens @> ARRAY['Coverage.status=active', 'Coverage.beneficiary=' || ${patient}]
    ORDER BY (coverage.content ->> 'order')::int NULLS LAST, coverage.id LIMIT 1)`;
}

function objects(patient: string): string {
  const purposes = COUNTING.map((code) => `@.code == "${code}"`).join(' || ');
  return `EXISTS (SELECT FROM resource AS consent WHERE consent.type = 'Consent' AND NOT consent.deleted
    AND consent.tokens @> ARRAY['Consent.status=active', 'Consent.patient=' || ${patient}]
    AND consent.content::jsonb @? '$.** ? (@.type == "deny" && exists (@.purpose[*] ? (${purposes})))')`;
}
