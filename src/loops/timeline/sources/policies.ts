import { policyChanges } from '../../policy/policy-changes.ts';
import type { PolicyContent } from '../../policy/policy-rows.ts';
import { partyOf } from '../../worklist/viewer.ts';
import { numberKey, sourceOf } from './source.ts';

/** What applied before, and what from then on. */
interface Applied {
  readonly name: string;
  readonly before: PolicyContent;
  readonly after: PolicyContent;
}

/** That another policy applies: the hub's own business. */
export const policies = sourceOf<Applied>({
  kind: 'policy',
  sql: (viewer) =>
    partyOf(viewer) === undefined
      ? `SELECT applied.at, applied.at, ${numberKey('applied.id')},
          json_build_object('name', applied.name, 'after', policy.content, 'before', earlier.content)
        FROM (SELECT *, lag(digest) OVER (ORDER BY id) AS earlier_digest FROM loop_policy WHERE loop_id = $1) AS applied
          JOIN policy USING (digest) JOIN policy AS earlier ON earlier.digest = earlier_digest`
      : undefined,
  entry: (moment, { name, before, after }) => ({
    ...moment,
    kind: 'policy',
    policy: name,
    changes: [...policyChanges(before, after)],
  }),
});
