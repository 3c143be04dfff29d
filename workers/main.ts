import { readConfig } from '../src/config.ts';
import { openDeps } from '../src/deps.ts';
import { onStopSignal, startOrExplain } from '../src/process.ts';
import { startWorkers } from './start.ts';

/** The worker process: `npm run start:workers`. Any number of them may run beside each other on one PostgreSQL server. */
await startOrExplain(async () => {
  const config = readConfig();
  if (!config.DATABASE_URL)
    throw new Error('Separate workers need DATABASE_URL: the embedded store is for one process (npm start).');
  const deps = await openDeps(config);
  const workers = await startWorkers(deps, config.WORKERS);
  console.log(`Careloop workers run (${config.REDIS_URL ? `${config.WORKERS} over Redis` : 'without Redis'}).`);
  onStopSignal(async () => {
    await workers.stop();
    await deps.close();
  });
});
