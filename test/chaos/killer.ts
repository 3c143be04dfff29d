import { setTimeout as pause } from 'node:timers/promises';
import { seededChance } from '../partners/fhir/faults.ts';
import type { OwnHub, Role } from '../partners/hub/own-hub.ts';

export const VICTIMS = ['none', 'workers', 'api', 'hub'] as const;
export type Victims = (typeof VICTIMS)[number];

/** Ends processes of a hub by `kill -9`, again and again, and starts them anew at once. */
export interface Killer {
  readonly kills: number;
  /** Waits until the last one it ended has been started again. */
  stop(): Promise<void>;
}

export interface KillPlan {
  readonly victims: Victims;
  /**
   * How long a process lives once it is up, on average: from a quarter of this to nearly twice; on a slow machine as
   * long as it took to come up.
   */
  readonly everyMs: number;
  readonly seed: number;
}

/** Each victim by itself, so that now and then all of them are gone at the same time. */
export function startKilling(hub: OwnHub, { victims, everyMs, seed }: KillPlan): Killer {
  const chance = seededChance(seed);
  const stopped = new AbortController();
  let kills = 0;
  const hunt = async (role: Role): Promise<void> => {
    while (!stopped.signal.aborted) {
      const began = performance.now();
      // Ending what has not begun to work would prove nothing, and on a slow machine nothing would ever be done.
      await hub.isUp(role);
      const life = Math.max(everyMs, performance.now() - began) * (0.25 + 1.5 * chance());
      await pause(life, undefined, { signal: stopped.signal });
      kills += 1;
      await hub.crash(role);
    }
  };
  const hunts = hub.roles
    .filter((role) => isVictim(role, victims))
    .map((role) => hunt(role).catch(unless(stopped.signal)));
  return {
    get kills() {
      return kills;
    },
    stop: async () => {
      stopped.abort();
      await Promise.all(hunts);
    },
  };
}

function unless(stopped: AbortSignal): (thrown: unknown) => void {
  return (thrown) => {
    if (!stopped.aborted) console.error('No more is killed:', thrown instanceof Error ? thrown.message : thrown);
  };
}

function isVictim(role: Role, victims: Victims): boolean {
  return victims === 'workers' ? role.startsWith('worker') : role === victims;
}
