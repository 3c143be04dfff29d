import type { Sql } from '../db/database.ts';
import { unlessRestricted } from '../fhir/sharing/restricted.ts';
import { SYSTEMS } from '../loops/words.ts';
import type { Viewer } from '../loops/worklist/viewer.ts';
import { businessDaysSince } from './business-days.ts';
import { clientFacts, cms50Values } from './cms50/facts.ts';
import { cms50Codes } from './cms50/value-sets.ts';
import { dischargeFacts } from './discharges/facts.ts';
import { valueSetsOf, type Window } from './discharges/windows.ts';
import { groupsOfPeople } from './groups-of-people.ts';
import { type Dimension, isPersonal, type Measure, PERSONAL } from './measure.ts';
import { ungrouped } from './ungrouped.ts';
import { storedCodes } from './value-sets.ts';

const HTEST = 'http://terminology.hl7.org/CodeSystem/v3-ActReason|HTEST';

/** The values of the statements below: from when, before when, now; then the organization that asks, where it is one. */
export interface Period {
  readonly from: Date;
  readonly to: Date;
}

export interface Asking extends Period {
  readonly now: Date;
}

/** @throws AppError (422) when codes are not here that they are of */
export async function factValues(
  sql: Sql,
  { caller }: Viewer,
  measures: readonly Measure[],
  { from, to, now }: Asking,
): Promise<unknown[]> {
  const of = measures[0]?.of;
  if (of === 'client') return [from, to, now, ...cms50Values(await cms50Codes(sql))];
  if (of === 'discharge') {
    const urls = valueSetsOf(windowsOf(measures));
    return [from, to, now, ...(await storedCodes(sql, urls)).values()];
  }
  return [from, to, now, ...(isOrganization({ caller }) ? [caller.organizationId] : [])];
}

export function isOrganization({ caller }: Pick<Viewer, 'caller'>): boolean {
  return caller.kind === 'client';
}

/** Common table expressions that end with `fact`: a row for each referral, or each organization asked, or each client referred, of the period. @param measures of the same facts */
export function factsSql(viewer: Viewer, measures: readonly Measure[], grouping: Grouping): string {
  const of = measures[0]?.of ?? 'loop';
  if (of === 'client') return clientFacts(viewer);
  if (of === 'discharge') return dischargeFacts(viewer, windowsOf(measures));
  return `WITH cohort AS MATERIALIZED (${cohortSql(viewer, grouping)}),
    fact AS MATERIALIZED (${of === 'loop' ? loopFacts(viewer) : legFacts(viewer)})`;
}

function windowsOf(measures: readonly Measure[]): Window[] {
  return measures.flatMap(({ window }) => window ?? []);
}

/** What the rows are grouped by, which some columns are made for only. */
export interface Grouping {
  readonly groupBy: readonly Dimension[];
  /** After how many days a referral is mature. */
  readonly matureDays: number;
}

/** Each referral that was first requested in the period, once. */
function cohortSql(viewer: Viewer, { groupBy, matureDays }: Grouping): string {
  const ofPeople = groupBy.some(isPersonal);
  return `SELECT loop.*, asked.recorded_at AS requested_at, $3::timestamptz AS now,
      to_char(asked.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
      CASE WHEN $3::timestamptz >= asked.recorded_at + interval '${24 * matureDays} hours' THEN 'mature' ELSE 'immature' END AS maturity,
      ${ofPeople ? 'person.*' : ungrouped(PERSONAL)},
      loop.legs @> jsonb_build_array(jsonb_build_object('taskId', loop.id)) AS direct
    FROM transition AS asked JOIN loop ON loop.id = asked.loop_id
      ${ofPeople ? groupsOfPeople(viewer, 'loop.patient', 'asked.recorded_at') : ''}
    WHERE asked.task_id = asked.loop_id AND asked.to_status = 'requested'
      AND asked.from_status IS DISTINCT FROM asked.to_status AND asked.recorded_at >= $1 AND asked.recorded_at < $2
      AND loop.status <> 'entered-in-error' AND loop.outcome IS DISTINCT FROM 'entered-in-error' AND NOT ${IS_TEST}
      ${unlessRestricted(viewer.caller, 'loop')}${viewer.caller.view ? ' AND loop.sender_org = $4' : ''}`;
}

/** Of nobody: it is tagged, or labelled, as a test. @see https://terminology.hl7.org/CodeSystem-v3-ActReason.html */
const IS_TEST = `EXISTS (SELECT FROM resource WHERE type = 'Task' AND id = loop.id
  AND tokens && '{Task._tag=${HTEST},Task._security=${HTEST}}')`;

/** Who sent it is not told who is asked, only who has taken it on. */
const KNOWN_RECEIVER = `CASE WHEN direct OR EXISTS (SELECT FROM jsonb_array_elements(legs) AS leg
    WHERE leg ->> 'organizationId' = receiver_org AND leg ->> 'status' IN ('accepted', 'in-progress', 'on-hold', 'completed'))
  THEN receiver_org END`;

const MORE = ['month', 'maturity', ...PERSONAL].join(', ');

function loopFacts(viewer: Viewer): string {
  const own = isOrganization(viewer);
  const hub = hubSql(viewer);
  return `SELECT id AS loop_id, programme, sender_org AS sender, ${own ? KNOWN_RECEIVER : 'receiver_org'} AS receiver, category,
      priority, ${MORE}, requested_at, now, state, outcome, confirmation, need_remains, parties,
      EXISTS (SELECT FROM jsonb_array_elements(legs) AS leg WHERE leg ->> 'status' = 'completed'
        AND leg ->> 'organizationId' <> ${hub}) AS done_elsewhere,
      (SELECT min(recorded_at) FROM transition WHERE loop_id = cohort.id AND task_id = cohort.id
         AND to_status IN ('completed', 'failed', 'rejected', 'cancelled')) AS ended_at,
      EXISTS (SELECT FROM delivery WHERE loop_id = cohort.id AND kind = 'closing' AND status = 'delivered') AS told,
      (SELECT count(*) FROM firing WHERE loop_id = cohort.id) AS escalations,
      (SELECT count(*) FROM jsonb_array_elements(legs) AS later WHERE EXISTS (
         SELECT FROM jsonb_array_elements(legs) AS earlier
         WHERE earlier ->> 'status' IN ('rejected', 'failed', 'cancelled') AND earlier ->> 'taskId' <> later ->> 'taskId'
           AND (earlier ->> 'offeredAt')::timestamptz < (later ->> 'offeredAt')::timestamptz
           AND (earlier ->> 'endedAt')::timestamptz <= (later ->> 'offeredAt')::timestamptz)) AS re_routes
    FROM cohort ${own ? 'WHERE sender_org = $4 AND parties @> ARRAY[$4::text]' : ''}`;
}

function hubSql({ hubOrg }: Viewer): string {
  return `'${hubOrg.replaceAll("'", "''")}'`;
}

/** What the hub has taken on itself nobody was asked for. What an organization knows of a referral that the hub asks it for: the hub; of one sent to it, who sent it. */
function legFacts(viewer: Viewer): string {
  const own = isOrganization(viewer);
  const hub = hubSql(viewer);
  return `SELECT cohort.id AS loop_id, ${own ? 'CASE WHEN direct THEN programme END' : 'programme'} AS programme,
      ${own ? `CASE WHEN direct THEN sender_org ELSE ${hub} END` : 'sender_org'} AS sender,
      leg.organization AS receiver, category, priority, ${MORE}, requested_at, now, parties, leg.offered_at, leg.taken_back, said.*, sent.*,
      LEAST(said.accepted_at, said.declined_at) AS answered_at,
      LEAST(said.said_contact_at, ${MET_AT}) AS contact_at,
      CASE WHEN COALESCE(said.accepted_at, said.declined_at, said.left_at) IS NULL
        THEN ${businessDaysSince('sent.delivered_at', 'now', viewer.hubOrg)} END AS waiting_days,
      COALESCE((SELECT due FROM deadline WHERE loop_id = cohort.id AND task_id = leg.task AND step = 'decide'),
        (SELECT due FROM answer_due WHERE task_id = leg.task)) AS due,
      (SELECT reason ->> 'code' FROM resource
         CROSS JOIN LATERAL json_array_elements(content -> 'statusReason' -> 'coding') AS reason
         WHERE type = 'Task' AND id = leg.task AND NOT deleted AND reason ->> 'system' IN ('${SYSTEMS.outcome}', '${SYSTEMS.declineReason}') LIMIT 1) AS reason_code
    FROM cohort
    CROSS JOIN LATERAL (SELECT each ->> 'taskId' AS task, each ->> 'organizationId' AS organization,
        (each ->> 'offeredAt')::timestamptz AS offered_at,
        COALESCE((each ->> 'takenBack')::boolean, false) AS taken_back FROM jsonb_array_elements(legs) AS each) AS leg
    CROSS JOIN LATERAL (${SAID}) AS said
    CROSS JOIN LATERAL (${SENT}) AS sent
    WHERE leg.organization <> ${hub} ${own ? 'AND leg.organization = $4 AND (NOT restricted OR parties @> ARRAY[$4::text])' : ''}`;
}

/** What was said of it when. What is implied counts where who was asked left it out, not where the hub ended it. */
const SAID = `SELECT
    min(recorded_at) FILTER (WHERE to_status = 'accepted' AND (NOT implied OR actor_org = leg.organization)) AS accepted_at,
    min(recorded_at) FILTER (WHERE to_status = 'rejected'
      OR to_status = 'cancelled' AND from_status = 'requested' AND actor_org = leg.organization) AS declined_at,
    min(recorded_at) FILTER (WHERE actor_org = leg.organization AND (to_status IN ('in-progress', 'completed')
      OR progress IN ('appointment-booked', 'no-show', 'visit-complete', 'interim-outcome'))) AS said_contact_at,
    COALESCE(bool_or(progress = 'no-show'), false) AS no_show,
    min(recorded_at) FILTER (WHERE from_status = 'requested' AND to_status <> from_status) AS left_requested_at,
    min(recorded_at) FILTER (WHERE actor_org = leg.organization) AS heard_at,
    min(recorded_at) FILTER (WHERE to_status IN ('completed', 'failed', 'rejected', 'cancelled')) AS left_at
  FROM transition WHERE loop_id = cohort.id AND task_id = leg.task`;

/** When somebody of who has accepted first met the client for it: the first Encounter based on what it is asked. */
const MET_AT = `CASE WHEN said.accepted_at IS NOT NULL THEN (
    SELECT min(to_timestamp(at.low / 1000)) FROM resource AS asked
      JOIN resource AS met ON met.type = 'Encounter' AND NOT met.deleted
        AND met.tokens @> ARRAY['Encounter.based-on=' || (asked.content -> 'focus' ->> 'reference')]
        AND met.content ->> 'status' IN ('arrived', 'triaged', 'in-progress', 'onleave', 'finished')
      JOIN search_range AS at ON at.type = 'Encounter' AND at.id = met.id AND at.param = 'date'
    WHERE asked.type = 'Task' AND asked.id = leg.task AND to_timestamp(at.low / 1000) >= leg.offered_at) END`;

const SENT = `SELECT min(created_at) FILTER (WHERE status <> 'withdrawn') AS sent_at,
    min(settled_at) FILTER (WHERE status = 'delivered') AS delivered_at,
    min((SELECT min(started_at) FROM attempt WHERE delivery_id = delivery.id)) AS tried_at,
    COALESCE(bool_or(status IN ('rejected', 'dead')), false) AS given_up,
    COALESCE(bool_or(status IN ('pending', 'sending')), false) AS on_its_way
  FROM delivery WHERE loop_id = cohort.id AND task_id = leg.task AND kind = 'offer'`;
