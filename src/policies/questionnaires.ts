import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Questionnaire } from '@medplum/fhirtypes';
import { questionnaireMistakes } from '../loops/confirmation/questionnaire.ts';
import { whyNotJson } from '../not-json.ts';
import type { PolicyFiles } from './read.ts';

/** Questionnaires that files hold, by canonical address, and a line for each mistake in any of them. */
export interface ReadQuestionnaires {
  readonly byUrl: ReadonlyMap<string, Questionnaire>;
  readonly mistakes: readonly string[];
}

/** Reads those of some folders; what a later one says stands in the place of an earlier. */
export function readQuestionnaires(folders: readonly string[]): ReadQuestionnaires {
  const byUrl = new Map<string, Questionnaire>();
  const mistakes: string[] = [];
  for (const path of folders.flatMap(filesIn)) {
    const read = parsed(path);
    if (typeof read === 'string') {
      mistakes.push(`  ${path}: ${read}`);
      continue;
    }
    mistakes.push(...questionnaireMistakes(read).map((what) => `  ${path}: ${what}`));
    byUrl.set(read.url ?? '', read);
  }
  return { byUrl, mistakes };
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => join(folder, name));
}

function parsed(path: string): Questionnaire | string {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
    const resource = JSON.parse(text) as Questionnaire;
    return resource.resourceType === 'Questionnaire' && resource.id ? resource : 'Not a Questionnaire with an id.';
  } catch {
    return `Not JSON: ${whyNotJson(text)}.`;
  }
}

/** A line for each rule that names a Questionnaire which nobody has. Pure. */
export function unknownQuestionnaires({ general, programmes }: PolicyFiles, known: ReadonlySet<string>): string[] {
  const rules = [...general, ...programmes.values()].flatMap((file) => file.rules);
  const named = rules.flatMap(({ confirmation }) => (confirmation ? [confirmation.questionnaire] : []));
  return [...new Set(named)]
    .filter((url) => !known.has(url))
    .map(
      (url) => `  confirmation.questionnaire: There is no Questionnaire ${url}. There is: ${[...known].join(', ')}.`,
    );
}
