import express, { type Response, type Router } from 'express';
import type { Database } from '../../db/database.ts';
import type { Caller } from '../../fhir/caller.ts';
import { disclosedUnder } from './disclosed-under.ts';
import { explain, questionBody } from './explain.ts';
import type { ConsentPolicy } from './policy.ts';

export interface ConsentRouteDeps {
  readonly db: Database;
  readonly now: () => Date;
  readonly consentPolicy: ConsentPolicy;
}

/** Asking about consents: may who get what, and what did who get because of one. */
export function consentRoutes({ db, now, consentPolicy: policy }: ConsentRouteDeps): Router {
  const router = express.Router();
  router.post('/consent/decide', async (request, response) => {
    const answer = await explain(db, callerOf(response), questionBody.parse(request.body), { policy, now: now() });
    const { decision, because, until } = answer;
    response.json({ decision, because, until: until?.toISOString() ?? null });
  });
  router.get('/consents/:id/disclosures', async (request, response) => {
    response.json({ disclosures: await disclosedUnder(db, callerOf(response), request.params.id) });
  });
  return router;
}

function callerOf(response: Response): Caller {
  return (response.locals as { caller: Caller }).caller;
}
