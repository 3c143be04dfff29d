import type { Resource } from '@medplum/fhirtypes';
import type { Caller } from '../caller.ts';
import { firstReaders } from '../sharing/readers.ts';
import type { Shown } from '../sharing/subsetted.ts';
import type { Trimmed } from '../sharing/trimming/trimmed.ts';

/** A resource with its server-assigned id. */
export type Stored<T extends Resource = Resource> = T & { id: string };

/** One resource as a transaction changes it. */
export interface Change {
  readonly type: string;
  readonly id: string;
  /** As it was before this transaction; undefined when new (or deleted before). */
  readonly before: Stored | undefined;
  /** As this transaction leaves it; undefined when deleted. */
  after: Stored | undefined;
  /** Made by the hub itself as a consequence: write rules do not run on it. */
  byHub: boolean;
}

/** For whom a resource is read or written: for the caller, or by the hub itself, which sees everything. */
export interface Acting {
  readonly byHub?: boolean;
  /** It is made of what the audit says, and has no entry of its own. */
  readonly isInAudit?: boolean;
}

/** As the hub itself, whose consequences of a change are not bounded by what the caller may see. */
export const BY_HUB: Acting = { byHub: true };

/** A resource that a transaction has taken. */
export interface Held extends Change {
  /** What the hub says of it beside its versions counts as having stood there before. */
  before: Stored | undefined;
  readonly version: number;
  storedVersion: number | undefined;
  dirty: boolean;
  /** The id of the Organization that wrote it first. */
  readonly author: string;
  readers: readonly string[];
  /** Until when they may read it; null: no end. */
  readersUntil: Date | null;
  /** What others than its author are shown of it as it stands in the database; null: all. Kept when it is deleted. */
  readonly shown: Shown | null;
  /** What some of its readers are shown of it; null: all of them read all. */
  trimmed: Trimmed | null;
  /** Whether the caller may see it. */
  seen: boolean;
  /** Whether the audit says it already. */
  readonly isInAudit: boolean;
}

/** A resource as it stands in the database. */
export interface CurrentRow {
  readonly id: string;
  readonly version: number;
  readonly deleted: boolean;
  readonly content: Stored | null;
  readonly author_org: string;
  readonly readers: readonly string[];
  readonly readers_until: Date | null;
  readonly shown: Shown | null;
  readonly trimmed: Trimmed | null;
}

/** A resource as a transaction takes it. @param maker whose it is if it is new: the id of an Organization */
export function heldFrom(
  { type, id }: Pick<Held, 'type' | 'id'>,
  row: CurrentRow | undefined,
  maker: string,
  acting: Acting,
): Held {
  const before = row?.content ?? undefined;
  const author = row?.author_org ?? maker;
  return {
    type,
    id,
    before,
    after: before,
    byHub: false,
    version: (row?.version ?? 0) + 1,
    storedVersion: row?.version,
    dirty: false,
    author,
    readers: row?.readers ?? firstReaders(type, author),
    readersUntil: row?.readers_until ?? null,
    shown: row?.shown ?? null,
    trimmed: row?.trimmed ?? null,
    seen: !acting.byHub,
    isInAudit: acting.isInAudit ?? false,
  };
}

/** Who is said to have made a change: what the hub makes of it is no act of the caller's. Pure. */
export function actorOf({ byHub }: Held, caller: Caller, hubOrg: string): Caller {
  if (!byHub) return caller;
  const { requestId } = caller;
  return { kind: 'hub', organizationId: hubOrg, ...(requestId === undefined ? {} : { requestId }) };
}

/** Whether nothing was found of it for the caller: for the hub it is looked for again. */
export function isBlank({ storedVersion, after, seen }: Held, acting: Acting): boolean {
  return acting.byHub === true && seen && storedVersion === undefined && after === undefined;
}

/** What the server says of a version. Pure. */
export function metaOf(resource: Resource, version: number, now: Date): NonNullable<Resource['meta']> {
  return { ...resource.meta, versionId: String(version), lastUpdated: now.toISOString() };
}
