import type { Patient } from '@medplum/fhirtypes';
import { type Caller, contentFor, visibleTo } from '../../fhir/caller.ts';
import { asSeenBy } from '../as-seen-by.ts';
import type { LoopRow } from '../projection/project.ts';
import { unreadOf } from '../unread.ts';
import { untakenOf } from '../untaken.ts';

/** Who looks at loops: the hub's people at all of them, an organization at those that are a matter of its own. */
export interface Viewer {
  readonly caller: Caller;
  readonly hubOrg: string;
}

/** A loop's row as it is read, with the client. */
export interface ListedRow extends Omit<LoopRow, 'since' | 'due' | 'opened_at' | 'updated_at' | 'closed_at'> {
  since: Date | null;
  due: Date | null;
  opened_at: Date;
  updated_at: Date;
  closed_at: Date | null;
  client: Patient | null;
  unread: number;
  untaken: number;
}

/** The organization that sees its own part only; undefined for who sees everything. */
export function partyOf({ caller }: Viewer): string | undefined {
  return caller.kind === 'client' ? caller.organizationId : undefined;
}

/** The condition on the loops of an organization, where it is not everything. @param party SQL of its id */
export function ownSql({ caller }: Viewer, party: string): string {
  if (caller.kind !== 'client') return '';
  const sent = caller.view ? ` AND sender_org = ${party}` : '';
  return `AND parties @> ARRAY[${party}::text]${sent}`;
}

/** What is read of a loop, and of its client what the caller is given. */
export function columns({ caller }: Viewer): string {
  return `loop.*, ${unreadOf(caller)} AS unread, ${untakenOf(caller)} AS untaken, (SELECT ${contentFor(caller)} FROM resource WHERE type = 'Patient' AND id = split_part(loop.patient, '/', 2) AND ${visibleTo(caller)}) AS client`;
}

/** How the rows of loops are shown to a viewer. */
export function seenBy(viewer: Viewer): (row: ListedRow) => ListedRow {
  const party = partyOf(viewer);
  return (row) => (party === undefined ? row : asSeenBy(row, party, viewer.hubOrg));
}

/** The value for `ownSql`, where it asks for one. */
export function ownOf(viewer: Viewer): string[] {
  const party = partyOf(viewer);
  return party === undefined ? [] : [party];
}
