import type { RequestHandler } from 'express';
import type { Database } from '../db/database.ts';

/** `/health`: the process is up and its database answers. */
export function health(db: Database): RequestHandler {
  return async (_request, response) => {
    const started = performance.now();
    await db.query('SELECT 1');
    response.json({ status: 'ok', store: db.kind, databaseMs: Math.round(performance.now() - started) });
  };
}
