import express, { type Response, type Router } from 'express';
import type { Caller } from '../../fhir/caller.ts';
import { credentialSchema } from './credential.ts';
import { type CredentialDeps, describeCredential, dropCredential, setCredential } from './set-credential.ts';

const PATH = '/endpoints/:id/credentials';

/** What the hub presents to partners' servers: set and dropped by whose Endpoint it is, and never shown. */
export function credentialRoutes(deps: CredentialDeps): Router {
  const router = express.Router();
  router.put(PATH, async (request, response) => {
    const credential = credentialSchema.parse(request.body);
    response.json(await setCredential(deps, callerOf(response), request.params.id, credential));
  });
  router.get(PATH, async (request, response) => {
    response.json(await describeCredential(deps, callerOf(response), request.params.id));
  });
  router.delete(PATH, async (request, response) => {
    await dropCredential(deps, callerOf(response), request.params.id);
    response.status(204).end();
  });
  return router;
}

function callerOf(response: Response): Caller {
  return (response.locals as { caller: Caller }).caller;
}
