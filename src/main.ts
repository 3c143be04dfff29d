import { createApp } from './app.ts';
import { readConfig } from './config.ts';
import { openDeps } from './deps.ts';
import { listen, stopListening } from './http/listen.ts';
import { onStopSignal, startOrExplain } from './process.ts';

/** The API process: `npm run start:api`. It accepts referrals whether or not the queue can be reached. */
await startOrExplain(async () => {
  const config = readConfig();
  const deps = await openDeps(config);
  const { server, url } = await listen(createApp(deps), config);
  console.log(`Careloop API listens on ${url}`);
  onStopSignal(async () => {
    await stopListening(server);
    await deps.close();
  });
});
