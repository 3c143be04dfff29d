import express, { type Response, type Router } from 'express';
import type { Caller } from '../../fhir/caller.ts';
import { breakGlassBody } from '../people/api.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { sessionOf } from '../sessions/routes.ts';
import { breakGlass, endBreakGlass, listBreakGlass, seeBreakGlass } from './break-glass.ts';

/** Looking at what is not for one's role, in an emergency; and who has done so. */
export function breakGlassRoutes(deps: PeopleDeps): Router {
  const router = express.Router();
  router.post('/break-glass', async (request, response) => {
    response.status(201).json(await breakGlass(deps, personOf(response), breakGlassBody.parse(request.body)));
  });
  router.get('/break-glass', async (_request, response) => {
    response.json({ breakGlass: await listBreakGlass(deps.db, deps.now()) });
  });
  router.post('/break-glass/:id/seen', async (request, response) => {
    await seeBreakGlass(deps, personOf(response), request.params.id);
    response.status(204).end();
  });
  router.delete('/break-glass/:id', async (request, response) => {
    await endBreakGlass(deps, personOf(response), request.params.id);
    response.status(204).end();
  });
  return router;
}

function personOf(response: Response): Caller & { readonly personId: string } {
  const { caller, person } = sessionOf(response);
  return { ...caller, personId: person.id };
}
