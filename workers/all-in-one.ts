import { setUpLine } from '../src/access/sign-in/set-up-link.ts';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { openDeps } from '../src/deps.ts';
import { listen, stopListening } from '../src/http/listen.ts';
import { onStopSignal, startOrExplain } from '../src/process.ts';
import { startWorkers } from './start.ts';

/** Hub and workers in one process: `npm start`. Without any setting it needs nothing installed. */
await startOrExplain(async () => {
  const started = performance.now();
  const config = readConfig();
  const deps = await openDeps(config);
  if (deps.db.kind === 'embedded') await takeUpWhereLeft(deps.db);
  const { server, url } = await listen(createApp(deps), config);
  const workers = await startWorkers(deps, config.WORKERS);
  console.log(welcome(url, config.DATABASE_URL ? 'PostgreSQL' : config.DATA_DIR, performance.now() - started));
  const line = await setUpLine(deps, url);
  if (line) console.log(`\n${line}`);
  onStopSignal(async () => {
    await stopListening(server);
    await workers.stop();
    await deps.close();
  });
});

/** Nobody else works on the embedded store: what was being sent when it was last stopped is taken up at once. */
async function takeUpWhereLeft(db: { query(text: string): Promise<unknown> }): Promise<void> {
  await db.query(`UPDATE delivery SET lease_until = now() WHERE status = 'sending'`);
  await db.query('UPDATE fetching SET lease_until = NULL');
  await db.query('UPDATE outbox SET relayed_at = NULL WHERE relayed_at IS NOT NULL');
}

function welcome(url: string, store: string, tookMs: number): string {
  return [
    `Careloop is ready after ${(tookMs / 1_000).toFixed(1)} s. Data: ${store}`,
    `  The loops      ${url}/`,
    `  The FHIR API   ${url}/fhir/R4/metadata`,
    '',
    'Try next, in another terminal:',
    '  npm run demo   ten referrals, from sent to closed, with simulated partners',
  ].join('\n');
}
