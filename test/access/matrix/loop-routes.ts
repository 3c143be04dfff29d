import type { LoopDetail, LoopSummary } from '../../../src/loops/api.ts';
import { call } from '../../support/api.ts';
import { HUB, type ToldLoop } from '../network/told.ts';
import { forEachAtOnce } from './at-once.ts';
import type { Asker, Walk } from './walk.ts';

interface List {
  readonly loops: readonly LoopSummary[];
  readonly next: string | null;
}

/** Lists of loops, each loop with its timeline, and what may be done with it. */
export async function loopRoutes(walk: Walk, asker: Asker): Promise<void> {
  const { hub, network, tally } = walk;
  const { ids, counts } = await listAll(walk, asker);
  await forEachAtOnce(network.loops, async (told) => {
    const what = `loop "${told.story}" by ${asker.id}`;
    const mine = isParty(asker, told);
    tally.cell(`list of loops: ${what}`, mine, ids.has(told.id));
    const { status, body } = await call<LoopDetail>('GET', `${hub.url}/api/loops/${told.id}`, { token: asker.token });
    tally.cell(what, mine, status === 200);
    const timeline = await call('GET', `${hub.url}/api/loops/${told.id}/timeline?count=200`, { token: asker.token });
    tally.cell(`timeline of ${what}`, mine, timeline.status === 200);
    if (asker.id === HUB) return;
    if (!mine) tally.refusal(what, 404, status);
    else names(walk, asker, told, [body, timeline.body]);
    for (const action of ['offers', 'close']) {
      const answer = await call('POST', `${hub.url}/api/loops/${told.id}/${action}`, {
        token: asker.token,
        body: '{}',
      });
      tally.refusal(`${action} ${what}`, true, answer.status === 403 || answer.status === 400 || answer.status === 415);
    }
  });
  const expected = network.loops.filter((told) => isParty(asker, told)).length;
  tally.refusal(`counts of loops by ${asker.id}`, expected, counts.open + counts.closed);
}

function isParty(asker: Asker, { sender, receivers, restricted }: ToldLoop): boolean {
  if (asker.id === HUB) return restricted !== true;
  return asker.id === sender || receivers.has(asker.id);
}

interface Counts {
  readonly open: number;
  readonly closed: number;
}

async function listAll({ hub }: Walk, asker: Asker): Promise<{ ids: Set<string>; counts: Counts }> {
  const ids = new Set<string>();
  let cursor = '';
  for (;;) {
    const { body } = await call<List>('GET', `${hub.url}/api/loops?state=all&limit=20${cursor}`, {
      token: asker.token,
    });
    for (const { id } of body.loops) ids.add(id);
    if (!body.next) {
      const { token } = asker;
      return { ids, counts: (await call<Counts>('GET', `${hub.url}/api/loops/counts`, { token })).body };
    }
    cursor = `&cursor=${body.next}`;
  }
}

/** A loop and its timeline name no organization that is none of the business of who looks at it. */
function names({ network, tally }: Walk, asker: Asker, told: ToldLoop, answers: unknown): void {
  const text = JSON.stringify(answers);
  for (const other of [...network.hospitals, ...network.agencies]) {
    if (other.id === asker.id) continue;
    const shown = text.includes(other.id) || text.includes(other.name);
    const isSender = asker.id === told.sender;
    const known = isSender ? told.known.has(other.id) : told.direct && other.id === told.sender;
    tally.cell(`"${told.story}" names ${other.name} to ${asker.id}`, known, shown);
  }
}
