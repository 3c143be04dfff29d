import { partyOf } from '../../worklist/viewer.ts';
import type { TimelineEntry } from '../api.ts';
import { numberKey, sourceOf } from './source.ts';

/** What became of asking the client. What a client says its sender reads in the answer, as far as consent goes. */
export const confirmations = sourceOf<
  Pick<Extract<TimelineEntry, { kind: 'confirmation' }>, 'what' | 'way' | 'reason'>
>({
  kind: 'confirmation',
  sql: (viewer) =>
    partyOf(viewer) === undefined
      ? `SELECT c.at, c.at, ${numberKey('c.id')}, json_build_object('what', c.what, 'way', c.way, 'reason', c.text)
        FROM confirmation_event c WHERE c.loop_id = $1`
      : undefined,
  entry: (moment, event) => ({ ...moment, kind: 'confirmation', ...event }),
});
