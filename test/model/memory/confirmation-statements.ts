import type { QuestionnaireResponse, Task } from '@medplum/fhirtypes';
import { idOf } from '../../../src/fhir/references.ts';
import type { ConfirmationRecord } from '../../../src/loops/confirmation/standing.ts';
import type { Answer } from './answer.ts';
import type { Tables } from './tables.ts';

/** What the stories of asking clients ask the store. Nobody answers by an app here. */
export const CONFIRMATION_PATTERNS: readonly (readonly [RegExp, Answer])[] = [
  [
    /^SELECT task_id AS id FROM confirmation_event WHERE loop_id = \$1 AND what = 'asked'/,
    ({ confirmations }, [id]) =>
      confirmations.flatMap((row) => (row.loop_id === id && row.what === 'asked' ? [{ id: row.task_id }] : [])),
  ],
  [
    /^SELECT loop_id AS id FROM confirmation_event WHERE task_id = \$1/,
    ({ confirmations }, [id]) => confirmations.flatMap((row) => (row.task_id === id ? [{ id: row.loop_id }] : [])),
  ],
  [
    /^DELETE FROM confirmation_link WHERE task_id = \$1/,
    ({ links }, [taskId]) => {
      links.delete(String(taskId));
      return [];
    },
  ],
  [
    /^INSERT INTO confirmation_link/,
    ({ links }, [digest, taskId, loopId, expiresAt]) => {
      const [until, loop] = [(expiresAt as Date).toISOString(), String(loopId)];
      links.set(String(taskId), { digest: asText(digest), loopId: loop, expiresAt: until });
      return [];
    },
  ],
  [
    /^SELECT task_id AS "taskId", loop_id AS "loopId" FROM confirmation_link WHERE digest = \$1/,
    ({ links }, [digest, now]) =>
      [...links]
        .filter(([, link]) => link.digest === asText(digest) && link.expiresAt > (now as Date).toISOString())
        .map(([taskId, { loopId }]) => ({ taskId, loopId })),
  ],
  [/^SELECT DISTINCT organization_id AS "organizationId" FROM share WHERE task_id = \$1/, () => []],
  [
    /^SELECT contact_prohibited AS prohibited FROM loop/,
    ({ loops }, [id]) => {
      const loop = loops.get(String(id));
      return loop ? [{ prohibited: loop.contact_prohibited }] : [];
    },
  ],
];

function asText(digest: unknown): string {
  return (digest as Buffer).toString('base64');
}

/** By what a loop's client is asked. */
export function confirmationIn({ confirmations, resources }: Tables, loopId: string): ConfirmationRecord | null {
  const asked = confirmations.find((row) => row.loop_id === loopId && row.what === 'asked');
  const task = asked && (resources.get(`Task/${asked.task_id}`)?.content as ConfirmationRecord['task']);
  if (!task) return null;
  const id = idOf('QuestionnaireResponse', (task as Task).output?.[0]?.valueReference);
  const response = resources.get(`QuestionnaireResponse/${id}`)?.content as QuestionnaireResponse | undefined;
  return { task, response: response ?? null, byApp: asked?.way != null };
}
