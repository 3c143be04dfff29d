import type { Parameters } from '../../db/parameters.ts';
import { visibleTo } from '../../fhir/caller.ts';
import { unlessRestricted } from '../../fhir/sharing/restricted.ts';
import { foldText, lexeme, textPrefix } from '../../fhir/store/index/keys.ts';
import { LOOKED_FOR, OF_CLIENT, RE_ROUTED } from '../as-seen-by.ts';
import { loopsWithUnread } from '../unread.ts';
import { loopsWithUntaken } from '../untaken.ts';
import { type Part, partSql } from './parts.ts';
import { type LoopFilter, momentOf } from './query.ts';
import type { Viewer } from './viewer.ts';

/** What a list is of: who looks at which part of what is open or closed when, and where the values of its statement are gathered. */
export interface Scope {
  readonly viewer: Viewer;
  readonly now: Date;
  readonly values: Parameters;
  /** SQL of the id of the viewer's organization; '' for who is shown all loops. */
  readonly own: string;
  readonly part: Part;
  readonly state: 'open' | 'closed';
}

/** What only open loops have. */
const OF_OPEN = ['waitingOn', 'nextStep', 'overdue', 'escalation', 'dueAfter', 'dueBefore'] as const;

/** Whether a filter asks for what has not ended: what has, waits for nobody. Pure. */
export function isOfOpen(filter: LoopFilter): boolean {
  return OF_OPEN.some((name) => filter[name] !== undefined);
}

/** The conditions on loops of a part that a viewer is shown, and that a filter leaves. */
export function whereSql(scope: Scope, filter: LoopFilter): string {
  const { viewer, part, state, own } = scope;
  const parts = [...awaitedSql(scope, filter), ...partnersSql(scope, filter), ...plainSql(scope, filter)];
  return `state = '${state}' ${partSql(part, state, own)}${unlessRestricted(viewer.caller, 'loop')}${parts.map((each) => ` AND ${each}`).join('')}`;
}

const listed = (steps: ReadonlySet<string>): string => `(${[...steps].map((step) => `'${step}'`).join(', ')})`;

/** SQL of what is awaited as an organization is told it: see `asSeenBy`. */
export const TOLD_STEP = `CASE WHEN next_step IN ${listed(RE_ROUTED)} THEN '${LOOKED_FOR}' ELSE next_step END`;

/** The steps of which an organization is told one of these. Pure. */
function stepsTold(steps: readonly string[] | undefined): string[] | undefined {
  return steps?.flatMap((step) => (step === LOOKED_FOR ? [step, ...RE_ROUTED] : RE_ROUTED.has(step) ? [] : [step]));
}

/**
 * On whom others wait, and until when, is not an organization's business.
 * @param sent SQL of whether it has sent the loop @param awaited likewise of whether the loop waits for it
 */
export function toldBy(sent: string, awaited: string): string {
  // What a client is asked, and says, is not told by what is awaited.
  return `(${sent} OR ${awaited}) AND next_step NOT IN ${listed(OF_CLIENT)}`;
}

function awaitedSql(scope: Scope, filter: LoopFilter): string[] {
  const { now, values, viewer, own, part } = scope;
  if (!isOfOpen(filter)) return [];
  const parts = [
    ...anyOf('waiting_on', filter.waitingOn, values),
    ...anyOf('next_step', own ? stepsTold(filter.nextStep) : filter.nextStep, values),
    ...(filter.overdue === undefined ? [] : [`due ${filter.overdue ? '<' : '>='} ${values.add(now)}`]),
    ...between('due', filter.dueAfter, filter.dueBefore, scope),
    ...(filter.escalation ? [escalatedSql(viewer, filter.escalation)] : []),
  ];
  return own ? [...parts, toldBy(String(part === 'sent'), `waiting_on_org = ${own}`)] : parts;
}

/** What people here must look at is theirs: no organization is shown it. */
function escalatedSql({ caller }: Viewer, escalation: NonNullable<LoopFilter['escalation']>): string {
  if (caller.kind === 'client') return 'false';
  return escalation === 'supervisor' ? `escalation = 'supervisor'` : `escalation IN ('worklist', 'supervisor')`;
}

/** Sender, receiver and programme are what the viewer is shown of them: see `asSeenBy`. */
function partnersSql({ values, viewer, own, part }: Scope, { sender, receiver, programme }: LoopFilter): string[] {
  const shown = SHOWN[part];
  return [
    ...(sender === undefined ? [] : [shown.sender(values.add(sender), viewer.hubOrg)]),
    ...(receiver === undefined ? [] : [shown.receiver(values.add(receiver), own)]),
    ...(programme === undefined ? [] : [shown.programme(values.add(programme))]),
  ];
}

/** SQL of whether a partner that a viewer is shown is the one that is asked for. */
interface ShownPartners {
  readonly sender: (asked: string, hubOrg: string) => string;
  readonly receiver: (asked: string, own: string) => string;
  readonly programme: (asked: string) => string;
}

const IS_DIRECT = `legs @> jsonb_build_array(jsonb_build_object('taskId', id))`;
const TAKEN_ON = `EXISTS (SELECT 1 FROM jsonb_array_elements(legs) AS leg WHERE leg ->> 'organizationId' = receiver_org
  AND leg ->> 'status' IN ('accepted', 'in-progress', 'on-hold', 'completed'))`;

const TO_HUB: ShownPartners = {
  sender: (asked) => `sender_org = ${asked}`,
  receiver: (asked) => `receiver_org = ${asked}`,
  programme: (asked) => `programme = ${asked}`,
};

/** Who is asked by the hub is not told who asked the hub. */
const TO_ASKED: ShownPartners = {
  sender: (asked, hubOrg) => `(CASE WHEN ${IS_DIRECT} THEN sender_org ELSE '${hubOrg}' END) = ${asked}`,
  receiver: (asked, own) => `${own} = ${asked}`,
  programme: (asked) => `programme = ${asked} AND ${IS_DIRECT}`,
};

const SHOWN: Readonly<Record<Part, ShownPartners>> = {
  all: TO_HUB,
  sent: { ...TO_HUB, receiver: (asked) => `receiver_org = ${asked} AND (${IS_DIRECT} OR ${TAKEN_ON})` },
  asked: TO_ASKED,
  beside: TO_ASKED,
};

function plainSql(scope: Scope, filter: LoopFilter): string[] {
  const { values, viewer } = scope;
  const { category, priority, receivedAfter, receivedBefore, client, unread, untaken } = filter;
  return [
    ...(category === undefined ? [] : [`category = ${values.add(category)}`]),
    ...anyOf('priority', priority, values),
    ...(unread === undefined ? [] : [`id ${unread ? '= ANY' : '<> ALL'} (${loopsWithUnread(viewer.caller)})`]),
    ...(untaken === undefined ? [] : [`id ${untaken ? '= ANY' : '<> ALL'} (${loopsWithUntaken(viewer.caller)})`]),
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
  if (wanted.length === 0) return ['false'];
  const [only, ...more] = wanted;
  return [more.length === 0 ? `${column} = ${values.add(only)}` : `${column} = ANY (${values.add(wanted)}::text[])`];
}

function between(column: string, from: string | undefined, to: string | undefined, { now, values }: Scope): string[] {
  return [
    ...(from === undefined ? [] : [`${column} >= ${values.add(momentOf(from, now))}`]),
    ...(to === undefined ? [] : [`${column} < ${values.add(momentOf(to, now))}`]),
  ];
}
