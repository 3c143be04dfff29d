import { posix } from 'node:path';
import { lineAt, withoutComments } from './code-text.ts';
import type { SourceFile } from './source-files.ts';

export interface ImportStatement {
  readonly line: number;
  /** A path from the root of the project for our own files, otherwise as written: `node:net`, `@scope/name/part`. */
  readonly target: string;
  readonly isOwn: boolean;
  readonly typeOnly: boolean;
}

const STATIC = /^[ \t]*(?:import|export)\s+(type\s+)?(?:[\w$*{}\s,]+?\s*from\s*)?(['"])([^'"\n]+)\2/gm;
const DYNAMIC = /\b(?:import|require)(\s*)\(\s*(['"`])([^'"`\n]+)\2/g;

export function importsOf(file: SourceFile): ImportStatement[] {
  const code = withoutComments(file.text);
  return [...code.matchAll(STATIC), ...code.matchAll(DYNAMIC)].map((match) => {
    const specifier = match[3] ?? '';
    const isOwn = specifier.startsWith('.');
    return {
      line: lineAt(code, match.index),
      target: isOwn ? posix.join(posix.dirname(file.path), specifier) : specifier,
      isOwn,
      typeOnly: (match[1] ?? '').trim() === 'type',
    };
  });
}

/** `@scope/name/part` → `@scope/name`; `pino/file` → `pino`; `node:net` stays. */
export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
