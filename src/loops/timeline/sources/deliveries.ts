import { ownId } from '../../../fhir/caller.ts';
import { named } from '../../names.ts';
import type { TimelineEntry } from '../api.ts';
import { instantOf, numberKey, onlyOf, sourceOf } from './source.ts';

type Delivery = Extract<TimelineEntry, { kind: 'delivery' }>;

interface Sent
  extends Pick<Delivery, 'message' | 'status' | 'attempts' | 'lastCode' | 'nextAt' | 'settledAt' | 'readAt' | 'tries'> {
  readonly recipient: string;
  readonly id: string;
}

const MOST_TRIES = 20;

/** The attempts of a delivery, oldest first; of many the latest. */
const TRIES_SQL = `COALESCE((SELECT json_agg(json_build_object('number', tried.number, 'startedAt', tried.started_at,
      'finishedAt', tried.finished_at, 'outcome', tried.outcome, 'code', tried.code) ORDER BY tried.number)
    FROM (SELECT * FROM attempt a WHERE a.delivery_id = d.id ORDER BY a.number DESC LIMIT ${MOST_TRIES}) AS tried), '[]')`;

/** What was sent to whom, with its attempts. What was sent to others is theirs and the hub's. */
export const deliveries = sourceOf<Sent>({
  kind: 'delivery',
  sql: (
    viewer,
  ) => `SELECT d.created_at, d.created_at, ${numberKey('d.seq')}, json_build_object('id', 'd' || d.id, 'message', d.kind,
      'recipient', d.recipient_org, 'status', d.status, 'attempts', d.attempts, 'lastCode', d.last_code, 'nextAt', d.next_at,
      'settledAt', d.settled_at, 'readAt', d.read_at, 'tries', ${TRIES_SQL})
    FROM delivery d WHERE d.loop_id = $1${onlyOf(viewer, 'd.recipient_org', ownId(viewer.caller))}`,
  organizations: ({ recipient }) => [recipient],
  entry: (moment, { recipient, nextAt, settledAt, readAt, tries, ...sent }, { names }) => ({
    ...moment,
    kind: 'delivery',
    recipient: named(recipient, names),
    ...sent,
    nextAt: instantOf(nextAt),
    settledAt: instantOf(settledAt),
    readAt: instantOf(readAt),
    tries: tries.map(({ startedAt, finishedAt, ...each }) => ({
      ...each,
      startedAt: instantOf(startedAt),
      finishedAt: instantOf(finishedAt),
    })),
  }),
});
