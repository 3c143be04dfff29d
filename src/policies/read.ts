import type { z } from 'zod';
import { whyNotJson } from '../not-json.ts';
import { CATEGORIES } from './categories.ts';
import { type GeneralFile, generalFile, type PolicyRule, type ProgrammeFile, programmeFile } from './schema.ts';

/** A file of a policy as it was found. */
export interface PolicyText {
  /** Where it is, for who has to mend it. */
  readonly file: string;
  /** The name of its programme; undefined: it speaks of all referrals. */
  readonly programme: string | undefined;
  readonly text: string;
}

/** What files say, once they are found good. */
export interface PolicyFiles {
  /** Later ones win. */
  readonly general: readonly GeneralFile[];
  readonly programmes: ReadonlyMap<string, ProgrammeFile>;
}

/** Something that is wrong with a file: where, what, and what is allowed. */
interface Mistake {
  readonly file: string;
  readonly path: readonly PropertyKey[];
  readonly what: string;
}

/**
 * Checks files of policies. Pure.
 * @returns the files, or a line for each mistake in any of them
 */
export function readPolicies(texts: readonly PolicyText[]): PolicyFiles | { readonly mistakes: readonly string[] } {
  const mistakes: Mistake[] = [];
  const general: GeneralFile[] = [];
  const programmes = new Map<string, ProgrammeFile>();
  for (const text of texts) {
    if (text.programme === undefined) {
      const [file, wrong] = parsed(text, generalFile);
      mistakes.push(...wrong);
      if (file) general.push(file);
      continue;
    }
    const [file, wrong] = parsed(text, programmeFile);
    mistakes.push(...wrong);
    if (!file) continue;
    mistakes.push(...sameAddress(text, file, programmes));
    programmes.set(text.programme, file);
  }
  return mistakes.length > 0 ? { mistakes: mistakes.map(lineOf) } : { general, programmes };
}

function parsed<T extends GeneralFile>({ file, text }: PolicyText, schema: z.ZodType<T>): [T | undefined, Mistake[]] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return [undefined, [{ file, path: [], what: `Not JSON: ${whyNotJson(text)}.` }]];
  }
  const read = schema.safeParse(json);
  if (read.success) return [read.data, ruleMistakes(file, read.data)];
  return [undefined, read.error.issues.map(({ path, message }) => ({ file, path, what: message }))];
}

/** What a schema does not see: categories nobody knows, and two rules about the same. */
function ruleMistakes(file: string, { categories, rules }: GeneralFile): Mistake[] {
  const known = [...CATEGORIES, ...Object.keys(categories)];
  return rules.flatMap(({ for: whom }, at) => {
    const path = ['rules', at, 'for'];
    const { category } = whom;
    const unknown = category !== undefined && !known.includes(category);
    const first = rules.findIndex((other) => sameFor(other, whom));
    return [
      ...(unknown
        ? [
            {
              file,
              path: [...path, 'category'],
              what: `Unknown: ${category}. Allowed: ${known.join(', ')}; or say in "categories" what it means.`,
            },
          ]
        : []),
      ...(first < at
        ? [{ file, path, what: `rules[${first}] is for the same. Write what applies to the same in one rule.` }]
        : []),
    ];
  });
}

function sameFor(rule: PolicyRule, { category, priority }: PolicyRule['for']): boolean {
  return rule.for.category === category && rule.for.priority === priority;
}

function sameAddress(
  { file, programme }: PolicyText,
  { programme: url }: ProgrammeFile,
  known: PolicyFiles['programmes'],
): Mistake[] {
  const other = [...known].find(([name, each]) => each.programme === url && name !== programme)?.[0];
  return other
    ? [{ file, path: ['programme'], what: `The programme ${other} has this address. Each has its own.` }]
    : [];
}

function lineOf({ file, path, what }: Mistake): string {
  const steps = path.map((each) => (typeof each === 'number' ? `[${each}]` : `.${String(each)}`));
  return `  ${file}: $${steps.join('')}: ${what}`;
}
