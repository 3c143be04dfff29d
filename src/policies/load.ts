import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Calendar } from '../calendars/calendar.ts';
import { AppError } from '../errors.ts';
import { type Policies, SPANS } from '../loops/policy/policy.ts';
import { readQuestionnaires, unknownQuestionnaires } from './questionnaires.ts';
import { type PolicyFiles, type PolicyText, readPolicies } from './read.ts';
import { resolvePolicies } from './resolve.ts';

const PROFILES = fileURLToPath(new URL('../../profiles/', import.meta.url));
const FILE = 'policy.json';

/**
 * The policies of this hub: those of `profiles/`, and of further folders. A folder holds `policy.json` (for all referrals)
 * and `<programme>/policy.json`, each with Questionnaires for clients beside it (`questionnaires/`); what a later folder
 * says of a programme stands in place of what an earlier one says.
 * @param folders comma separated
 * @throws AppError (fault) that says of every mistake in which file it is, where, and what is allowed
 */
export function loadPolicies(folders: string | undefined, hubCalendar: Calendar): Policies {
  const further = folders?.split(',').map((folder) => folder.trim()) ?? [];
  const missing = further.filter((folder) => !existsSync(folder));
  const read = readPolicies([
    ...textsIn(PROFILES, join(PROFILES, 'programmes')),
    ...further.flatMap((each) => textsIn(each, each)),
  ]);
  const questionnaires = readQuestionnaires([
    ...questionnaireFolders(PROFILES, join(PROFILES, 'programmes')),
    ...further.flatMap((each) => questionnaireFolders(each, each)),
  ]);
  const known = new Set(questionnaires.byUrl.keys());
  const mistakes = [
    ...missing.map((folder) => `  ${folder}: There is no such folder.`),
    ...('mistakes' in read ? read.mistakes : [...unsaid(read), ...unknownQuestionnaires(read, known)]),
    ...questionnaires.mistakes,
  ];
  if ('mistakes' in read || mistakes.length > 0) throw notUsable(mistakes);
  return resolvePolicies(read, hubCalendar, questionnaires.byUrl);
}

/** What clients are asked: `questionnaires/` of a folder, and of each programme. */
function questionnaireFolders(folder: string, programmes: string): string[] {
  const names = existsSync(programmes) ? readdirSync(programmes).sort() : [];
  return [join(folder, 'questionnaires'), ...names.map((name) => join(programmes, name, 'questionnaires'))];
}

function textsIn(folder: string, programmes: string): PolicyText[] {
  const general = textAt(join(folder, FILE), undefined);
  const names = existsSync(programmes) ? readdirSync(programmes).sort() : [];
  return [...general, ...names.flatMap((name) => textAt(join(programmes, name, FILE), name))];
}

function textAt(path: string, programme: string | undefined): PolicyText[] {
  if (!existsSync(path)) return [];
  const own = relative(process.cwd(), path);
  return [{ file: own.startsWith('..') ? path : own, programme, text: readFileSync(path, 'utf8') }];
}

/** Something must apply to every referral: what the rules for all of them leave out. */
function unsaid({ general }: PolicyFiles): string[] {
  const forAll = general.flatMap(({ rules }) => rules.filter(({ for: whom }) => Object.keys(whom).length === 0));
  const says = (what: (rule: (typeof forAll)[number]) => unknown): boolean =>
    forAll.some((rule) => what(rule) !== undefined);
  const wanted = [
    ...SPANS.filter((name) => !says(({ spans }) => spans?.[name])).map((name) => `spans.${name}`),
    ...(says(({ ladder }) => ladder?.default) ? [] : ['ladder.default']),
    ...(says(({ offersByItself }) => offersByItself) ? [] : ['offersByItself']),
  ];
  if (wanted.length === 0) return [];
  return [`  profiles/${FILE}: $.rules: No rule for all referrals ("for": {}) says ${wanted.join(', ')}.`];
}

function notUsable(mistakes: readonly string[]): AppError {
  return new AppError('fault', 'policies.unusable', `The policies cannot be used:\n${mistakes.join('\n')}`);
}
