import express, { type Response, type Router } from 'express';
import type { Caller } from '../../fhir/caller.ts';
import { filterBody } from './api.ts';
import { changeFilter, deleteFilter, listFilters, type SavedDeps, type Saver, saveFilter } from './store.ts';

/** Filters that people have saved; programs have none. */
export function savedFilterRoutes(deps: SavedDeps): Router {
  const router = express.Router();
  router.get('/loop-filters', async (_request, response) => {
    response.json({ filters: await listFilters(deps.db, saverOf(response)) });
  });
  router.post('/loop-filters', async (request, response) => {
    response.status(201).json(await saveFilter(deps, saverOf(response), filterBody.parse(request.body)));
  });
  router.put('/loop-filters/:id', async (request, response) => {
    const body = filterBody.parse(request.body);
    response.json(await changeFilter(deps, saverOf(response), request.params.id, body));
  });
  router.delete('/loop-filters/:id', async (request, response) => {
    await deleteFilter(deps, saverOf(response), request.params.id);
    response.status(204).end();
  });
  return router;
}

/** Nobody but people comes here: see `permissions`. */
function saverOf(response: Response): Saver {
  const { personId = '', organizationId } = (response.locals as { caller: Caller }).caller;
  return { personId, organizationId };
}
