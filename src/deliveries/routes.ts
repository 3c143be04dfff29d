import express, { type Router } from 'express';
import { AppError } from '../errors.ts';
import type { Caller } from '../fhir/caller.ts';
import type { Store } from '../fhir/store/transact.ts';
import { replay } from './replay.ts';

/** Looking after deliveries by hand. */
export function deliveryRoutes(deps: { store: Store }): Router {
  const router = express.Router();
  router.post('/deliveries/:id/replay', async (request, response) => {
    const { caller } = response.locals as { caller: Caller };
    if (!(await replay(deps.store, caller, request.params.id))) {
      throw new AppError(
        'unprocessable',
        'delivery.not-stopped',
        'Only a delivery that was rejected or given up can be sent again.',
      );
    }
    response.status(202).end();
  });
  return router;
}
