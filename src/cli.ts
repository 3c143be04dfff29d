#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { CLIENT_OPTIONS, CLIENT_USAGE, type ClientOptions, clientCommands } from './access/commands.ts';
import { LABEL_OPTIONS, LABEL_USAGE, type LabelOptions, labelCommands } from './access/labels/commands.ts';
import { makeNextKey } from './access/own-keys/own-keys.ts';
import { PEOPLE_OPTIONS, PEOPLE_USAGE, type PeopleOptions, peopleCommands } from './access/people/commands.ts';
import { CALENDAR_OPTIONS, CALENDAR_USAGE, type CalendarOptions, calendarCommands } from './calendars/commands.ts';
import { readConfig } from './config.ts';
import { type Deps, openDeps } from './deps.ts';
import { DOCTOR_USAGE, doctorCommands } from './doctor/commands.ts';
import { linesOf } from './fhir/audit/chain/finding.ts';
import { type KnownSeal, verifyAudit } from './fhir/audit/chain/verify-audit.ts';
import { byCommand } from './fhir/audit/record/door.ts';
import { type NewEntry, recordIn } from './fhir/audit/record/new-entry.ts';
import { loadDefinitionResources } from './fhir/load-definitions.ts';
import { rebuildReaders } from './fhir/sharing/check-readers.ts';
import { rebuildIndex } from './fhir/store/index/rebuild.ts';
import { sayInOurWords } from './input-words.ts';
import { checkLoops } from './loops/projection/check.ts';
import { applyPolicies, startWithPolicies } from './policies/apply.ts';
import { configurationOf, noteConfiguration } from './policies/note-configuration.ts';
import { startOrExplain } from './process.ts';
import { SECRET_USAGE, secretCommands } from './secrets/commands.ts';
import { newKey } from './secrets/keys.ts';

const USAGE = `careloop: looking after a hub from the command line (with its settings in the environment)

${CLIENT_USAGE}
${PEOPLE_USAGE}
${LABEL_USAGE}
${SECRET_USAGE}
${CALENDAR_USAGE}
${DOCTOR_USAGE}
  careloop secrets new-signing-key
      makes a new key by which the hub signs in to partners' servers; it signs from an hour later on, and the one before
      stays published for a day more
  careloop loops check
      compares every loop row with what it is made of; exit code 1 when one differs
  careloop policies apply
      has every open loop go by the policies as they are now, which the start of the workers does too; it may be stopped,
      and repeated. Without it a loop goes by them from its next change on
  careloop audit verify [--json] [--seal <number>:<hash>]
      compares the audit with its seals; exit code 1 when an entry or a seal was changed, removed or inserted.
      It prints the last seal: kept elsewhere and given the next time, it shows that nothing before it was made anew
  careloop search rebuild
      makes the search index of every resource anew: after an upgrade that searches by more
  careloop shares rebuild
      makes who may read each resource anew from its author and what is shared; exit code 1 when something differed
  careloop definitions load
      writes the definitions of R4 and of this hub into the store, to be read and searched; may be repeated

With the embedded store, stop the hub first: its folder belongs to one process.`;

/** What a command does. @returns the exit code */
type Command = (deps: Deps, options: Options) => Promise<number>;

interface Options extends ClientOptions, PeopleOptions, LabelOptions, CalendarOptions {
  readonly json?: boolean | undefined;
  readonly seal?: string | undefined;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  ...clientCommands,
  ...peopleCommands,
  ...labelCommands,
  ...secretCommands,
  ...calendarCommands,
  ...doctorCommands,
  'secrets rotate': async (deps) => {
    const code = await secretCommands['secrets rotate'](deps);
    await note(deps, { action: 'U', interaction: 'secrets-rotated', query: deps.secretKeys[0]?.id });
    return code;
  },
  'loops check': async (deps) => {
    const { loops, differed } = await checkLoops(deps.db, deps);
    for (const id of differed) console.log(`loop ${id} differs from what it is made of`);
    console.log(`${loops} loops checked, ${differed.length} differ`);
    return differed.length > 0 ? 1 : 0;
  },
  'policies apply': async (deps) => {
    const { policies = '' } = configurationOf(deps);
    await noteConfiguration(deps, byCommand(deps.hubOrg), { policies });
    await startWithPolicies(deps);
    console.log(`${await applyPolicies(deps)} open loops go by the policies as they are now`);
    return 0;
  },
  'audit verify': async ({ db }, { json, seal }) => {
    const verdict = await verifyAudit(db, seal === undefined ? undefined : knownSeal(seal));
    console.log(json ? JSON.stringify(verdict) : linesOf(verdict).join('\n'));
    return verdict.ok ? 0 : 1;
  },
  'secrets new-signing-key': async (deps) => {
    const key = await makeNextKey(deps);
    await note(deps, { action: 'C', interaction: 'signing-key-added', query: key });
    console.log(`key ${key} is published at /.well-known/jwks.json, and signs in an hour`);
    return 0;
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
    const { written, unchanged } = await loadDefinitionResources(store, byCommand(hubOrg));
    console.log(`${written} definitions written, ${unchanged} were there already`);
    return 0;
  },
};

/** What mends or makes anew by no use case of its own: that it was asked for is in the audit before it begins. */
const NOTED: ReadonlySet<string> = new Set([
  ...['labels apply', 'policies apply', 'definitions load', 'search rebuild', 'shares rebuild'],
  ...['loops rebuild', 'loops recount', 'deliveries requeue'],
]);

/** Keeps in the audit what was done on the machine of the hub. */
async function note({ db, hubOrg, now }: Deps, said: NewEntry): Promise<void> {
  await recordIn(db, byCommand(hubOrg), now(), [said]);
}

function knownSeal(text: string): KnownSeal {
  const [, number, hash] = /^(\d{1,9}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (!number || !hash) throw new Error('--seal is what audit verify printed as its last seal: <number>:<hash>.');
  return { number: Number(number), hash };
}

const OPTIONS = {
  ...CLIENT_OPTIONS,
  ...PEOPLE_OPTIONS,
  ...LABEL_OPTIONS,
  ...CALENDAR_OPTIONS,
  json: { type: 'boolean' },
  seal: { type: 'string' },
} as const;

type Asked = ReturnType<typeof parseArgs<{ allowPositionals: true; options: typeof OPTIONS }>>;

/** @throws Error saying which option is none, or has no value */
function asked(): Asked {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS });
  } catch (thrown) {
    const [what] = thrown instanceof Error ? thrown.message.split('. ') : [];
    throw new Error(`${what}. Without arguments, careloop says what there is.`, { cause: thrown });
  }
}

sayInOurWords();
await startOrExplain(async () => {
  const { positionals, values } = asked();
  const [subject, verb, ...names] = positionals;
  if (positionals.join(' ') === 'secrets new-key') {
    console.log(newKey());
    return;
  }
  const name = verb === undefined ? `${subject}` : `${subject} ${verb}`;
  const command = COMMANDS[name];
  if (!command || names.length > 1) throw new Error(USAGE);
  // Nobody waits for a command but who gave it: it takes as long as there is much.
  const deps = await openDeps({ ...readConfig(), STATEMENT_TIMEOUT_MS: 0 });
  try {
    if (NOTED.has(name)) await note(deps, { action: 'E', interaction: 'command', query: name });
    process.exitCode = await command(deps, { ...values, id: names[0] });
  } finally {
    await deps.close();
  }
});
