import type { QuestionnaireResponse, Task } from '@medplum/fhirtypes';
import { idOf } from '../../../src/fhir/references.ts';
import type { ConfirmationRecord } from '../../../src/loops/confirmation/standing.ts';
import type { Answer } from './answer.ts';
import type { Tables } from './tables.ts';

/** What the stories of asking clients ask the store. Nobody answers by a link or an app here. */
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
  [/^(?:DELETE FROM|INSERT INTO) confirmation_link/, () => []],
  [/^SELECT DISTINCT organization_id AS "organizationId" FROM share WHERE task_id = \$1/, () => []],
  [
    /^SELECT contact_prohibited AS prohibited FROM loop/,
    ({ loops }, [id]) => {
      const loop = loops.get(String(id));
      return loop ? [{ prohibited: loop.contact_prohibited }] : [];
    },
  ],
];

/** By what a loop's client is asked. */
export function confirmationIn({ confirmations, resources }: Tables, loopId: string): ConfirmationRecord | null {
  const asked = confirmations.find((row) => row.loop_id === loopId && row.what === 'asked');
  const task = asked && (resources.get(`Task/${asked.task_id}`)?.content as ConfirmationRecord['task']);
  if (!task) return null;
  const id = idOf('QuestionnaireResponse', (task as Task).output?.[0]?.valueReference);
  const response = resources.get(`QuestionnaireResponse/${id}`)?.content as QuestionnaireResponse | undefined;
  return { task, response: response ?? null, byApp: asked?.way != null };
}
