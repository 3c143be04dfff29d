import type { Attachment, Communication, DocumentReference, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { type Caller, contentFor, visibleTo } from '../../../fhir/caller.ts';
import { type LocalReference, parseLocal } from '../../../fhir/references.ts';
import type { Stored } from '../../../fhir/store/unit-of-work.ts';
import type { LoopMessage } from '../../conversation/api.ts';
import { bytesIn } from '../../conversation/attachments.ts';
import { isWithdrawn } from '../../conversation/message.ts';

/** A file as the page shows it: opened at `url`, where it may be. */
export type AttachedFile = LoopMessage['attachments'][number];

/** What is attached to a message, or is the content of a document, in its order. Pure. */
export function attachedIn(resource: Resource): readonly Attachment[] {
  if (resource.resourceType === 'DocumentReference') return contentOf(resource);
  return resource.resourceType === 'Communication' ? payloadOf(resource) : [];
}

/** @param document as it is shown: its content may have been cut */
function contentOf({ content }: Partial<DocumentReference>): readonly Attachment[] {
  return (content ?? []).map(({ attachment }) => attachment);
}

function payloadOf(message: Communication): readonly Attachment[] {
  if (isWithdrawn(message)) return [];
  return (message.payload ?? []).flatMap(({ contentAttachment, contentReference }): readonly Attachment[] => {
    if (!contentReference) return contentAttachment ? [contentAttachment] : [];
    const { display: title, reference: url } = contentReference;
    return [{ ...(title ? { title } : {}), ...(url ? { url } : {}) }];
  });
}

/** The files of what somebody is shown who came by a mailbox, by its id; each with its address where it may be opened. */
export async function filesOf(
  sql: Sql,
  caller: Caller,
  shown: readonly Stored[],
): Promise<ReadonlyMap<string, readonly AttachedFile[]>> {
  const all = shown.map((resource) => ({ resource, attached: attachedIn(resource) }));
  const seen = await seenOf(
    sql,
    caller,
    all.flatMap(({ attached }) => attached.flatMap(({ url }) => parseLocal(url) ?? [])),
  );
  return new Map(
    all.map(({ resource, attached }) => [resource.id, attached.map((each, at) => fileAt(resource, each, at, seen))]),
  );
}

function fileAt(of: Stored, attachment: Attachment, at: number, seen: ReadonlySet<string>): AttachedFile {
  const { title = null, contentType = null, size, data, url } = attachment;
  const own = addressOf({ type: of.resourceType, id: of.id }, at);
  return { title, contentType, size: size ?? (data ? bytesIn(data) : null), url: data ? own : openAt(own, url, seen) };
}

/** Where what is named by a reference is opened: content under what names it, another document under its own name. */
function openAt(own: string, url: string | undefined, seen: ReadonlySet<string>): string | null {
  const local = parseLocal(url);
  if (!local || !seen.has(`${local.type}/${local.id}`)) return null;
  if (local.type === 'Binary') return own;
  return local.type === 'DocumentReference' ? addressOf(local, 0) : null;
}

function addressOf({ type, id }: LocalReference, at: number): string {
  return `/api/mailbox/files/${type}/${id}/${at}`;
}

async function seenOf(sql: Sql, caller: Caller, named: readonly LocalReference[]): Promise<ReadonlySet<string>> {
  if (named.length === 0) return new Set();
  const values = [named.map(({ type }) => type), named.map(({ id }) => id)];
  const rows = await sql.query<{ name: string }>(seenSql(visibleTo(caller)), values);
  return new Set(rows.map(({ name }) => name));
}

/** @param seen the clause that keeps it within what is seen */
export const seenSql = (seen: string): string => `
  SELECT type || '/' || id AS name FROM resource JOIN unnest($1::text[], $2::text[]) AS named(type, id) USING (type, id)
  WHERE NOT deleted AND ${seen}`;

/** Messages as they are listed to who came by a mailbox: what is attached is opened at addresses of its own. */
export async function withFiles(
  sql: Sql,
  caller: Caller,
  messages: readonly LoopMessage[],
): Promise<readonly LoopMessage[]> {
  const ids = messages.flatMap(({ id, attachments }) => (attachments.length > 0 ? [id] : []));
  const rows = await sql.query<{ content: Stored<Communication> }>(
    `SELECT ${contentFor(caller)} AS content FROM resource
     WHERE type = 'Communication' AND id = ANY ($1::text[]) AND NOT deleted AND ${visibleTo(caller)}`,
    [ids],
  );
  const files = await filesOf(
    sql,
    caller,
    rows.map(({ content }) => content),
  );
  return messages.map((message) => ({ ...message, attachments: [...(files.get(message.id) ?? [])] }));
}
