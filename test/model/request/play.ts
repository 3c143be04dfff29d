import { expectSaid } from '../expect.ts';
import { isFinal } from '../model.ts';
import type { Played, Scene } from '../scene.ts';
import type { RequestCommand } from './commands.ts';
import { askedAnew } from './model.ts';

/** A sender changes its request. */
export async function playRequest(scene: Scene, { what }: RequestCommand): Promise<Played> {
  const { hub, seen, state, sender, turn } = scene;
  const changed = what === 'other' ? { status: 'active', code: { text: `Asked ${turn}` } } : { status: what };
  const said = await hub.change(sender, seen.root.order, changed);
  if (said.ok && seen.row && what === 'other') askedAnew(state);
  if (said.ok && seen.row && what !== 'other') takenBack(scene, what);
  return { said, expected: true };
}

/** As if the sender had said so of its Task. */
function takenBack({ seen, state, sender }: Scene, what: 'revoked' | 'entered-in-error'): void {
  const { root } = state;
  if (isFinal(root) || seen.request === what || (root.asked && what === 'revoked')) return;
  const status = what === 'revoked' ? 'cancelled' : what;
  expectSaid(state, root, sender, sender, { status, hasReason: true, hasOutput: false, isStale: false });
}
