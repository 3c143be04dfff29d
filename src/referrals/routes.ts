import express, { type Response, type Router } from 'express';
import { z } from 'zod';
import type { Caller } from '../fhir/caller.ts';
import type { Store } from '../fhir/store/transact.ts';
import { OUTCOME_CODES } from '../loops/words.ts';
import { candidatesOf, candidatesQuery } from './by-hand/candidates.ts';
import { closeByHand } from './by-hand/close.ts';
import { OFFER_MODES, offerByHand } from './by-hand/offer.ts';
import { reopen } from './by-hand/reopen.ts';
import { takeOn } from './by-hand/take-on.ts';
import type { ReferralDeps } from './task-changes.ts';

const organizationId = z.string().min(1).max(64);
export const offerBody = z.union([
  z.strictObject({ organizationId }),
  z.strictObject({
    organizationIds: z
      .array(organizationId)
      .min(1)
      .max(200)
      .refine((ids) => new Set(ids).size === ids.length, 'Each organization is asked once.'),
    mode: z
      .enum(OFFER_MODES)
      .describe('parallel: each for its part; open: all for the same, and the first that accepts has it'),
  }),
]);
export const closeBody = z.strictObject({
  outcome: z.enum(OUTCOME_CODES),
  text: z.string().trim().min(1, 'Say in words how it ended.').max(2_000),
  remains: z.string().trim().max(2_000).optional().describe('What of the need remains, where something does'),
});

export const reopenBody = z.strictObject({
  text: z.string().trim().min(1, 'Say why it is opened again.').max(2_000),
});

/** What a case manager does with a loop. */
export function referralRoutes(deps: ReferralDeps & { store: Store }): Router {
  const router = express.Router();
  router.get('/loops/:id/candidates', async (request, response) => {
    const { name } = candidatesQuery.parse(request.query);
    response.json(await candidatesOf(contextOf(deps, response), request.params.id, name));
  });
  router.post('/loops/:id/offers', async (request, response) => {
    const body = offerBody.parse(request.body);
    const { organizationIds, mode } =
      'organizationId' in body ? { organizationIds: [body.organizationId], mode: 'parallel' as const } : body;
    const taskIds = await offerByHand(contextOf(deps, response), request.params.id, organizationIds, mode);
    response.status(201).json({ taskId: taskIds[0], taskIds });
  });
  router.post('/loops/:id/take-on', async (request, response) => {
    response.status(201).json({ taskId: await takeOn(contextOf(deps, response), request.params.id) });
  });
  router.post('/loops/:id/close', async (request, response) => {
    await closeByHand(contextOf(deps, response), request.params.id, closeBody.parse(request.body));
    response.status(204).end();
  });
  router.post('/loops/:id/reopen', async (request, response) => {
    const { text } = reopenBody.parse(request.body);
    response.status(201).json({ id: await reopen(contextOf(deps, response), request.params.id, text) });
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
