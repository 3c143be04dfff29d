import { denies } from '../consents/model.ts';
import { isFinal } from '../model.ts';
import type { Seen, SeenTask } from '../seen-loop.ts';
import { HUB } from '../world.ts';

/**
 * Who has answered on its own server, and cannot be understood, is not waited for: a case manager is, until something newer is
 * known of that Task. What may not be read waits for a consent.
 */
export function brokenFindings(seen: Seen): string[] {
  const { root, legs, row, consents } = seen;
  if (row?.state !== 'open' || isFinal(root)) return [];
  const worked = (root.owner === HUB ? legs : [root]).filter((task) => !isFinal(task));
  return worked.flatMap((task) => {
    const wanted = isUntaken(seen, task) && !denies(consents, task.owner);
    const waits = seen.deadlines.some(
      ({ taskId, messageId, step, waitingOn }) =>
        taskId === task.id && messageId === '' && step === 'resolve-answer' && waitingOn === 'case-manager',
    );
    if (wanted === waits) return [];
    return [`What ${task.owner} says on its server ${wanted ? 'is not' : 'is'} waited for by a case manager.`];
  });
}

function isUntaken({ findings, transitions }: Seen, { id, owner }: SeenTask): boolean {
  const news = new Date(transitions.findLast(({ taskId }) => taskId === id)?.recordedAt ?? 0);
  return findings.some(({ taskId, by, foundAt }) => taskId === id && by === owner && new Date(foundAt) >= news);
}
