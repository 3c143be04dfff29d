import type { Binary, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import type { Caller } from '../../../fhir/caller.ts';
import { type LocalReference, parseLocal } from '../../../fhir/references.ts';
import { notFound } from '../../../fhir/rest/interaction.ts';
import { readVisible } from '../../../fhir/rest/interactions/read.ts';
import { mayBeAttached } from '../../conversation/attachments.ts';
import { attachedIn } from './attached.ts';

/** A file as an address names it: by what it is attached to, and its place there. */
export interface FileName extends LocalReference {
  /** From 0 on, as it stands in the address. */
  readonly at: string;
}

/** What has files that may be opened: messages, and documents. */
const HOLDERS: ReadonlySet<string> = new Set(['Communication', 'DocumentReference']);

/**
 * A file of what somebody is shown who came by a mailbox: its content where it stands in that, or in a Binary that they are
 * shown as well. Nothing is opened by its own name.
 * @returns the content, and the resource that it was read from
 * @throws AppError (404) where there is none, or none for them: nobody is told which
 */
export async function openFile(
  sql: Sql,
  caller: Caller,
  { type, id, at }: FileName,
): Promise<{ readonly content: Binary; readonly from: Resource }> {
  if (!HOLDERS.has(type) || !/^\d{1,3}$/.test(at)) throw notFound(type, id);
  const holder = await readVisible(sql, caller, type, id);
  const { data, contentType, url } = attachedIn(holder)[Number(at)] ?? {};
  const kept = parseLocal(url);
  const from =
    data === undefined && kept?.type === 'Binary' ? await readVisible(sql, caller, 'Binary', kept.id) : holder;
  const said = from.resourceType === 'Binary' ? from : { data, contentType };
  if (said.data === undefined) throw notFound(type, id);
  return { content: { resourceType: 'Binary', contentType: plain(said.contentType), data: said.data }, from };
}

/** What may not be attached may be what a browser runs: it leaves as bytes, even where a page would load it as part of itself. */
function plain(contentType: string | undefined): string {
  return mayBeAttached(contentType) ? contentType : 'application/octet-stream';
}
