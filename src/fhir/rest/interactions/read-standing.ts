import type { Resource } from '@medplum/fhirtypes';
import type { Database } from '../../../db/database.ts';
import { gathered } from '../../../db/gathered.ts';
import { insertReadEntries, READER_COLUMNS, type Reader, readerOf } from '../../audit/record/read-entry.ts';
import { type Caller, contentFor, sightOf, visibleTo } from '../../caller.ts';
import { fromJsonText } from '../../json-text.ts';
import { notFound, wasDeleted } from '../interaction.ts';
import { requireReadable } from './read.ts';

/** A resource as it stands in the store: to be sent as it is, and looked into only by who wants more of it. */
export interface Standing {
  readonly type: string;
  readonly id: string;
  readonly versionId: string;
  readonly lastUpdated: Date;
  readonly text: string;
  /** Whether the audit has it already that it was read. */
  readonly isRecorded: boolean;
}

export function resourceOf({ text }: Standing): Resource {
  return fromJsonText(text);
}

/** Reads a resource as it stands and records that, in one statement: most of what is asked of a server is that. */
export type ReadStanding = (caller: Caller, type: string, id: string) => Promise<Standing>;

interface Asked {
  readonly type: string;
  readonly id: string;
  /** Of the request. */
  readonly request: string | undefined;
}

interface Row {
  readonly deleted: boolean;
  /** As text: it is sent as it stands. */
  readonly content: string | null;
  readonly version: number;
  /** In seconds since 1970. */
  readonly updated: number;
  readonly isRecorded: boolean;
}

type Ask = ReturnType<typeof gathered<Asked, Row, Reader>>;

/**
 * @param flushes whether a read waits until the disk has it that it was read
 * @see https://hl7.org/fhir/R4/http.html#read
 */
export function openReads(db: Database, now: () => Date, flushes: boolean): ReadStanding {
  const insert = insertReadEntries(flushes);
  const answer = `content, deleted, version, updated, patient IS NOT NULL AS "isRecorded"`;
  const questionFor = (caller: Caller): Ask =>
    gathered({
      columns: { type: 'text', id: 'text', request: 'text' },
      common: READER_COLUMNS,
      select: `SELECT ${contentFor(caller, 'resource', OWN)}::text AS content, deleted, version,
          date_part('epoch', last_updated) AS updated, patient
        FROM resource WHERE resource.type = r.type AND resource.id = r.id AND ${visibleTo(caller, 'resource', OWN)}`,
      note: { insert, answer, now },
    });
  // Those who see all that their organization sees ask together. Who sees a part of it asks alone.
  const shared = new Map<string, Ask>();
  return async (caller, type, id) => {
    const readable = requireReadable(db, caller, type, id);
    if (readable) await readable;
    const sight = sightOf(caller);
    const ask = (sight === undefined ? undefined : shared.get(sight)) ?? questionFor(caller);
    if (sight !== undefined) shared.set(sight, ask);
    return standing(await ask(db, { type, id, request: caller.requestId }, readerOf(caller)), type, id);
  };
}

const OWN = 'c.organization_id';

/** @throws AppError (404) when there is none the caller may see, (410) when it was deleted */
function standing(row: Row | undefined, type: string, id: string): Standing {
  if (!row) throw notFound(type, id);
  const { content, deleted, version, updated, isRecorded } = row;
  if (deleted || content === null) throw wasDeleted(type, id);
  return {
    type,
    id,
    versionId: String(version),
    lastUpdated: new Date(Math.round(updated * 1_000)),
    text: content,
    isRecorded,
  };
}
