import express, { type Router } from 'express';
import { PUBLISHED_BEFORE_MS } from './in-use.ts';
import { type OwnKeyDeps, ownKeySet } from './own-keys.ts';

/** The hub's own public keys, for the servers of partners that it signs in to. Open: they are public. */
export function ownKeyRoutes(deps: OwnKeyDeps): Router {
  const router = express.Router();
  router.get('/.well-known/jwks.json', async (_request, response) => {
    response.set('Cache-Control', `public, max-age=${PUBLISHED_BEFORE_MS / 1_000}`).json(await ownKeySet(deps));
  });
  return router;
}
