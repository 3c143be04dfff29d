import { type Caller, contentFor, visibleTo } from '../../../fhir/caller.ts';
import { named } from '../../names.ts';
import type { TimelineEntry } from '../api.ts';
import { instantOf, numberKey, sourceOf } from './source.ts';

type Message = Extract<TimelineEntry, { kind: 'message' }>;

interface Said extends Omit<Message, 'at' | 'recordedAt' | 'kind' | 'from' | 'to'> {
  readonly from: string;
  readonly to: string;
}

/** Of a long one its beginning is told. */
const excerptSql = (caller: Caller): string => `CASE WHEN NOT m.withdrawn
    THEN left(jsonb_path_query_first(${contentFor(caller, 'c')}::jsonb, '$.payload[*].contentString') #>> '{}', 280) END`;

/** With who has a server it is there when that took it; with who works on this hub, when its program has fetched it. */
const ARRIVED_SQL = `COALESCE(m.fetched_at, (SELECT min(d.settled_at) FROM delivery d WHERE d.message_id = m.id AND d.kind = 'message'
    AND d.status = 'delivered' AND coalesce(d.last_code, '') NOT IN ('waits-here', 'mailed')))`;

/** What was said about it, as far as the viewer may read it; and whether it has come and was read. */
export const messages = sourceOf<Said>({
  kind: 'message',
  sql: ({
    caller,
  }) => `SELECT m.said_at, m.said_at, ${numberKey('m.seq')}, json_build_object('from', m.from_org, 'to', m.to_org,
      'by', p.name, 'answerBy', m.answer_by, 'answered', m.answered_by IS NOT NULL, 'arrivedAt', ${ARRIVED_SQL}, 'readAt', m.read_at,
      'withdrawn', m.withdrawn, 'excerpt', ${excerptSql(caller)}, 'id', 'm' || m.id)
    FROM message m JOIN resource c ON c.type = 'Communication' AND c.id = m.id AND NOT c.deleted
      LEFT JOIN actor p ON p.id = m.person_id
    WHERE m.loop_id = $1 AND ${visibleTo(caller, 'c')}`,
  organizations: ({ from, to }) => [from, to],
  entry: (moment, { from, to, answerBy, arrivedAt, readAt, ...said }, { names }) => ({
    ...moment,
    kind: 'message',
    from: named(from, names),
    to: named(to, names),
    ...said,
    answerBy: instantOf(answerBy),
    arrivedAt: instantOf(arrivedAt),
    readAt: instantOf(readAt),
  }),
});
