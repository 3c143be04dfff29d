/** Whether a moment is on a business day, by the days of UTC and the holidays of an organization's calendar: SQL. */
export function isBusinessDay(moment: string, organizationId: string): string {
  return `EXTRACT(isodow FROM ${moment} AT TIME ZONE 'UTC') < 6 AND NOT EXISTS (SELECT FROM calendar
    WHERE organization_id = '${organizationId.replaceAll("'", "''")}'
      AND content -> 'holidays' @> to_jsonb(to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD')))`;
}

/**
 * How many business days have passed since a moment, each counted when it has reached the same time of day; more than
 * there are in 60 days are not told apart: SQL.
 */
export function businessDaysSince(since: string, now: string, organizationId: string): string {
  return `(SELECT count(*) FROM generate_series(${since} + interval '24 hours', LEAST(${now}, ${since} + interval '1440 hours'),
    interval '24 hours') AS day WHERE ${isBusinessDay('day', organizationId)})`;
}
