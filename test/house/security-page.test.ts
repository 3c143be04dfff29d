import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { configSchema, readConfig } from '../../src/config.ts';
import { projectFolder, readProjectFile } from './source-files.ts';

/** What docs/security.md says, held against the settings and the tests there are. */
const page = readProjectFile('docs/security.md');

/** The cells of each row of the table below a heading. */
function rowsBelow(heading: string): string[][] {
  const [, after = ''] = page.split(`## ${heading}\n`);
  const [section = ''] = after.split('\n## ');
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

/** Files that a row names; `the same` are those of the row before. */
function testsOf(rows: readonly string[][], column: number): Map<string[], string[]> {
  const found = new Map<string[], string[]>();
  let before: string[] = [];
  for (const row of rows) {
    const cell = row[column] ?? '';
    before = [...(cell.includes('the same') ? before : []), ...quoted(cell)];
    found.set(row, before);
  }
  return found;
}

/** Everything that a file or a folder of tests says. */
function textOf(path: string): string {
  const full = join(projectFolder, path);
  if (!statSync(full).isDirectory()) return readFileSync(full, 'utf8');
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(full, name), 'utf8'))
    .join('\n');
}

const limits = testsOf(rowsBelow('Limits'), 3);
const threats = testsOf(rowsBelow('Who might attack'), 3);

/** Settings by their names that are limits, of requests and of what leaves the hub. */
const IS_LIMIT = /LIMIT|QUOTA|_BYTES$|TIMEOUT|CONNECTIONS|EXPORT_CONCURRENCY|^OUTBOUND|^SESSION_/;

describe('docs/security.md', () => {
  test('names tests that are there, at each threat and at each limit', () => {
    expect([threats.size, limits.size].map((size) => size > 15)).toEqual([true, true]);
    for (const [row, files] of [...threats, ...limits]) {
      expect([row[0], row[1], files.length > 0]).toEqual([row[0], row[1], true]);
      for (const file of files) {
        expect([file, existsSync(join(projectFolder, file))]).toEqual([file, true]);
        // Or it proves nothing.
        expect([file, /\.test\.ts$|\/[a-z-]+$/.test(file)]).toEqual([file, true]);
      }
    }
  });

  test('names each setting that is a limit, once, and none that is not there', () => {
    const named = [...limits.keys()].flatMap(([, setting = '']) => quoted(setting));
    const there = Object.keys(configSchema.shape).filter((name) => IS_LIMIT.test(name));
    expect(named.sort()).toEqual(there.sort());
  });

  test('names tests that set the limit that they attack', () => {
    for (const [row, files] of limits) {
      const said = files.map(textOf).join('\n');
      for (const setting of quoted(row[1] ?? '')) expect([setting, said.includes(setting)]).toEqual([setting, true]);
    }
  });

  test('says the numbers that are the defaults', () => {
    const config = readConfig({}) as unknown as Record<string, unknown>;
    for (const [, setting = '', numbers = ''] of limits.keys()) {
      for (const name of quoted(setting)) {
        if (typeof config[name] === 'number')
          expect([name, formsOf(config[name]).some((form) => hasNumber(numbers, form))]).toEqual([name, true]);
      }
    }
  });
});

/** A number as the page may write it: as it is, in seconds, in kB or MB. */
function formsOf(value: number): string[] {
  const units = [`${value / 1_000} s`, `${value / 1_024} kB`, `${value / 1_000_000} MB`];
  return [String(value), ...units];
}

function hasNumber(text: string, form: string): boolean {
  return new RegExp(`(?<![\\d.])${form.replaceAll(/\./g, '\\$&')}(?![\\d.]\\d)`).test(text);
}
