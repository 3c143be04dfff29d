import express, { type Response, type Router } from 'express';
import type { Database } from '../../db/database.ts';
import type { Recorder } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import { parseLocal } from '../../fhir/references.ts';
import { disclosedUnder } from './disclosed-under.ts';
import { explain, questionBody } from './explain.ts';
import type { ConsentPolicy } from './policy.ts';

export interface ConsentRouteDeps {
  readonly db: Database;
  readonly now: () => Date;
  readonly consentPolicy: ConsentPolicy;
  /** Keeps in the audit what was asked: before it is told. */
  readonly record: Recorder;
}

/** Asking about consents: may who get what, and what did who get because of one. */
export function consentRoutes({ db, now, consentPolicy: policy, record }: ConsentRouteDeps): Router {
  const router = express.Router();
  router.post('/consent/decide', async (request, response) => {
    const [caller, question] = [callerOf(response), questionBody.parse(request.body)];
    const { client, decision, because, until } = await explain(db, caller, question, { policy, now: now() });
    const { type, id } = parseLocal(question.resource) ?? {};
    const about = { resource_type: type, resource_id: id, patient: client };
    await record(caller, [{ action: 'E', interaction: 'operation', ...about, query: 'consent/decide' }]);
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
