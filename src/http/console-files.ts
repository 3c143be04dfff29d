import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type Router } from 'express';

const FOLDER = fileURLToPath(new URL('../../dist/web/', import.meta.url));

/** The addresses of pages, as web/main.tsx has them. */
const PAGES = [
  '/',
  '/loops/:id',
  '/measures',
  '/sign-in',
  '/set-up',
  '/invitation',
  '/your-experience',
  '/answer',
  '/account',
  '/people',
  '/emergency',
];

/** The console: its built files, and its first page for every address of its own. */
export function consoleFiles(): Router {
  const router = express.Router();
  router.use('/assets', express.static(`${FOLDER}assets`, { immutable: true, maxAge: '1y', fallthrough: false }));
  router.use(express.static(FOLDER, { index: false }));
  router.get(PAGES, (_request, response, next) => {
    if (existsSync(`${FOLDER}index.html`)) response.set('Cache-Control', 'no-cache').sendFile(`${FOLDER}index.html`);
    else next();
  });
  return router;
}
