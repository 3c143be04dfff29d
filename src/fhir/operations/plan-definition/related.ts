import type { RequestGroupAction } from '@medplum/fhirtypes';
import { note } from '../notes.ts';
import type { ApplyWork } from './apply-work.ts';

/** The ids of actions, however deep. */
export function idsOf(actions: readonly RequestGroupAction[]): ReadonlySet<string> {
  return new Set(actions.flatMap(({ id, action = [] }) => [...(id ? [id] : []), ...idsOf(action)]));
}

/** Actions without what they say of others that do not apply. */
export function withoutStrays(
  work: ApplyWork,
  actions: readonly RequestGroupAction[],
  known: ReadonlySet<string>,
): RequestGroupAction[] {
  return actions.map(({ relatedAction = [], action, ...rest }) => {
    const kept = relatedAction.filter(({ actionId }) => known.has(actionId));
    if (kept.length < relatedAction.length) {
      note(
        work.notes,
        'An action stands before or after one that does not apply to this subject: that was left out.',
        undefined,
        { severity: 'information' },
      );
    }
    return {
      ...rest,
      ...(kept.length > 0 ? { relatedAction: kept } : {}),
      ...(action ? { action: withoutStrays(work, action, known) } : {}),
    };
  });
}
