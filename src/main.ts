import { setUpLine } from './access/sign-in/set-up-link.ts';
import { isCoordinator, isFirst, runTogether } from './api-processes.ts';
import { createApp } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { openDeps } from './deps.ts';
import { bySettings } from './fhir/audit/record/door.ts';
import { listen, stopListening } from './http/listen.ts';
import { configurationOf, noteConfiguration } from './policies/note-configuration.ts';
import { onStopSignal, startOrExplain } from './process.ts';

/** The API: `npm run start:api`. It accepts referrals whether or not the queue can be reached. */
await startOrExplain(async () => {
  const config = readConfig();
  const url = isCoordinator(config) ? await runTogether(config) : await answer(config);
  if (url) console.log(`Careloop API listens on ${url}`);
});

/** One process that answers. @returns where, unless another process says so for all */
async function answer(config: Config): Promise<string | undefined> {
  const deps = await openDeps(config);
  await noteConfiguration(deps, bySettings(deps.hubOrg), configurationOf(deps));
  const { server, url } = await listen(createApp(deps), config);
  const line = isFirst() ? await setUpLine(deps, url) : undefined;
  if (line) console.log(line);
  onStopSignal(async () => {
    await stopListening(server);
    await deps.close();
  });
  return config.API_PROCESSES === 1 ? url : undefined;
}
