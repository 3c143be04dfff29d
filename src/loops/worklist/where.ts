import type { Parameters } from '../../db/parameters.ts';
import { visibleTo } from '../../fhir/caller.ts';
import { unlessRestricted } from '../../fhir/sharing/restricted.ts';
import { foldText, lexeme, textPrefix } from '../../fhir/store/index/keys.ts';
import { type LoopFilter, momentOf } from './query.ts';
import { ownSql, partyOf, type Viewer } from './viewer.ts';

/** What a list is of: who looks at it when, and where the values of its statement are gathered. */
export interface Scope {
  readonly viewer: Viewer;
  readonly now: Date;
  readonly values: Parameters;
}

/** What only open loops have. */
const OF_OPEN = ['waitingOn', 'nextStep', 'overdue', 'escalation', 'dueAfter', 'dueBefore'] as const;

/** Whether a filter asks for what has not ended: what has, waits for nobody. Pure. */
export function isOfOpen(filter: LoopFilter): boolean {
  return OF_OPEN.some((name) => filter[name] !== undefined);
}

/** The conditions on loops that a viewer is shown, and that a filter leaves; the state is not among them. */
export function whereSql(scope: Scope, filter: LoopFilter): string {
  const { viewer, values } = scope;
  const party = partyOf(viewer);
  const own = party === undefined ? '' : values.add(party);
  const parts = [...awaitedSql(scope, filter, own), ...partnersSql(scope, filter, own), ...plainSql(scope, filter)];
  return `${ownSql(viewer, own)}${unlessRestricted(viewer.caller, 'loop')}${parts.map((part) => ` AND ${part}`).join('')}`;
}

/** What a client is asked, and says, is not told by what is awaited. */
const OF_CLIENT = `next_step IN ('confirm-with-client', 'decide-after-answer')`;

/** On whom others wait, and until when, is not an organization's business. @param own SQL of its id */
export function awaitedBy(own: string): string {
  return `(sender_org = ${own} OR waiting_on_org = ${own}) AND NOT ${OF_CLIENT}`;
}

function awaitedSql(scope: Scope, filter: LoopFilter, own: string): string[] {
  const { now, values, viewer } = scope;
  if (!isOfOpen(filter)) return [];
  const parts = [
    ...anyOf('waiting_on', filter.waitingOn, values),
    ...anyOf('next_step', filter.nextStep, values),
    ...(filter.overdue === undefined ? [] : [`due ${filter.overdue ? '<' : '>='} ${values.add(now)}`]),
    ...between('due', filter.dueAfter, filter.dueBefore, scope),
    ...(filter.escalation ? [escalatedSql(viewer, filter.escalation)] : []),
  ];
  return own ? [...parts, awaitedBy(own)] : parts;
}

/** What people here must look at is theirs: no organization is shown it. */
function escalatedSql({ caller }: Viewer, escalation: NonNullable<LoopFilter['escalation']>): string {
  if (caller.kind === 'client') return 'false';
  return escalation === 'supervisor' ? `escalation = 'supervisor'` : `escalation IN ('worklist', 'supervisor')`;
}

/** Sender, receiver and programme are what the viewer is shown of them. */
function partnersSql({ values, viewer }: Scope, { sender, receiver, programme }: LoopFilter, own: string): string[] {
  const given: [shown: (own: string) => string, column: string, value: string | undefined][] = [
    [(party) => senderShown(party, viewer.hubOrg), 'sender_org', sender],
    [receiverShown, 'receiver_org', receiver],
    [programmeShown, 'programme', programme],
  ];
  return given.flatMap(([shown, column, value]) =>
    value === undefined ? [] : [`${own ? shown(own) : column} = ${values.add(value)}`],
  );
}

const IS_DIRECT = `legs @> jsonb_build_array(jsonb_build_object('taskId', id))`;
const TAKEN_ON = `EXISTS (SELECT 1 FROM jsonb_array_elements(legs) AS leg WHERE leg ->> 'organizationId' = receiver_org
  AND leg ->> 'status' IN ('accepted', 'in-progress', 'on-hold', 'completed'))`;

/** As `asSeenBy` has it: who is asked by the hub is not told who asked the hub. */
function senderShown(own: string, hubOrg: string): string {
  return `(CASE WHEN sender_org = ${own} OR ${IS_DIRECT} THEN sender_org ELSE '${hubOrg}' END)`;
}

function receiverShown(own: string): string {
  return `(CASE WHEN sender_org <> ${own} THEN ${own} WHEN ${IS_DIRECT} OR ${TAKEN_ON} THEN receiver_org END)`;
}

function programmeShown(own: string): string {
  return `(CASE WHEN sender_org = ${own} OR ${IS_DIRECT} THEN programme END)`;
}

function plainSql(scope: Scope, filter: LoopFilter): string[] {
  const { values, viewer } = scope;
  const { category, priority, receivedAfter, receivedBefore, client } = filter;
  return [
    ...(category === undefined ? [] : [`category = ${values.add(category)}`]),
    ...anyOf('priority', priority, values),
    ...between('opened_at', receivedAfter, receivedBefore, scope),
    ...(client === undefined ? [] : [namedSql(viewer, client, values)]),
  ];
}

/** Of clients with such a name, of those that the caller may see. */
function namedSql({ caller }: Viewer, name: string, values: Parameters): string {
  const words = foldText(name).split(/\s+/).filter(Boolean);
  const query = words.map((word) => `${lexeme(textPrefix('Patient', 'name', word))}:*`).join(' & ');
  // As a list, so that their loops are looked up, however many clients the planner thinks there are; in the order of that
  // column, which is another than that of ids.
  return `patient = ANY (ARRAY(SELECT ('Patient/' || id) COLLATE "default" FROM resource
    WHERE type = 'Patient' AND NOT deleted AND texts @@ ${values.add(query)}::tsquery AND ${visibleTo(caller)}))`;
}

function anyOf(column: string, wanted: readonly string[] | undefined, values: Parameters): string[] {
  if (wanted === undefined) return [];
  const [only, ...more] = wanted;
  return [more.length === 0 ? `${column} = ${values.add(only)}` : `${column} = ANY (${values.add(wanted)}::text[])`];
}

function between(column: string, from: string | undefined, to: string | undefined, { now, values }: Scope): string[] {
  return [
    ...(from === undefined ? [] : [`${column} >= ${values.add(momentOf(from, now))}`]),
    ...(to === undefined ? [] : [`${column} < ${values.add(momentOf(to, now))}`]),
  ];
}
