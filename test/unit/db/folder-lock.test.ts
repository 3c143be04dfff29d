import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lockFolder } from '../../../src/db/folder-lock.ts';
import { killPrograms, type Program, startProgram } from '../../support/processes.ts';
import { runSetting } from '../../support/run-settings.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(runSetting('TEST_TMP'), 'lock-'));
});
afterEach(killPrograms);

const file = (): string => join(folder, 'lock.pid');

/** Another process that has the folder. */
async function holder(): Promise<Program> {
  const script = `import { lockFolder } from './src/db/folder-lock.ts'; lockFolder(${JSON.stringify(folder)}); console.log('holds'); setInterval(() => {}, 1e6);`;
  const program = startProgram('--input-type=module', { args: ['--eval', script] });
  await program.line(/holds/);
  return program;
}

const inUse = (by: unknown): string =>
  `The data folder ${folder} is in use by process ${by}. Stop that one, or start this one with another DATA_DIR.`;

describe('a folder', () => {
  test('is held by one process, which gives it back', () => {
    const unlock = lockFolder(folder);
    expect(readFileSync(file(), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    expect(() => lockFolder(folder)).toThrow(inUse(process.pid));
    unlock();
    expect(existsSync(file())).toBe(false);
    lockFolder(folder)();
  });

  test('that a running process holds is refused, with its number and what to do', async () => {
    const { pid } = await holder();
    expect(() => lockFolder(folder)).toThrow(inUse(pid));
    expect(readFileSync(file(), 'utf8')).toMatch(new RegExp(`^${pid} `));
  });

  test('whose holder was killed is taken over', async () => {
    const program = await holder();
    await program.kill();
    expect(existsSync(file())).toBe(true);
    lockFolder(folder)();
  });

  test.each([
    ['is empty', ''],
    ['is cut off', 'x'],
    ['names a process that cannot be', '2147483646'],
    // The number of a process is given again: its start tells them apart.
    ['names this process at another start', `${process.pid} 1`],
  ])('whose lock %s is taken over', (_name, text) => {
    writeFileSync(file(), text);
    const unlock = lockFolder(folder);
    expect(readFileSync(file(), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    unlock();
  });

  test('that does not exist is an error of its own', () => {
    expect(() => lockFolder(join(folder, 'missing'))).toThrow('ENOENT');
  });
});
