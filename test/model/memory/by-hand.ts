import { transact } from '../../../src/fhir/store/transact.ts';
import type { UnitOfWork } from '../../../src/fhir/store/unit-of-work.ts';
import type { OutcomeCode } from '../../../src/loops/words.ts';
import { closeByHand } from '../../../src/referrals/by-hand/close.ts';
import { offerByHand } from '../../../src/referrals/by-hand/offer.ts';
import { lockRoot } from '../../../src/referrals/by-hand/open-loop.ts';
import { reopen } from '../../../src/referrals/by-hand/reopen.ts';
import { takeOn } from '../../../src/referrals/by-hand/take-on.ts';
import { answerAsked } from '../../../src/referrals/confirmation/answer.ts';
import { answerByLink, askingOf, makeLink } from '../../../src/referrals/confirmation/link.ts';
import { answersOf } from '../confirmation/seen.ts';
import type { ByHand } from '../world.ts';

type ByHandContext = Parameters<typeof reopen>[0] & {
  /** The codes of the links that were handed out, by loop. */
  readonly links: Map<string, readonly string[]>;
};

/** Somebody does something with a loop. @returns the id of what was made, where something was */
export async function byHand(context: ByHandContext, loopId: string, how: ByHand): Promise<string | undefined> {
  switch (how.what) {
    case 'offer':
      return (await offerByHand(context, loopId, how.to, how.mode))[0];
    case 'take-on':
      return takeOn(context, loopId);
    case 'close':
      await closeByHand(context, loopId, { outcome: how.outcome as OutcomeCode, text: 'So it ended.' });
      return undefined;
    case 'reopen':
      return reopen(context, loopId, 'It is needed again.');
    case 'client-says':
      return ofClient(context, loopId, async (unit) =>
        answerAsked(unit, context.referrals, await askingOf(unit, loopId), answersOf(how), 'telephone'),
      );
    case 'hand-link':
      return ofClient(context, loopId, async (unit) => {
        context.links.set(loopId, [...(context.links.get(loopId) ?? []), (await makeLink(unit, loopId)).code]);
      });
    case 'answer-link': {
      const code = context.links.get(loopId)?.at(how.link === 'last' ? -1 : -2) ?? '';
      const deps = { ...context.referrals, store: context.store };
      await answerByLink(deps, code, answersOf(how), undefined);
      return undefined;
    }
  }
}

async function ofClient(
  { store, caller }: Parameters<typeof reopen>[0],
  loopId: string,
  work: (unit: UnitOfWork) => Promise<unknown>,
): Promise<undefined> {
  await transact(store, caller, async (unit) => {
    await lockRoot(unit, loopId);
    await work(unit);
  });
}
