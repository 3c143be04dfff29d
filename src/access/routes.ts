import express, { type Router } from 'express';
import { z } from 'zod';
import type { Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { Caller } from '../fhir/caller.ts';
import { registerClient } from './clients.ts';
import { requireOperator } from './roles.ts';

export const clientSchema = z.strictObject({
  name: z.string().min(1).max(200),
  organizationId: z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/),
});

/** Registering the programs of partner organizations; for people at the hub. */
export function accessRoutes(deps: { db: Database; now: () => Date; newId: () => string }): Router {
  const router = express.Router();
  router.post('/clients', async (request, response) => {
    requireOperator((response.locals as { caller: Caller }).caller);
    const { name, organizationId } = clientSchema.parse(request.body);
    await requireOrganization(deps.db, organizationId);
    const { client, token, expiresAt } = await registerClient(deps.db, {
      id: deps.newId(),
      name,
      organizationId,
      now: deps.now(),
    });
    response.status(201).json({ ...client, token, expiresAt });
  });
  return router;
}

async function requireOrganization(db: Database, id: string): Promise<void> {
  const rows = await db.query(`SELECT 1 FROM resource WHERE type = 'Organization' AND id = $1 AND NOT deleted`, [id]);
  if (rows.length > 0) return;
  throw new AppError(
    'unprocessable',
    'access.unknown-organization',
    `There is no Organization/${id} here. Create it first.`,
    {
      issues: [{ text: `There is no Organization/${id} here. Create it first.`, expression: 'organizationId' }],
    },
  );
}
