import { expect, test } from '@jest/globals';
import { lineAt, withoutCommentsAndStrings } from './code-text.ts';
import { readSources, type SourceFile } from './source-files.ts';

const MOST_LINES = 300;
const ANY = /(?::|<|\bas)\s*any\b/g;

const sources = readSources('src', 'workers', 'test', 'bench', 'web');

function tooLong(files: readonly SourceFile[]): string[] {
  const counted = files.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  return counted.filter(({ lines }) => lines > MOST_LINES).map(({ path, lines }) => `${path} has ${lines} lines`);
}

function anyTypes(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const code = withoutCommentsAndStrings(text);
    return [...code.matchAll(ANY)].map((match) => `${path}:${lineAt(code, match.index)}`);
  });
}

test('no file has more than 300 lines (it would hold two subjects)', () => {
  expect(tooLong(sources)).toEqual([]);
  expect(tooLong([{ path: 'src/a.ts', text: 'x\n'.repeat(301) }])).toEqual(['src/a.ts has 301 lines']);
  expect(tooLong([{ path: 'src/a.ts', text: 'x\n'.repeat(300) }])).toEqual([]);
});

test('nothing has the type any', () => {
  expect(anyTypes(sources)).toEqual([]);
  const planted = '// a: any\nconst a: any = 1;\nconst b = a as any;\nconst c = new Map<any>(": any");\n';
  expect(anyTypes([{ path: 'src/a.ts', text: planted }])).toEqual(['src/a.ts:2', 'src/a.ts:3', 'src/a.ts:4']);
});
