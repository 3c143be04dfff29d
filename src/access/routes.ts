import express, { type Router } from 'express';
import { type ClientRecord, listClients, revokeClient } from './clients.ts';
import { clientSchema, type RegisterDeps, type Registered, register } from './register.ts';
import type { TokenMemory } from './remembered-tokens.ts';

/** Looking after the programs of partner organizations; for administrators. */
export function accessRoutes(deps: RegisterDeps & { readonly tokens: TokenMemory }): Router {
  const router = express.Router();
  router.post('/clients', async (request, response) => {
    response.status(201).json(shown(await register(deps, clientSchema.parse(request.body))));
  });
  router.get('/clients', async (_request, response) => {
    response.json({ clients: (await listClients(deps.db)).map(shown) });
  });
  router.delete('/clients/:id', async (request, response) => {
    await revokeClient(deps.db, request.params.id, deps.now());
    deps.tokens.forget();
    response.status(204).end();
  });
  return router;
}

/** A program as its administrators see it; its keys are public ones. */
function shown({ keys, certificate, ...client }: Registered | ClientRecord): object {
  if (!certificate) return { ...client, ...keys };
  return 'subject' in certificate
    ? { ...client, tlsSubject: certificate.subject }
    : { ...client, ...certificate.keys, tlsSelfSigned: true };
}
