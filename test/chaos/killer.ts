import { setTimeout as pause } from 'node:timers/promises';
import type { OwnHub, Role } from '../partners/hub/own-hub.ts';

export const VICTIMS = ['none', 'workers', 'api', 'hub'] as const;
export type Victims = (typeof VICTIMS)[number];

/** Ends processes of a hub by `kill -9`, again and again, and starts them anew. */
export interface Killer {
  readonly kills: number;
  /** Waits until the last one it ended has been started again. */
  stop(): Promise<void>;
}

/** Every so often one of the victims in turn; every fourth time all of them at once. */
export function startKilling(hub: OwnHub, victims: Victims, everyMs: number): Killer {
  const roles = hub.roles.filter((role) => isVictim(role, victims));
  const stopped = new AbortController();
  let kills = 0;
  const kill = async (role: Role): Promise<void> => {
    kills += 1;
    await hub.crash(role);
  };
  const round = async (number: number): Promise<void> => {
    await pause(everyMs, undefined, { signal: stopped.signal });
    const chosen = number % 4 === 3 ? roles : roles.filter((_, at) => at === number % roles.length);
    await Promise.all(chosen.map(kill));
    // A process that takes calls must have come up, or nobody would ever be answered; workers are ended as they come.
    await Promise.all(chosen.filter((role) => !role.startsWith('worker')).map((role) => hub.isUp(role)));
  };
  const killing = (async () => {
    for (let number = 0; roles.length > 0 && !stopped.signal.aborted; number += 1) {
      await round(number).catch((thrown: unknown) => {
        if (!stopped.signal.aborted) throw thrown;
      });
    }
  })();
  return {
    get kills() {
      return kills;
    },
    stop: async () => {
      stopped.abort();
      await killing;
    },
  };
}

function isVictim(role: Role, victims: Victims): boolean {
  return victims === 'workers' ? role.startsWith('worker') : role === victims;
}
