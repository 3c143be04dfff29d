import { DUE_SQL, STANDING_SQL } from '../../../src/deadlines/due.ts';
import { STAFF_SQL } from '../../../src/deadlines/staff.ts';
import { ACTIVE_SQL } from '../../../src/directory/directory.ts';
import { RECORDS_SQL } from '../../../src/loops/projection/store.ts';
import type { Answer } from './answer.ts';
import { CONFIRMATION_PATTERNS } from './confirmation-statements.ts';
import { loopRecords } from './loop-records.ts';
import { MESSAGE_PATTERNS, MESSAGES } from './message-statements.ts';
import { firingsOf, placeOf, type ResourceRow, type Tables } from './tables.ts';

/** Answers a statement of the stories over the tables in memory. @throws Error naming one that it does not know */
export function answer(tables: Tables, text: string, values: readonly unknown[]): object[] {
  const known = EXACT.get(text);
  if (known) return [...known(tables, values, NONE)];
  for (const [pattern, each] of PATTERNS) {
    const found = pattern.exec(text);
    if (found) return [...each(tables, values, found)];
  }
  throw new Error(`The store in memory does not know this statement: ${text}`);
}

const NONE = /^/.exec('') as RegExpExecArray;

const EXACT = new Map<string, Answer>([
  ...MESSAGES,
  [ACTIVE_SQL, (_tables, [ids]) => (ids as string[]).map((id) => ({ id }))],
  [STAFF_SQL, ({ staff: [there] }) => [{ readsWorklist: there !== 'nobody', supervises: there === 'everybody' }]],
  [RECORDS_SQL, (tables, [id, hubOrg]) => loopRecords(tables, String(id), String(hubOrg))],
  [
    DUE_SQL,
    ({ deadlines }, [now, limit]) =>
      [...deadlines.values()]
        .filter(({ at }) => at !== null && at <= moment(now))
        .sort((a, b) => String(a.at).localeCompare(String(b.at)))
        .slice(0, Number(limit))
        .map(({ loop_id, task_id, message_id }) => ({ loopId: loop_id, taskId: task_id, messageId: message_id })),
  ],
  [
    STANDING_SQL,
    ({ deadlines }, [loopId, taskId, now, messageId]) => {
      const row = deadlines.get(
        placeOf({ loop_id: String(loopId), task_id: String(taskId), message_id: String(messageId) }),
      );
      if (!row || row.at === null || row.at > moment(now)) return [];
      const { fired, step, waiting_on: waitingOn, organization_id: organizationId } = row;
      const [since, due] = [new Date(row.since), new Date(row.due)];
      const [plannedAt, nextAt] = [row.ats[fired], row.ats[fired + 1]].map((at) => (at ? new Date(at) : null));
      const what = row.whats[fired];
      const ladder = { step, waitingOn, organizationId, since, due, rung: fired, what, plannedAt, nextAt };
      return [{ loopId, taskId, messageId, ...ladder }];
    },
  ],
]);

const PATTERNS: readonly (readonly [RegExp, Answer])[] = [
  [
    /^SELECT id, version, deleted, content, author_org/,
    ({ resources }, [type, ids]) => [ids].flat().flatMap((id) => standing(resources.get(`${type}/${id}`))),
  ],
  [/^\s*SELECT id FROM loop WHERE id = COALESCE/, ({ loops, resources }, [id]) => loopOf(loops, resources, String(id))],
  [
    /^\s*SELECT (?:id|content) FROM resource WHERE type = '(\w+)' AND NOT deleted AND tokens (@>|&&) \$1::text\[\]\s*(?:ORDER BY id(?: LIMIT 200)?)?$/,
    ({ resources }, [keys], [, type, how]) =>
      [...resources.values()]
        .filter((row) => row.type === type && !row.deleted && has(row, keys as string[], how === '@>'))
        .sort((a, b) => a.id.localeCompare(b.id)),
  ],
  [
    /^\s*SELECT id FROM resource WHERE type = 'Task' AND NOT deleted AND tokens && \$1::text\[\] AND id <> \$2/,
    ({ resources }, [keys, id, requester]) =>
      [...resources.values()].filter(
        (row) =>
          row.type === 'Task' &&
          row.id !== id &&
          has(row, keys as string[], false) &&
          row.tokens.includes(String(requester)),
      ),
  ],
  [
    /^\s*SELECT content -> 'focus' ->> 'reference' AS focus/,
    ({ resources }, [id]) => {
      const row = resources.get(`Task/${id}`);
      return row ? [{ focus: (row.content as { focus?: { reference?: string } }).focus?.reference ?? null }] : [];
    },
  ],
  [
    /^\s*SELECT loop\.id FROM resource task JOIN loop/,
    ({ resources, loops }, [keys]) =>
      [...loops.values()].filter(({ id }) => {
        const row = resources.get(`Task/${id}`);
        return row !== undefined && has(row, keys as string[], true);
      }),
  ],
  // Who may read what is looked at on the hub that runs.
  [/^\s*(?:WITH other AS|SELECT type, id, CASE WHEN type = 'DocumentReference')/, () => []],
  [/pg_advisory_xact_lock|^SET TRANSACTION|pg_notify/, () => []],
  [
    /^SELECT 1 FROM loop WHERE id = \$1 AND state = 'open'/,
    ({ loops }, [id]) => (loops.get(String(id))?.state === 'open' ? [{}] : []),
  ],
  [
    /^SELECT id FROM loop WHERE replaces = \$1 AND state = 'open'/,
    ({ loops }, [id]) => [...loops.values()].filter((row) => row.replaces === id && row.state === 'open'),
  ],
  [
    /^SELECT \* FROM loop WHERE id > \$1/,
    ({ loops }, [after]) => [...loops.values()].filter(({ id }) => id > String(after)),
  ],
  [
    /^SELECT d\.\*, \(SELECT count/,
    ({ deadlines, firings }, [ids]) =>
      [...deadlines.values()]
        .filter(({ loop_id }) => (ids as string[]).includes(loop_id))
        .map((row) => ({
          ...row,
          firings: firingsOf(firings, row).length,
          is_set: (row.at === null) === row.fired >= row.ats.length,
        })),
  ],
  [
    /^\s*SELECT policies AS at, id FROM loop WHERE state = 'open' AND \(policies, id\) > \(\$1, \$2\) AND policies ([<>]) \$3/,
    ({ loops }, [at, id, digest], [, how]) =>
      [...loops.values()]
        .filter(
          (row) =>
            row.state === 'open' && (how === '<' ? row.policies < String(digest) : row.policies > String(digest)),
        )
        .filter((row) => row.policies > String(at) || (row.policies === at && row.id > String(id)))
        .map((row) => ({ at: row.policies, id: row.id })),
  ],
  [
    /^UPDATE delivery SET status = 'withdrawn', settled_at = \$2, next_at = NULL\s+WHERE loop_id = \$1 AND kind = 'closing'/,
    (tables, [id, now]) => {
      const closings = [...tables.deliveries.values()].filter(
        ({ kind, loop_id }) => kind === 'closing' && loop_id === id,
      );
      const known = closings.findLastIndex(({ status }) => status === 'delivered' || status === 'withdrawn');
      const open = closings.slice(known + 1).filter(({ status }) => ['pending', 'rejected', 'dead'].includes(status));
      return settle(tables, String(id), moment(now), (row) => ({ to: open.includes(row) ? 'withdrawn' : undefined }));
    },
  ],
  [
    /^(?:SELECT id FROM|UPDATE) delivery .*task_version <= \$3 AND kind = 'closing' AND status IN \('pending', 'sending'\)/s,
    (tables, [id, reader, version, now], [text]) =>
      settle(tables, String(id), now === undefined ? '' : moment(now), (row) => ({
        to:
          row.kind === 'closing' &&
          row.status === 'pending' &&
          row.recipient_org === reader &&
          row.task_version <= Number(version)
            ? 'delivered'
            : undefined,
        looksOnly: text.startsWith('SELECT'),
      })),
  ],
  [
    /^(?:SELECT loop_id AS "loopId" FROM|UPDATE) delivery .*kind = 'offer' AND read_at IS NULL$/,
    ({ deliveries }, [, tasks, reader, now]) =>
      [...deliveries.values()]
        .filter((row) => row.kind === 'offer' && !row.read_at && row.recipient_org === reader)
        .filter((row) => (tasks as string[]).includes(row.task_id))
        .map((row) => {
          if (now !== undefined) deliveries.set(row.id, { ...row, read_at: moment(now) });
          return { loopId: row.loop_id };
        }),
  ],
  [/^DELETE FROM outbox/, () => []],
  ...MESSAGE_PATTERNS,
  ...CONFIRMATION_PATTERNS,
];

function standing(row: ResourceRow | undefined): object[] {
  return row ? [{ ...row, readers: [], readers_until: null, shown: null, trimmed: null }] : [];
}

function loopOf(loops: Tables['loops'], resources: Tables['resources'], taskId: string): object[] {
  const task = resources.get(`Task/${taskId}`)?.content as { partOf?: { reference?: string }[] } | undefined;
  const id = task?.partOf?.[0]?.reference?.split('/')[1] ?? taskId;
  return loops.has(id) ? [{ id }] : [];
}

function has({ tokens }: ResourceRow, keys: readonly string[], all: boolean): boolean {
  return all ? keys.every((key) => tokens.includes(key)) : keys.some((key) => tokens.includes(key));
}

function settle(
  { deliveries }: Tables,
  loopId: string,
  at: string,
  decide: (row: Tables['deliveries'] extends Map<string, infer D> ? D : never) => {
    to: string | undefined;
    looksOnly?: boolean;
  },
): object[] {
  return [...deliveries.values()].flatMap((row) => {
    const { to, looksOnly } = row.loop_id === loopId ? decide(row) : { to: undefined };
    if (!to) return [];
    if (!looksOnly) deliveries.set(row.id, { ...row, status: to, settled_at: at });
    return [{ id: row.id }];
  });
}

function moment(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}
