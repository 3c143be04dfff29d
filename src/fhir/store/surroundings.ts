import type { ShownOf } from '../sharing/subsetted.ts';

/** What a transaction works with beside its connection. */
export interface Surroundings {
  readonly now: Date;
  readonly newId: () => string;
  /** The id of the hub's own Organization: the author of what the hub makes itself. */
  readonly hubOrg: string;
  /** What of a resource others than its author are shown; undefined: all of everything. */
  readonly shownOf: ShownOf | undefined;
}
