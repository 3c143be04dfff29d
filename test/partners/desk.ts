import { type Agency, workOn } from './leg-work.ts';

/** Works Tasks beside one another, up to a number; one that fails is worked again after a while. */
export interface Desk {
  take(taskId: string): void;
  /** Waits until nothing is under way. */
  close(): Promise<void>;
}

export function openDesk(agency: Agency, most = 20): Desk {
  const underWay = new Map<string, Promise<void>>();
  const waiting: string[] = [];
  const begin = (taskId: string): void => {
    underWay.set(
      taskId,
      untilDone(agency, taskId).finally(() => finish(taskId)),
    );
  };
  const finish = (taskId: string): void => {
    underWay.delete(taskId);
    const next = waiting.shift();
    if (next) begin(next);
  };
  return {
    take: (taskId) => {
      if (agency.hub.stop.aborted || underWay.has(taskId) || waiting.includes(taskId)) return;
      if (underWay.size < most) begin(taskId);
      else waiting.push(taskId);
    },
    close: async () => {
      waiting.length = 0;
      await Promise.all(underWay.values());
    },
  };
}

const MOST_TRIES = 10;

async function untilDone(agency: Agency, taskId: string): Promise<void> {
  for (let tries = 1; tries <= MOST_TRIES && !agency.hub.stop.aborted; tries += 1) {
    try {
      return await workOn(agency, taskId);
    } catch (thrown) {
      if (agency.hub.stop.aborted) return;
      agency.ledger.write({
        kind: 'did',
        what: 'failed',
        about: `|${taskId}`,
        detail: thrown instanceof Error ? thrown.message : 'failed',
      });
      await agency.pace().catch(() => undefined);
    }
  }
}
