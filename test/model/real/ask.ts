import { nextTurnOf } from '../../../src/fetching/take-turn.ts';
import type { Asked } from '../there/copy.ts';
import type { Meeting } from './meeting.ts';
import type { RealWorld } from './real-hub.ts';

/**
 * Has the server of a party asked, with all others whose turn it is: it shows what is asked for, and nothing else.
 * @returns undefined where it is away
 */
export async function ask(
  world: Pick<RealWorld, 'hub' | 'partners' | 'ids'>,
  meeting: Meeting,
  { by, taskId, isAway }: { readonly by: string; readonly taskId: string; readonly isAway: boolean },
): Promise<Asked | undefined> {
  const { hub, partners, ids } = world;
  const { deps } = hub;
  const partner = partners.get(by);
  if (!partner) return undefined;
  let isAgain = false;
  if (!isAway) {
    const [row] = await deps.db.query<{ again: boolean }>(
      `SELECT c.again OR f.whole_at IS NULL OR f.whole_at <= $3::timestamptz - interval '1 day' AS again
       FROM fetching f JOIN counterpart c USING (organization_id) WHERE organization_id = $1 AND c.type = 'Task' AND c.resource_id = $2`,
      [ids(by), taskId, deps.now()],
    );
    isAgain = row?.again ?? false;
    partner.show(taskId);
  }
  await meeting.meet(isAway ? 'ask in vain' : 'ask', () => turns(world, isAway));
  if (isAway) return undefined;
  const rows = await deps.db.query<{ there: string; text: string }>(
    'SELECT there, text FROM fetch_finding WHERE organization_id = $1 AND resolved_at IS NULL',
    [ids(by)],
  );
  return { isAgain, findings: new Map(rows.map(({ there, text }) => [there.slice(partner.address.length + 1), text])) };
}

async function turns({ hub: { deps }, partners, ids }: Parameters<typeof ask>[0], isAway: boolean): Promise<void> {
  for (const [name, partner] of partners)
    await partner.asked(async () => {
      await deps.db.query('UPDATE fetching SET at = $2, lease_until = NULL WHERE organization_id = $1', [
        ids(name),
        deps.now(),
      ]);
      const turn = await nextTurnOf(deps.delivering, (thrown) => {
        throw thrown;
      });
      await turn?.done;
    }, isAway);
}
