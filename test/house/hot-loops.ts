import { DUE_SQL, STANDING_SQL } from '../../src/deadlines/due.ts';
import { closedLoopsSql, openLoopsSql } from '../../src/loops/queries.ts';
import { AFTER_POLICIES_SQL, BY_CALENDAR_SQL, BY_HUB_CALENDAR_SQL } from '../../src/loops/reproject.ts';
import { RECORDS_SQL } from '../../src/loops/store.ts';
import { LEG_MEASURES } from '../../src/measures/leg-measures.ts';
import { LOOP_MEASURES } from '../../src/measures/loop-measures.ts';
import { measuresSql } from '../../src/measures/statement.ts';
import { ANSWERED_SQL } from '../../src/referrals/conversation/message-rows.ts';
import type { Hot } from './hot-statements.ts';

const MIDDLE = '2026-02-10T00:00:00Z';
const NEXT_DAY = '2026-02-11T00:00:00Z';
const small = { kind: 'client', organizationId: 'small' } as const;
const everybody = { caller: { kind: 'operator', organizationId: 'careloop' }, hubOrg: 'careloop' } as const;

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
    name: 'open loops',
    text: openLoopsSql(everybody, {}),
    values: [MIDDLE, '', 51],
    indexes: ['loop_open_due', 'resource_pkey'],
    inOrder: true,
  },
  {
    name: 'open loops that wait for somebody',
    text: openLoopsSql(everybody, { waitingOn: true }),
    values: [MIDDLE, '', 51, 'hub'],
    indexes: ['loop_open_waiting'],
  },
  {
    name: 'open loops that people here must look at',
    text: openLoopsSql(everybody, {}, 'worklist'),
    values: [MIDDLE, '', 51],
    indexes: ['loop_escalated'],
    inOrder: true,
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
    indexes: ['deadline_pkey'],
  },
  {
    name: 'open loops of a programme',
    text: openLoopsSql(everybody, { programme: true }),
    values: [MIDDLE, '', 51, 'home'],
    indexes: ['loop_open_programme'],
    inOrder: true,
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
    indexes: ['loop_parties'],
    forValues: true,
  },
  {
    name: 'open loops by an earlier calendar of the hub, of which there are none',
    text: BY_HUB_CALENDAR_SQL,
    values: ['0', '', 900],
    indexes: ['loop_open_calendars'],
  },
  {
    name: 'closed loops',
    text: closedLoopsSql(everybody),
    values: [MIDDLE, '', 51],
    indexes: ['loop_closed_recent'],
    inOrder: true,
  },
  {
    name: 'open loops of an organization',
    text: openLoopsSql({ caller: small, hubOrg: 'careloop' }, {}),
    values: [MIDDLE, '', 51, 'small'],
    indexes: ['loop_parties', 'resource_pkey'],
    forValues: true,
  },
  {
    name: 'what is measured of the referrals of a day',
    text: measuresSql(everybody, LOOP_MEASURES, ['sender']),
    values: [MIDDLE, NEXT_DAY, NEXT_DAY],
    indexes: ['transition_asked', 'transition_loop', 'loop_pkey', 'firing_loop', 'delivery_loop'],
    forValues: true,
  },
  {
    name: 'what is measured of who was asked on a day',
    text: measuresSql(everybody, LEG_MEASURES, ['receiver']),
    values: [MIDDLE, NEXT_DAY, NEXT_DAY],
    indexes: ['transition_asked', 'transition_loop', 'loop_pkey', 'deadline_pkey', 'resource_pkey', 'delivery_loop'],
    forValues: true,
  },
];
