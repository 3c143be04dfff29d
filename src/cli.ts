#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { registerClient } from './access/clients.ts';
import { readConfig } from './config.ts';
import { type Deps, openDeps } from './deps.ts';
import { loadDefinitionResources } from './fhir/load-definitions.ts';
import { rebuildReaders } from './fhir/sharing/end-shares.ts';
import { rebuildIndex } from './fhir/store/index/rebuild.ts';
import { rebuildLoops } from './loops/store.ts';
import { startOrExplain } from './process.ts';

const USAGE = `careloop: looking after a hub from the command line (with its settings in the environment)

  careloop client add --organization <id> --name <name>
      registers a program of a partner organization and prints its access token, once
  careloop loops check
      compares every loop row with what it is made of; exit code 1 when one differs
  careloop search rebuild
      makes the search index of every resource anew: after an upgrade that searches by more
  careloop shares rebuild
      makes who may read each resource anew from its author and what is shared; exit code 1 when something differed
  careloop definitions load
      writes the definitions of R4 and of this hub into the store, to be read and searched; may be repeated

With the embedded store, stop the hub first: its folder belongs to one process.`;

/** What a command does. @returns the exit code */
type Command = (deps: Deps, options: Readonly<Record<string, string | undefined>>) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  'client add': async (deps, { organization, name }) => {
    if (!organization || !name) throw new Error(`client add needs --organization and --name.\n\n${USAGE}`);
    if (!(await isKnown(deps, organization)))
      throw new Error(`There is no Organization/${organization} here. Create it first.`);
    const { client, token, expiresAt } = await registerClient(deps.db, {
      id: deps.newId(),
      name,
      organizationId: organization,
      now: deps.now(),
    });
    console.log(`client   ${client.id}\nexpires  ${expiresAt.toISOString()}\ntoken    ${token}`);
    return 0;
  },
  'loops check': async (deps) => {
    const { loops, differed } = await rebuildLoops(deps.db, deps);
    for (const id of differed) console.log(`loop ${id} differs from what it is made of`);
    console.log(`${loops} loops checked, ${differed.length} differ`);
    return differed.length > 0 ? 1 : 0;
  },
  'search rebuild': async ({ db }) => {
    console.log(`${await rebuildIndex(db)} resources indexed`);
    return 0;
  },
  'shares rebuild': async ({ db }) => {
    const differed = await rebuildReaders(db);
    for (const name of differed) console.log(`${name} had other readers than its author and its shares make`);
    console.log(`${differed.length} resources differed, and are mended`);
    return differed.length > 0 ? 1 : 0;
  },
  'definitions load': async ({ store, hubOrg }) => {
    const { written, unchanged } = await loadDefinitionResources(store, { kind: 'hub', organizationId: hubOrg });
    console.log(`${written} definitions written, ${unchanged} were there already`);
    return 0;
  },
};

async function isKnown(deps: Deps, organizationId: string): Promise<boolean> {
  const rows = await deps.db.query(`SELECT 1 FROM resource WHERE type = 'Organization' AND id = $1 AND NOT deleted`, [
    organizationId,
  ]);
  return rows.length > 0;
}

await startOrExplain(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { organization: { type: 'string' }, name: { type: 'string' } },
  });
  const command = COMMANDS[positionals.join(' ')];
  if (!command) throw new Error(USAGE);
  const deps = await openDeps(readConfig());
  try {
    process.exitCode = await command(deps, values);
  } finally {
    await deps.close();
  }
});
