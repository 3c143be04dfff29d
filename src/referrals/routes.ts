import express, { type Response, type Router } from 'express';
import { z } from 'zod';
import type { Caller } from '../fhir/caller.ts';
import type { Store } from '../fhir/store/transact.ts';
import { OUTCOME_CODES } from '../loops/words.ts';
import { closeByHand, offerByHand } from './case-manager.ts';
import type { ReferralDeps } from './task-changes.ts';

export const offerBody = z.strictObject({ organizationId: z.string().min(1).max(64) });
export const closeBody = z.strictObject({
  outcome: z.enum(OUTCOME_CODES),
  text: z.string().trim().min(1, 'Say in words how it ended.').max(2_000),
});

/** What a case manager does with a loop. */
export function referralRoutes(deps: ReferralDeps & { store: Store }): Router {
  const router = express.Router();
  router.post('/loops/:id/offers', async (request, response) => {
    const { organizationId } = offerBody.parse(request.body);
    response.status(201).json(await offerByHand(contextOf(deps, response), request.params.id, organizationId));
  });
  router.post('/loops/:id/close', async (request, response) => {
    const { outcome, text } = closeBody.parse(request.body);
    await closeByHand(contextOf(deps, response), request.params.id, outcome, text);
    response.status(204).end();
  });
  return router;
}

function contextOf(
  deps: ReferralDeps & { store: Store },
  response: Response,
): { store: Store; referrals: ReferralDeps; caller: Caller } {
  const { caller } = response.locals as { caller: Caller };
  return { store: deps.store, referrals: deps, caller };
}
