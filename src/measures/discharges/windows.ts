import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { whyNotJson } from '../../not-json.ts';
import { withKeys } from '../../policies/known-keys.ts';

const SHIPPED = fileURLToPath(new URL('../../../profiles/measures', import.meta.url));

const classes = z.array(z.string().regex(/^[A-Z]{2,10}$/, 'Write codes of v3 ActEncounterCode, as IMP.')).min(1);
const valueSet = z.url('Write the canonical address of a ValueSet that is stored here.').max(500);
/** What may follow beside encounters, by its code. */
export const OTHERS = ['documents', 'procedures', 'requests'] as const;
const days = z.int().min(1).max(400);

const windowSchema = withKeys({
  /** Its name in addresses. */
  id: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, 'Write small letters, digits and hyphens, 40 at most.'),
  title: z.string().trim().min(1).max(200),
  /** Whose rule it is. */
  source: z.string().trim().min(1).max(500),
  of: withKeys({
    classes: classes.optional(),
    /** Of those only whose principal diagnosis, or reason, is of this ValueSet. */
    reasons: valueSet.optional(),
    /** In the place of encounters: what was observed, of this ValueSet, with a coded value of the other. */
    observations: valueSet.optional(),
    values: valueSet.optional(),
    fromAge: z.int().min(0).max(120).optional(),
    /** Not those after which another of such a class begins within so many days: who came back is counted from there. */
    unless: withKeys({ classes, withinDays: days }).optional(),
    /** Of each client the first in so many days. */
    onceInDays: days.optional(),
  }).refine(
    (of) => 'classes' in of !== 'observations' in of && 'observations' in of === 'values' in of,
    'Write the classes of encounters; or observations with their values.',
  ),
  /** From when the days are counted: an encounter begins, or ends. */
  since: z.enum(['start', 'end']).default('end'),
  followedBy: withKeys({
    classes: classes.optional(),
    types: valueSet.optional(),
    reasons: valueSet.optional(),
    documents: valueSet.optional(),
    procedures: valueSet.optional(),
    requests: valueSet.optional(),
  }).refine(
    (what) => ['classes', ...OTHERS].filter((each) => each in what).length === 1,
    'Write one of classes (of encounters), documents, procedures, requests.',
  ),
  within: z.union(
    [withKeys({ days }), withKeys({ businessDays: z.int().min(1).max(20) })],
    'Write { "days": 7 } or { "businessDays": 2 }.',
  ),
  /** Whether what follows on the day it ended counts. */
  sameDay: z.boolean(),
});

/** What must follow an encounter, or what was observed, and within which time: a measure as data. */
export type Window = z.infer<typeof windowSchema>;

/**
 * The windows that are measured: those of `profiles/measures`, and of every `*.json` of further folders. One of the same id
 * stands in the place of an earlier one.
 * @param folders comma separated
 * @throws AppError (fault) that says of every mistake in which file it is, where, and what is allowed
 */
export function loadWindows(folders: string | undefined): readonly Window[] {
  const further = folders?.split(',').map((folder) => folder.trim()) ?? [];
  const mistakes = further.filter((each) => !existsSync(each)).map((each) => `  ${each}: There is no such folder.`);
  const byId = new Map<string, Window>();
  for (const file of [SHIPPED, ...further].flatMap(filesIn)) {
    const { windows, wrong } = read(readFileSync(file, 'utf8'));
    for (const each of windows) byId.set(each.id, each);
    mistakes.push(...wrong.map((each) => `  ${named(file)}: ${each}`));
  }
  if (mistakes.length === 0) return [...byId.values()];
  throw new AppError('fault', 'measures.unusable', `The measures cannot be used:\n${mistakes.join('\n')}`);
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));
}

interface Read {
  readonly windows: readonly Window[];
  /** What is wrong, each with its place. */
  readonly wrong: readonly string[];
}

function read(text: string): Read {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { windows: [], wrong: [`$: Not JSON: ${whyNotJson(text)}.`] };
  }
  const { data = [], error } = z.array(windowSchema).safeParse(json);
  return { windows: data, wrong: error?.issues.map(({ path, message }) => `${placeOf(path)}: ${message}`) ?? [] };
}

function named(file: string): string {
  const own = relative(process.cwd(), file);
  return own.startsWith('..') ? file : own;
}

function placeOf(path: readonly PropertyKey[]): string {
  return `$${path.map((each) => (typeof each === 'number' ? `[${each}]` : `.${String(each)}`)).join('')}`;
}

/** The ValueSets that windows speak of, each once. Pure. */
export function valueSetsOf(windows: readonly Window[]): string[] {
  const named = windows.flatMap(({ of, followedBy }) => [
    ...[of.reasons, of.observations, of.values, followedBy.types, followedBy.reasons],
    ...OTHERS.map((each) => followedBy[each]),
  ]);
  return [...new Set(named.filter((each) => each !== undefined))];
}
