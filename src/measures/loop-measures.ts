import type { Measure } from './measure.ts';

const NETWORK = 'Network metrics of closed-loop referral; no standard exists for them, the definition is this one.';
/** It ended with what was asked for, or a part of it. */
export const RESOLVED = `outcome IN ('services-provided', 'partially-provided', 'enrolled-ongoing')`;
const ENDED = `ended_at IS NOT NULL`;

/** What is measured of whole referrals; for an organization, of those that it sent. */
export const LOOP_MEASURES: readonly Measure[] = [
  {
    id: 'received',
    title: 'Referrals received',
    definition:
      'Referrals whose first Task was requested in the period. One that is offered several times counts once; what was entered in error, or is marked as a test (HTEST), does not count.',
    of: 'loop',
    kind: 'count',
    unit: '{referral}',
    direction: null,
    source: NETWORK,
  },
  {
    id: 'time-to-outcome',
    title: 'Time to outcome',
    definition:
      'Hours from when the referral was requested until its Task ended (completed, failed, rejected or cancelled), by the clock of the hub. Those that have not ended are not in the median; they are counted beside it (open).',
    of: 'loop',
    kind: 'duration',
    value: 'ended_at - requested_at',
    unit: 'h',
    direction: 'decrease',
    source: NETWORK,
  },
  {
    id: 'closed-with-outcome',
    title: 'Closed with an outcome that the sender has',
    definition:
      'Referrals that have ended, and whose outcome was delivered to the sender, out of all received. Ended ones whose closing message nobody took do not count.',
    of: 'loop',
    kind: 'proportion',
    numerator: `state = 'closed' AND told`,
    open: `NOT (${ENDED})`,
    unit: '1',
    direction: 'increase',
    source: `${NETWORK} Loop-closure rate, strict.`,
  },
  {
    id: 'closed-by-status',
    title: 'Ended, by status',
    definition: 'Referrals whose Task has ended, whether or not the sender knows, out of all received.',
    of: 'loop',
    kind: 'proportion',
    numerator: ENDED,
    open: `NOT (${ENDED})`,
    unit: '1',
    direction: 'increase',
    source: `${NETWORK} Loop-closure rate by status.`,
  },
  {
    id: 'closing-acknowledged',
    title: 'Closing acknowledged',
    definition: 'Referrals whose outcome was delivered to the sender, out of those that have ended.',
    of: 'loop',
    kind: 'proportion',
    denominator: ENDED,
    numerator: 'told',
    unit: '1',
    direction: 'increase',
    source: NETWORK,
  },
  {
    id: 'need-resolved',
    title: 'Need resolved',
    definition:
      'Referrals that ended with services provided, partially provided, or an enrolment that goes on, out of all received.',
    of: 'loop',
    kind: 'proportion',
    numerator: RESOLVED,
    open: `NOT (${ENDED})`,
    unit: '1',
    direction: 'increase',
    source: NETWORK,
  },
  {
    id: 're-routes',
    title: 'Re-routes per referral',
    definition:
      'How often another organization was asked after one before had declined, not answered, failed or given up; on average over all received.',
    of: 'loop',
    kind: 'mean',
    value: 're_routes',
    unit: '{re-route}/{referral}',
    direction: 'decrease',
    source: NETWORK,
    hubOnly: true,
  },
  {
    id: 're-offer-yield',
    title: 'Re-offer yield',
    definition: 'Referrals that are closed, out of those that were offered again at least once.',
    of: 'loop',
    kind: 'proportion',
    denominator: 're_routes > 0',
    numerator: `state = 'closed'`,
    open: `re_routes > 0 AND state = 'open'`,
    unit: '1',
    direction: 'increase',
    source: NETWORK,
    hubOnly: true,
  },
  {
    id: 'escalations',
    title: 'Escalations per referral',
    definition:
      'What the hub did because something did not come in time (reminders, worklist, supervisor, next offer, closing), each counted once; on average over all received.',
    of: 'loop',
    kind: 'mean',
    value: 'escalations',
    unit: '{escalation}/{referral}',
    direction: 'decrease',
    source: NETWORK,
    hubOnly: true,
  },
];
