import type { Names } from '../../names.ts';
import type { LoopRow } from '../../projection/project.ts';
import type { Viewer } from '../../worklist/viewer.ts';
import type { TimelineEntry, TimelineKind } from '../api.ts';

/** When an entry happened and was recorded, and its name within its timeline. */
export interface Moment {
  readonly id: string;
  readonly at: string;
  readonly recordedAt: string;
}

/** What entries are told by. */
export interface Telling {
  readonly loop: Pick<LoopRow, 'id' | 'legs'>;
  readonly names: Names;
}

/** Where entries of one kind come from. */
export interface Source {
  readonly kind: TimelineKind;
  /**
   * SQL of rows (recorded_at, at, key, body), as far as a viewer may see them; undefined: none of them are shown to it.
   * $1: the loop; $6: the Tasks whose changes concern the viewer, where that is an organization; `task`, `request`: the Tasks
   * and requests of the loop that it may see (id, said). A key stands for its row alone, and in the order of what was
   * recorded at one moment.
   */
  readonly sql: (viewer: Viewer) => string | undefined;
  /** The organizations that an entry names, by their ids. */
  readonly organizations: (body: unknown) => string[];
  readonly entry: (moment: Moment, body: unknown, telling: Telling) => TimelineEntry;
}

/** What a source says of its rows. */
interface Told<Body> {
  readonly kind: TimelineKind;
  readonly sql: (viewer: Viewer) => string | undefined;
  readonly organizations?: (body: Body) => (string | null)[];
  readonly entry: (moment: Moment, body: Body, telling: Telling) => TimelineEntry;
}

/** A source whose statement makes such bodies. */
export function sourceOf<Body>({ kind, sql, organizations, entry }: Told<Body>): Source {
  return {
    kind,
    sql,
    organizations: (body) => (organizations?.(body as Body) ?? []).filter((id) => id !== null),
    entry: (moment, body, telling) => entry(moment, body as Body, telling),
  };
}

/** A number as part of a key: such texts stand in the order of their numbers. */
export function numberKey(column: string): string {
  return `lpad((${column})::text, 19, '0')`;
}

/** A moment as PostgreSQL writes it into JSON, as the API says it. */
export function instantOf(moment: string): string;
export function instantOf(moment: string | null): string | null;
export function instantOf(moment: string | null): string | null {
  return moment === null ? null : new Date(moment).toISOString();
}

/** SQL of a condition that holds of what is one organization's, where the viewer is one. */
export function onlyOf({ caller }: Viewer, column: string, own: string): string {
  return caller.kind === 'client' ? ` AND ${column} = ${own}` : '';
}
