import type { Measure } from './measure.ts';

const NETWORK = 'Network metrics of closed-loop referral; no standard exists for them, the definition is this one.';
/** Accepted, or declined. */
const ANSWERED = 'answered_at IS NOT NULL';
/** Its time was over before it answered, or was asked no more. */
const UNANSWERED = `answered_at IS NULL AND due < COALESCE(left_at, now)`;
const WAITING = `answered_at IS NULL AND left_at IS NULL`;
/** Delivered, and answered or over its time. */
const DECIDABLE = `delivered_at IS NOT NULL AND due IS NOT NULL AND (${ANSWERED} OR ${UNANSWERED})`;
const IN_TIME = `delivered_at IS NOT NULL AND ${WAITING} AND due >= now`;
/** Nothing of it in fourteen days after it was delivered. */
const SILENT = `COALESCE(heard_at > delivered_at + interval '336 hours', true)`;
const MATURE = `(heard_at IS NOT NULL OR COALESCE(left_at, now) >= delivered_at + interval '336 hours')`;

/** What is measured of each organization that was asked; for an organization, of what it was asked itself. */
export const LEG_MEASURES: readonly Measure[] = [
  {
    id: 'asked',
    title: 'Organizations asked',
    definition: 'How often an organization was asked: a referral that is offered to three counts three times.',
    of: 'leg',
    kind: 'count',
    unit: '{offer}',
    direction: null,
    source: NETWORK,
  },
  {
    id: 'delivery-rate',
    title: 'Delivery rate',
    definition:
      'Offers that were delivered (taken by the server of who was asked, or put into its inbox), out of those sent.',
    of: 'leg',
    kind: 'proportion',
    denominator: 'sent_at IS NOT NULL',
    numerator: 'delivered_at IS NOT NULL',
    open: 'on_its_way',
    unit: '1',
    direction: 'increase',
    source: NETWORK,
  },
  {
    id: 'delivery-failures',
    title: 'Delivery failures',
    definition: 'Offers that were refused or given up and never delivered, out of those sent.',
    of: 'leg',
    kind: 'proportion',
    denominator: 'sent_at IS NOT NULL',
    numerator: 'given_up AND delivered_at IS NULL',
    open: 'on_its_way',
    unit: '1',
    direction: 'decrease',
    source: NETWORK,
  },
  {
    id: 'technical-delay',
    title: 'Technical delay',
    definition: 'Hours from when the hub had an offer to send until it was delivered: waiting, attempts and transport.',
    of: 'leg',
    kind: 'duration',
    denominator: 'delivered_at IS NOT NULL OR on_its_way',
    value: 'delivered_at - sent_at',
    unit: 'h',
    direction: 'decrease',
    source: NETWORK,
  },
  {
    id: 'human-delay',
    title: 'Human delay',
    definition:
      'Hours from when an offer was delivered until it was accepted or declined. Those that wait are counted beside it (open).',
    of: 'leg',
    kind: 'duration',
    denominator: `delivered_at IS NOT NULL AND (${ANSWERED} OR ${WAITING})`,
    value: `CASE WHEN ${ANSWERED} THEN GREATEST(answered_at - delivered_at, interval '0') END`,
    unit: 'h',
    direction: 'decrease',
    source: NETWORK,
  },
  {
    id: 'response-within-policy',
    title: 'Response rate within policy',
    definition:
      'Delivered offers that were accepted or declined by when an answer was due, out of those that were answered or whose time is over. Withdrawn before that they do not count; those that wait and are in time are counted beside it (open).',
    of: 'leg',
    kind: 'proportion',
    denominator: DECIDABLE,
    numerator: 'answered_at <= due',
    open: IN_TIME,
    unit: '1',
    direction: 'increase',
    source: `${NETWORK} Due by the policy of this hub and the working time of who was asked.`,
  },
  {
    id: 'accepted-within-policy',
    title: 'Accepted within policy',
    definition: 'As the response rate within policy, but only what was accepted counts.',
    of: 'leg',
    kind: 'proportion',
    denominator: DECIDABLE,
    numerator: 'accepted_at <= due',
    open: IN_TIME,
    unit: '1',
    direction: 'increase',
    source: NETWORK,
  },
  {
    id: 'unanswered-age',
    title: 'Age of unanswered offers',
    definition:
      'Of delivered offers that wait for an answer now, the share of each age since they were delivered, in days of 24 hours.',
    of: 'leg',
    kind: 'shares',
    denominator: `delivered_at IS NOT NULL AND ${WAITING}`,
    value: `CASE WHEN now < delivered_at + interval '48 hours' THEN 'under-2-days'
      WHEN now < delivered_at + interval '120 hours' THEN '2-to-5-days'
      WHEN now < delivered_at + interval '168 hours' THEN '5-to-7-days'
      WHEN now < delivered_at + interval '336 hours' THEN '7-to-14-days' ELSE '14-days-or-more' END`,
    unit: '1',
    direction: null,
    source: NETWORK,
  },
  {
    id: 'time-to-decision',
    title: 'Time to decision',
    definition:
      'Hours from when an organization was asked until it accepted or declined, by the clock of the hub. Those that have not decided are not in the median; they are counted beside it (open).',
    of: 'leg',
    kind: 'duration',
    denominator: `${ANSWERED} OR ${WAITING}`,
    value: 'answered_at - offered_at',
    unit: 'h',
    direction: 'decrease',
    source: NETWORK,
  },
  {
    id: 'acceptance-rate',
    title: 'Acceptance rate',
    definition: 'Offers that were accepted, out of those accepted, declined, or not answered when an answer was due.',
    of: 'leg',
    kind: 'proportion',
    denominator: `${ANSWERED} OR ${UNANSWERED}`,
    numerator: 'accepted_at IS NOT NULL',
    open: `${WAITING} AND COALESCE(due >= now, true)`,
    unit: '1',
    direction: 'increase',
    source: NETWORK,
  },
  {
    id: 'acceptance-of-answered',
    title: 'Acceptance rate of answered offers',
    definition: 'Offers that were accepted, out of those accepted or declined.',
    of: 'leg',
    kind: 'proportion',
    denominator: ANSWERED,
    numerator: 'accepted_at IS NOT NULL',
    open: WAITING,
    unit: '1',
    direction: 'increase',
    source: NETWORK,
  },
  {
    id: 'taken-back',
    title: 'Acceptances taken back',
    definition:
      'Offers that were accepted, and given back before work began; out of those accepted. They are no declines.',
    of: 'leg',
    kind: 'proportion',
    denominator: 'accepted_at IS NOT NULL',
    numerator: 'taken_back',
    unit: '1',
    direction: 'decrease',
    source: NETWORK,
  },
  {
    id: 'decline-reasons',
    title: 'Decline reasons',
    definition:
      'Of the offers that were declined, the share of each coded reason (Task.statusReason, https://careloop.dev/fhir/CodeSystem/outcome). Reasons in words only are not-coded: their words are not told.',
    of: 'leg',
    kind: 'shares',
    denominator: 'declined_at IS NOT NULL AND accepted_at IS NULL',
    value: `COALESCE(reason_code, 'not-coded')`,
    unit: '1',
    direction: null,
    source: NETWORK,
  },
  {
    id: 'time-to-first-contact',
    title: 'Time to first contact',
    definition:
      'Hours from when an organization was asked until it first said that it works with the client (in-progress, completed, or as progress an appointment, a visit, no show or an interim outcome); of those that accepted. Those that have not yet are counted beside it (open); those that ended without are left out.',
    of: 'leg',
    kind: 'duration',
    denominator: `accepted_at IS NOT NULL AND (contact_at IS NOT NULL OR left_at IS NULL)`,
    value: 'contact_at - offered_at',
    unit: 'h',
    direction: 'decrease',
    source: NETWORK,
  },
  {
    id: 'silent-rate',
    title: 'Silent rate',
    definition:
      'Delivered offers of which nothing was heard from who was asked in fourteen days, out of those delivered fourteen days ago or heard of before. Later ones are counted beside it (open).',
    of: 'leg',
    kind: 'proportion',
    denominator: `delivered_at IS NOT NULL AND ${MATURE}`,
    numerator: SILENT,
    open: `delivered_at IS NOT NULL AND heard_at IS NULL AND left_at IS NULL AND now < delivered_at + interval '336 hours'`,
    unit: '1',
    direction: 'decrease',
    source: NETWORK,
  },
];
