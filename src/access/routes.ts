import express, { type Response, type Router } from 'express';
import type { Caller } from '../fhir/caller.ts';
import { changeKeys } from './change-keys.ts';
import { type ClientRecord, listClients } from './clients.ts';
import { clientSchema, keysSchema, type RegisterDeps, type Registered, register } from './register.ts';
import type { TokenMemory } from './remembered-tokens.ts';
import { revokeClient } from './revoke.ts';

/** Looking after the programs of partner organizations; for administrators. */
export function accessRoutes(deps: RegisterDeps & { readonly tokens: TokenMemory }): Router {
  const router = express.Router();
  router.post('/clients', async (request, response) => {
    response.status(201).json(shown(await register(deps, callerOf(response), clientSchema.parse(request.body))));
  });
  router.get('/clients', async (_request, response) => {
    response.json({ clients: (await listClients(deps.db)).map(shown) });
  });
  router.put('/clients/:id/keys', async (request, response) => {
    const changed = await changeKeys(deps, callerOf(response), request.params.id, keysSchema.parse(request.body));
    deps.tokens.forget();
    response.json(shown(changed));
  });
  router.delete('/clients/:id', async (request, response) => {
    await revokeClient(deps.store, callerOf(response), request.params.id);
    deps.tokens.forget();
    response.status(204).end();
  });
  return router;
}

/** A program as its administrators see it; its keys are public ones. */
function shown({ keys, certificate, keysRound: _round, ...client }: Registered | ClientRecord): object {
  if (!certificate) return { ...client, ...keys };
  return 'subject' in certificate
    ? { ...client, tlsSubject: certificate.subject }
    : { ...client, ...certificate.keys, tlsSelfSigned: true };
}

function callerOf(response: Response): Caller {
  return (response.locals as { caller: Caller }).caller;
}
