import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CodeSystem } from '@medplum/fhirtypes';
import { ERROR_KINDS, type ErrorKind } from '../../src/errors.ts';
import { readSources } from '../house/source-files.ts';

export const ERROR_CODES_FILE = fileURLToPath(new URL('../../profiles/CodeSystem/error.json', import.meta.url));

/** A code as an argument: two words in dots. `case` and `join('file.ext')` are something else. */
const ARGUMENT = /(?<=[(,:?]\s*)(?<!\bjoin\([^)]*)'([a-z][a-z-]*\.[a-z][a-z-]*)'(?=\s*[,):])/g;
/** Codes that are put together, and the one that has no subject. */
const COMPOSED: readonly (readonly [string, ErrorKind])[] = [
  ['http.if-match', 'invalid'],
  ['http.if-none-match', 'invalid'],
  ['internal', 'fault'],
];

/** The codes of errors that the sources name, with the kinds they are answered as. */
export function errorCodesInUse(): ReadonlyMap<string, ReadonlySet<ErrorKind>> {
  const found = new Map<string, Set<ErrorKind>>(COMPOSED.map(([code, kind]) => [code, new Set([kind])]));
  for (const { text } of readSources('src').filter((source) => source.text.includes('AppError'))) {
    for (const { 1: code = '', index } of text.matchAll(ARGUMENT)) {
      if (FILES.test(code)) continue;
      const kinds = found.get(code) ?? new Set();
      found.set(code, kinds.add(kindBefore(text, index) ?? kindOfHelper(text) ?? 'invalid'));
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const FILES = /\.(?:ts|json|js|pid|sql)$/;

function kindBefore(text: string, index: number): ErrorKind | undefined {
  return asKind(/'([a-zA-Z]+)',\s*$/.exec(text.slice(Math.max(0, index - 60), index))?.[1]);
}

/** A small function of the file that makes its errors knows the kind. */
function kindOfHelper(text: string): ErrorKind | undefined {
  return asKind(/AppError\(\s*'([a-zA-Z]+)',\s*code\b/.exec(text)?.[1]);
}

function asKind(name: string | undefined): ErrorKind | undefined {
  return name !== undefined && Object.hasOwn(ERROR_KINDS, name) ? (name as ErrorKind) : undefined;
}

/** The code system of errors with exactly the codes in use; what it says of them is kept. */
export function errorCodeSystem(): CodeSystem {
  const system = JSON.parse(readFileSync(ERROR_CODES_FILE, 'utf8')) as CodeSystem;
  const said = new Map((system.concept ?? []).map((each) => [each.code, each.display]));
  const concept = [...errorCodesInUse()].map(([code, kinds]) => ({
    code,
    display: said.get(code) ?? displayOf(code),
    definition: definitionOf(kinds),
  }));
  return { ...system, count: concept.length, concept };
}

function displayOf(code: string): string {
  const [subject = '', fault] = code.split('.');
  const words = (text: string): string => text.replaceAll('-', ' ');
  const named = `${subject[0]?.toUpperCase()}${words(subject.slice(1))}`;
  return fault ? `${named}: ${words(fault)}` : named;
}

function definitionOf(kinds: ReadonlySet<ErrorKind>): string {
  const statuses = [...new Set([...kinds].map((kind) => ERROR_KINDS[kind].status))].sort();
  const changed = statuses.every((status) => status >= 500) ? 'The hub could not do it' : 'The request was refused';
  return `${changed}; HTTP status ${statuses.join(' or ')}.`;
}

if (import.meta.main) {
  writeFileSync(ERROR_CODES_FILE, `${JSON.stringify(errorCodeSystem(), null, 2)}\n`);
  console.log(`written: ${ERROR_CODES_FILE}`);
}
