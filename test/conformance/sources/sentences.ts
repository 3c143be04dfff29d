import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Requirement, SentenceList, Verb } from '../requirement.ts';
import { PUBLISHED } from './published.ts';
import { readCsv } from './read-csv.ts';

const VERBS: readonly string[] = ['SHALL', 'SHOULD', 'SHALL NOT', 'SHOULD NOT'] satisfies Verb[];

interface Narrative {
  readonly statement?: readonly {
    readonly key: string;
    readonly conformance?: readonly string[];
    readonly requirement: string;
    readonly extension?: readonly { readonly url: string; readonly valueBoolean?: boolean }[];
  }[];
}

/** The numbered sentences of a guide's narrative; all of them, as the list does not say whom each is about. */
export function readNarrative(file: string, guide: string, list: SentenceList): Requirement[] {
  const { statement } = JSON.parse(readFileSync(join(PUBLISHED, 'requirements', file), 'utf8')) as Narrative;
  return (statement ?? []).flatMap(({ key, conformance = [], extension = [], requirement }) => {
    const negated = extension.some(({ url, valueBoolean }) => url.endsWith('-statementshallnot') && valueBoolean);
    // Of two verbs the first one is the stronger; the R5 codes are hyphenated.
    const verb = negated ? 'SHALL NOT' : (conformance[0] ?? '').replace('-', ' ');
    if (!VERBS.includes(verb)) return [];
    const source = `Narrative requirements, ${guide}`;
    const subject = { kind: 'sentence', list, key } as const;
    return { id: `${list}.${key}`, source, verb: verb as Verb, title: shorten(requirement), subject };
  });
}

/** The numbered sentences of a test kit that are about a server. */
export function readTestKit(file: string, guide: string, list: SentenceList): Requirement[] {
  const rows = readCsv(readFileSync(join(PUBLISHED, 'inferno-requirements', file), 'utf8'));
  return rows.flatMap((row) => {
    const verb = row.Conformance ?? '';
    if (!VERBS.includes(verb) || !row.Actors?.split(',').some((actor) => actor.trim() === 'Server')) return [];
    const version = row['Req Set']?.split('_').at(-1) ?? '';
    return {
      id: `${list}-${version}.${row.ID}`,
      source: `Test kit requirements, ${guide} ${version}`,
      verb: verb as Verb,
      title: shorten(row.Requirement ?? ''),
      subject: { kind: 'sentence', list, key: row.ID ?? '', about: pageOf(row.URL) },
    } as const;
  });
}

/** The page of the guide a sentence stands on, e.g. `brands`. */
function pageOf(url: string | undefined): string {
  return /([^/]+)\.html/.exec(url ?? '')?.[1] ?? '';
}

const LONGEST = 140;

/** Enough of a sentence to know it by; the source has the rest. */
function shorten(sentence: string): string {
  const plain = sentence
    .replace(/\]\([^)\s]*\)/g, ']')
    .replace(/[`*[\]\\]/g, '')
    .replace(/\s+/g, ' ')
    .replaceAll('|', '/')
    .trim();
  if (plain.length <= LONGEST) return plain;
  return `${plain.slice(0, plain.lastIndexOf(' ', LONGEST))} …`;
}
