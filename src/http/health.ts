import express, { type Router } from 'express';
import type { Database } from '../db/database.ts';

/** `/health`: the process is up and its database answers. */
export function healthRoutes(db: Database): Router {
  const router = express.Router();
  router.get('/health', async (_request, response) => {
    const started = performance.now();
    await db.query('SELECT 1');
    response.json({ status: 'ok', store: db.kind, databaseMs: Math.round(performance.now() - started) });
  });
  return router;
}
