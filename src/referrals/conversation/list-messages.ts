import type { Communication } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { type Caller, contentFor, visibleTo } from '../../fhir/caller.ts';
import { parseLocal } from '../../fhir/references.ts';
import { type Names, named, organizationNames } from '../../loops/names.ts';
import type { LoopMessage, MessagesQuery } from './api.ts';
import { bytesIn } from './attachments.ts';

interface Row {
  readonly id: string;
  readonly seq: string;
  readonly task_id: string;
  readonly from_org: string;
  readonly to_org: string;
  readonly by: string | null;
  readonly in_response_to: string | null;
  readonly said_at: Date;
  readonly answer_by: Date | null;
  readonly answered_by: string | null;
  readonly fetched_at: Date | null;
  readonly read_at: Date | null;
  readonly withdrawn: boolean;
  readonly content: Communication;
  readonly status: string | null;
  readonly code: string | null;
  readonly settled_at: Date | null;
  readonly readers: LoopMessage['readers'];
}

/** One page of the messages about a loop that a caller may read, newest first. */
export async function listMessages(
  sql: Sql,
  caller: Caller,
  { loopId, hubOrg }: { readonly loopId: string; readonly hubOrg: string },
  query: MessagesQuery,
): Promise<{ messages: LoopMessage[]; next: string | null; unread: number }> {
  const before = readCursor(query.cursor);
  const own = caller.organizationId;
  const rows = await sql.query<Row>(messagesSql(caller), [loopId, before, query.limit + 1, query.with ?? null, own]);
  const [counted] = await sql.query<{ unread: number }>(unreadSql(caller), [loopId, own]);
  const shown = rows.slice(0, query.limit);
  const names = await organizationNames(sql, [
    ...shown.map(({ from_org }) => from_org),
    ...shown.map(({ to_org }) => to_org),
  ]);
  const last = shown.at(-1);
  return {
    messages: shown.map((row) => toMessage(row, names, own, hubOrg)),
    next: rows.length > query.limit && last ? Buffer.from(last.seq).toString('base64url') : null,
    unread: counted?.unread ?? 0,
  };
}

/** $1: the loop; $2: before which; $3: how many; $4: with whom, or NULL; $5: the organization that asks. */
export function messagesSql(caller: Caller): string {
  return `SELECT m.*, m.seq::text AS seq, ${contentFor(caller, 'c')} AS content, writer.name AS by, sent.status, sent.last_code AS code, sent.settled_at,
      COALESCE((SELECT json_agg(json_build_object('name', p.name,
          'at', to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY r.at, p.name)
        FROM message_read r JOIN actor p ON p.id = r.person_id
        WHERE r.message_id = m.id AND p.organization_id = $5), '[]') AS readers
    FROM message m JOIN resource c ON c.type = 'Communication' AND c.id = m.id AND NOT c.deleted
      LEFT JOIN actor writer ON writer.id = m.person_id
      LEFT JOIN LATERAL (SELECT status, last_code, settled_at FROM delivery
        WHERE message_id = m.id AND kind = 'message' ORDER BY seq LIMIT 1) sent ON true
    WHERE m.loop_id = $1 AND m.seq < $2 AND ($4::text IS NULL OR $4 IN (m.from_org, m.to_org))
      AND ${visibleTo(caller, 'c')}
    ORDER BY m.seq DESC LIMIT $3`;
}

/** $1: the loop; $2: the organization that asks. */
export function unreadSql(caller: Caller): string {
  return `SELECT count(*)::int AS unread FROM message m JOIN resource c ON c.type = 'Communication' AND c.id = m.id AND NOT c.deleted
    WHERE m.loop_id = $1 AND m.read_at IS NULL AND NOT m.withdrawn AND m.to_org = $2 AND ${visibleTo(caller, 'c')}`;
}

function toMessage(row: Row, names: Names, own: string, hubOrg: string): LoopMessage {
  const { content, withdrawn } = row;
  const payload = withdrawn ? [] : (content.payload ?? []);
  const texts = payload.flatMap(({ contentString }) => contentString ?? []);
  return {
    id: row.id,
    taskId: row.task_id,
    from: named(row.from_org, names),
    by: row.by,
    to: named(row.to_org, names),
    sentAt: row.said_at.toISOString(),
    text: texts.length > 0 ? texts.join('\n\n') : null,
    withdrawn,
    attachments: attachmentsIn(payload),
    inResponseTo: row.in_response_to,
    answerBy: row.answer_by?.toISOString() ?? null,
    answeredBy: row.answered_by,
    ...stageOf(row, hubOrg),
    readers: row.readers,
    unread: row.to_org === own && row.read_at === null && !withdrawn,
  };
}

function attachmentsIn(payload: NonNullable<Communication['payload']>): LoopMessage['attachments'] {
  return payload.flatMap(({ contentAttachment, contentReference }) => {
    if (contentReference) {
      const url = parseLocal(contentReference.reference) ? `/fhir/R4/${contentReference.reference}` : null;
      return [{ title: contentReference.display ?? null, contentType: null, size: null, url }];
    }
    if (!contentAttachment) return [];
    const { title = null, contentType = null, size, url, data } = contentAttachment;
    const bytes = size ?? (data ? bytesIn(data) : null);
    return [{ title, contentType, size: bytes, url: parseLocal(url) ? `/fhir/R4/${url}` : null }];
  });
}

/**
 * How far it has come. With who has a server it is there when that took it; with who works on this hub, when its program has
 * fetched it. It is read when somebody opened it here, or its recipient says so (Communication.received). Pure.
 */
function stageOf(row: Row, hubOrg: string): Pick<LoopMessage, 'stage' | 'stageAt'> {
  const at = (moment: Date | null): string | null => moment?.toISOString() ?? null;
  if (row.read_at) return { stage: 'read', stageAt: at(row.read_at) };
  if (row.to_org === hubOrg) return { stage: 'delivered', stageAt: at(row.said_at) };
  if (row.status === 'delivered' && !WAITS_HERE.has(row.code ?? ''))
    return { stage: 'delivered', stageAt: at(row.settled_at) };
  if (row.fetched_at) return { stage: 'delivered', stageAt: at(row.fetched_at) };
  if (row.status === 'delivered') return { stage: 'available', stageAt: at(row.settled_at) };
  if (row.status === 'pending' && row.code === 'obtain-consent') return { stage: 'waits-for-consent', stageAt: null };
  if (row.status === 'pending' || row.status === 'sending') return { stage: 'sending', stageAt: null };
  return { stage: 'failed', stageAt: at(row.settled_at) };
}

/** There to be read here, with a mail that says so or without. */
const WAITS_HERE: ReadonlySet<string> = new Set(['waits-here', 'mailed']);

const NEWEST = String(Number.MAX_SAFE_INTEGER);

function readCursor(text: string | undefined): string {
  if (!text) return NEWEST;
  const seq = Buffer.from(text, 'base64url').toString();
  if (/^\d{1,18}$/.test(seq)) return seq;
  throw new AppError('invalid', 'messages.cursor', 'This cursor is not one of ours. Start again without it.', {
    issues: [{ text: 'Not a cursor of this list.', expression: 'cursor' }],
  });
}
