import { DUE_SQL, STANDING_SQL } from '../../src/deadlines/due.ts';
import { countsSql } from '../../src/loops/counts/count-loops.ts';
import { FOLD_SQL } from '../../src/loops/counts/fold.ts';
import { AFTER_POLICIES_SQL, BY_CALENDAR_SQL, BY_HUB_CALENDAR_SQL } from '../../src/loops/projection/reproject.ts';
import { RECORDS_SQL } from '../../src/loops/projection/store.ts';
import { TIMELINE_KINDS } from '../../src/loops/timeline/api.ts';
import { pageSql as timelineSql } from '../../src/loops/timeline/page-sql.ts';
import { pageSql } from '../../src/loops/worklist/page-sql.ts';
import type { LoopFilter } from '../../src/loops/worklist/query.ts';
import type { Viewer } from '../../src/loops/worklist/viewer.ts';
import { LEG_MEASURES } from '../../src/measures/leg-measures.ts';
import { LOOP_MEASURES } from '../../src/measures/loop-measures.ts';
import { measuresSql } from '../../src/measures/statement.ts';
import { messagesSql, unreadSql } from '../../src/referrals/conversation/list-messages.ts';
import { ANSWERED_SQL } from '../../src/referrals/conversation/message-rows.ts';
import type { Hot } from './hot-statements.ts';

const MIDDLE = '2026-02-10T00:00:00Z';
const NEXT_DAY = '2026-02-11T00:00:00Z';
const small = { kind: 'client', organizationId: 'small' } as const;
const everybody = { caller: { kind: 'operator', organizationId: 'careloop' }, hubOrg: 'careloop' } as const;
const agency: Viewer = { caller: small, hubOrg: 'careloop' };
const hospital: Viewer = {
  caller: { kind: 'client', organizationId: 'org7', roles: ['hospital-viewer'], view: { kind: 'sent' } },
  hubOrg: 'careloop',
};
const OF_ORGANIZATION = ['open', 'closed'].flatMap((state) =>
  ['sender_received', 'asked_received', 'others'].map((name) => `loop_${state}_${name}`),
);
const now = new Date('2026-03-20T00:00:00Z');
const behind = { at: new Date(MIDDLE), id: '' };

/** A page of the worklist: what follows the middle. */
function page(filter: Partial<LoopFilter>, indexes: readonly string[], viewer: Viewer = everybody): Omit<Hot, 'name'> {
  const states = filter.state === 'all' ? (['open', 'closed'] as const) : ([filter.state ?? 'open'] as const);
  const asked = { state: 'open', sort: 'due', ...filter } as const;
  return { ...pageSql(viewer, { filter: asked, states, behind, limit: 51, now }), indexes };
}

/** What each source of a timeline reads its part of one loop by. */
const TIMELINE_INDEXES = [
  'resource_pkey',
  'resource_tokens',
  'transition_loop',
  'delivery_loop',
  'firing_loop',
  'fetch_finding_loop',
  'message_loop',
  'share_loop',
  'person_pkey',
];

/** What is asked whenever a loop changes, by who looks at loops, and by the sweep. */
export const HOT_LOOPS: readonly Hot[] = [
  {
    name: 'the records of a loop',
    text: RECORDS_SQL,
    values: ['root777', 'careloop'],
    indexes: [
      'resource_pkey',
      'resource_tokens',
      'transition_loop',
      'delivery_loop',
      'firing_loop',
      'message_unanswered',
      'loop_policy_loop',
      'calendar_pkey',
    ],
  },
  {
    name: 'a page of a timeline',
    text: timelineSql(everybody, TIMELINE_KINDS, 'newest') ?? '',
    values: ['root777', MIDDLE, 3, 'x', 51, null],
    indexes: TIMELINE_INDEXES,
  },
  {
    name: 'a page of a timeline, of an organization',
    text: timelineSql(agency, TIMELINE_KINDS, 'oldest') ?? '',
    values: ['root777', MIDDLE, 3, 'x', 51, ['root777', 'leg777']],
    indexes: TIMELINE_INDEXES,
  },
  { name: 'open loops', ...page({}, ['loop_open_due', 'resource_pkey']), inOrder: true },
  { name: 'open loops, due latest first', ...page({ sort: '-due' }, ['loop_open_due']), inOrder: true },
  { name: 'open loops, newest first', ...page({ sort: '-received' }, ['loop_open_received']), inOrder: true },
  { name: 'late loops', ...page({ overdue: true }, ['loop_open_due']), inOrder: true },
  { name: 'loops due in a day', ...page({ dueAfter: MIDDLE, dueBefore: NEXT_DAY }, ['loop_open_due']), inOrder: true },
  { name: 'open loops that wait for somebody', ...page({ waitingOn: ['hub'] }, ['loop_open_waiting']), inOrder: true },
  { name: 'open loops that wait for something', ...page({ nextStep: ['decide'] }, ['loop_open_steps']), inOrder: true },
  {
    name: 'open loops that people here must look at',
    ...page({ escalation: 'worklist' }, ['loop_escalated']),
    inOrder: true,
  },
  { name: 'open loops of a programme', ...page({ programme: 'home' }, ['loop_open_programme']), inOrder: true },
  { name: 'open loops of a sender', ...page({ sender: 'org7' }, ['loop_open_sender']) },
  { name: 'open loops of a receiver', ...page({ receiver: 'org7' }, ['loop_open_receiver']) },
  { name: 'late loops of a receiver', ...page({ receiver: 'org7', overdue: true }, ['loop_open_receiver']) },
  { name: 'open loops of a category', ...page({ category: 'cat10' }, ['loop_open_category']) },
  { name: 'open loops of a priority', ...page({ priority: ['stat'] }, ['loop_open_priority']) },
  {
    name: 'late loops of a programme that wait for a receiver',
    ...page({ programme: 'home', waitingOn: ['receiver'], overdue: true }, ['loop_open_programme']),
  },
  {
    name: 'open loops of clients with a name',
    ...page({ client: 'f1c159' }, ['resource_texts', 'loop_open_patient']),
    forValues: true,
  },
  {
    name: 'open loops with messages that nobody has read',
    ...page({ unread: true }, ['message_unread_of', 'loop_pkey']),
  },
  {
    name: 'open loops of which something on a server could not be taken',
    ...page({ untaken: true }, ['fetch_finding_untaken', 'loop_pkey']),
  },
  { name: 'closed loops', ...page({ state: 'closed' }, ['loop_closed_recent']), inOrder: true },
  { name: 'closed loops of a sender', ...page({ state: 'closed', sender: 'org7' }, ['loop_closed_sender']) },
  { name: 'closed loops of a receiver', ...page({ state: 'closed', receiver: 'org7' }, ['loop_closed_receiver']) },
  { name: 'closed loops of a programme', ...page({ state: 'closed', programme: 'rare' }, ['loop_closed_programme']) },
  {
    name: 'closed loops of clients with a name',
    ...page({ state: 'closed', client: 'f1c159' }, ['resource_texts', 'loop_closed_patient']),
    forValues: true,
  },
  {
    name: 'all loops, newest first',
    ...page({ state: 'all', sort: '-received' }, ['loop_open_received', 'loop_closed_received']),
    inOrder: true,
  },
  {
    name: 'open loops of an organization',
    ...page({}, ['loop_open_sender', 'loop_open_asked', 'loop_open_others', 'resource_pkey'], agency),
    forValues: true,
  },
  {
    name: 'all loops of an organization, newest first',
    ...page({ state: 'all', sort: '-received' }, OF_ORGANIZATION, agency),
    forValues: true,
  },
  { name: 'open loops that a hospital has sent', ...page({}, ['loop_open_sender'], hospital), inOrder: true },
  {
    name: 'closed loops that a hospital has sent',
    ...page({ state: 'closed' }, ['loop_closed_sender'], hospital),
    inOrder: true,
  },
  { name: 'closed loops of a priority', ...page({ state: 'closed', priority: ['asap'] }, ['loop_closed_priority']) },
  { name: 'what open loops wait for', ...countsSql(everybody, now), indexes: ['loop_count_party', 'loop_open_due'] },
  {
    name: 'what open loops of an organization wait for',
    ...countsSql(agency, now),
    indexes: ['loop_count_party'],
    forValues: true,
  },
  {
    name: 'what changes how many loops there are',
    text: FOLD_SQL,
    values: [],
    indexes: ['loop_count_added', 'loop_count_party'],
    forValues: true,
  },
  {
    name: 'the messages of a loop, newest first',
    text: messagesSql(everybody.caller),
    values: ['root770', '9000000000', 51, null, 'careloop'],
    indexes: ['message_loop', 'resource_pkey', 'person_pkey', 'message_read_pkey', 'delivery_message'],
  },
  {
    name: 'how many messages of a loop nobody has read',
    text: unreadSql(everybody.caller),
    values: ['root770', 'careloop'],
    indexes: ['message_unread_of', 'resource_pkey'],
  },
  {
    name: 'what a word on a referral answers',
    text: ANSWERED_SQL,
    values: ['root770', 'answer', 'leg770', 'org1', 'careloop', null],
    indexes: ['message_unanswered'],
  },
  {
    name: 'what is due and has not come',
    text: DUE_SQL,
    values: [MIDDLE, 100],
    indexes: ['deadline_at'],
    inOrder: true,
  },
  {
    name: 'what is due, taken',
    text: STANDING_SQL,
    values: ['root770', 'leg770', MIDDLE, ''],
    indexes: ['deadline_pkey', 'loop_pkey'],
  },
  {
    name: 'open loops under other policies, of which there are none',
    text: AFTER_POLICIES_SQL,
    values: ['now', '', 'now'],
    indexes: ['loop_open_policies'],
  },
  {
    name: 'open loops of an organization by an earlier calendar',
    text: BY_CALENDAR_SQL,
    values: ['0', '', 901, 'small'],
    indexes: ['loop_open_parties'],
    forValues: true,
  },
  {
    name: 'open loops by an earlier calendar of the hub, of which there are none',
    text: BY_HUB_CALENDAR_SQL,
    values: ['0', '', 900],
    indexes: ['loop_open_calendars'],
  },
  {
    name: 'what is measured of the referrals of a day',
    text: measuresSql(everybody, LOOP_MEASURES, { groupBy: ['sender'], matureDays: 30 }),
    values: [MIDDLE, NEXT_DAY, NEXT_DAY],
    indexes: ['transition_asked', 'transition_loop', 'loop_pkey', 'firing_loop', 'delivery_loop'],
    forValues: true,
  },
  {
    name: 'what is measured of groups of people of a day',
    text: measuresSql(everybody, LOOP_MEASURES, { groupBy: ['language', 'payer'], matureDays: 30 }),
    values: [MIDDLE, NEXT_DAY, NEXT_DAY],
    indexes: ['transition_asked', 'resource_pkey', 'resource_tokens'],
    forValues: true,
  },
  {
    name: 'what is measured of who was asked on a day',
    text: measuresSql(everybody, LEG_MEASURES, { groupBy: ['receiver'], matureDays: 30 }),
    values: [MIDDLE, NEXT_DAY, NEXT_DAY],
    indexes: ['transition_asked', 'transition_loop', 'loop_pkey', 'deadline_pkey', 'resource_pkey', 'delivery_loop'],
    forValues: true,
  },
];
