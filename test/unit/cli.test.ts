import { expect, test } from '@jest/globals';
import { startProgram } from '../support/processes.ts';

const HELP = 'Without arguments, careloop says what there is.';

test.each([
  ['an option that is none', ['labels', 'apply', '--bogus'], `Unknown option '--bogus'. ${HELP}\n`],
  ['an option without its value', ['client', 'add', '--name'], `Option '--name <value>' argument missing. ${HELP}\n`],
])('%s is said in a sentence, before anything is opened', async (_, args, said) => {
  const program = startProgram('src/cli.ts', { args, settings: {} });
  expect([await program.ended(), program.stdout(), program.stderr()]).toEqual([1, '', said]);
});
