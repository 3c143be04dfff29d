import type { Partner } from '../../support/network.ts';

export const HUB = 'careloop';

/** A resource as the story of its loop says who wrote it and who may read it: written down here, not asked of the hub. */
export interface Told {
  readonly type: string;
  readonly id: string;
  /** Organization ids; `careloop` is the hub's. */
  readonly author: string;
  readonly readers: ReadonlySet<string>;
  /** Who else may change it: whoever is asked by a Task. */
  readonly owner?: string;
  /** What it is in its story, e.g. `leg`. */
  readonly as: string;
  readonly story: string;
  /** Part of a mandated report: at the hub it is there for its role only. */
  readonly restricted?: boolean;
}

/** A loop as its story says who sees it in lists. */
export interface ToldLoop {
  readonly id: string;
  readonly sender: string;
  readonly receivers: ReadonlySet<string>;
  /** The agencies its sender knows of: who has taken it on, or whom it asked itself. */
  readonly known: ReadonlySet<string>;
  /** Whether it was addressed to one agency: that knows who asks. */
  readonly direct: boolean;
  readonly story: string;
  /** Part of a mandated report. */
  readonly restricted?: boolean;
}

export interface Network {
  readonly hospitals: readonly Partner[];
  readonly agencies: readonly Partner[];
  readonly resources: Told[];
  readonly loops: ToldLoop[];
}
