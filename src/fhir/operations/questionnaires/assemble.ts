import type { Questionnaire, QuestionnaireItem } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { type Desk, findDefinition } from '../find-definition.ts';
import { type Notes, note } from '../notes.ts';
import { itemsOf, type PlacedItem } from './bounds.ts';
import { EXTENSIONS, extensionValue } from './sdc.ts';

const MOST_PARTS = 50;

/**
 * A questionnaire with the items of other questionnaires in the place of those that stand for them. A part that is not
 * here is left out, and said.
 * @throws AppError (422) when a part has itself within it
 * @see http://hl7.org/fhir/uv/sdc/modular.html
 */
export async function assemble(desk: Desk, notes: Notes, questionnaire: Questionnaire): Promise<Questionnaire> {
  const work: Assembling = { desk, notes, partsLeft: MOST_PARTS };
  const item = await assembled(work, itemsOf(questionnaire, 'Questionnaire'), [nameOf(questionnaire)]);
  return item.length > 0 ? { ...questionnaire, item } : questionnaire;
}

interface Assembling {
  readonly desk: Desk;
  readonly notes: Notes;
  partsLeft: number;
}

async function assembled(
  work: Assembling,
  items: readonly PlacedItem[],
  above: readonly string[],
): Promise<QuestionnaireItem[]> {
  const done: QuestionnaireItem[] = [];
  for (const { item, place } of items) {
    const part = extensionValue<string>(item, EXTENSIONS.subQuestionnaire);
    if (part !== undefined) done.push(...(await partOf(work, part, place, above)));
    else if (item.item) done.push({ ...item, item: await assembled(work, itemsOf(item, place), above) });
    else done.push(item);
  }
  return done;
}

async function partOf(
  work: Assembling,
  canonical: string,
  place: string,
  above: readonly string[],
): Promise<QuestionnaireItem[]> {
  work.partsLeft -= 1;
  const found =
    work.partsLeft < 0 ? undefined : await findDefinition<Questionnaire>(work.desk, 'Questionnaire', canonical);
  if (!found) {
    const why = work.partsLeft < 0 ? `there are more than ${MOST_PARTS} parts` : 'it is not here';
    note(work.notes, `The questionnaire this item stands for was left out: ${why}.`, place, { code: 'not-found' });
    return [];
  }
  const name = nameOf(found);
  if (above.includes(name)) throw circle(place);
  return assembled(work, itemsOf(found, place), [...above, name]);
}

function nameOf({ url, id }: Questionnaire): string {
  return url ?? `#${id ?? ''}`;
}

function circle(place: string): AppError {
  const text = 'The questionnaire this item stands for has this questionnaire within it. Take one of the two out.';
  return new AppError('unprocessable', 'questionnaire.circle', text, { issues: [{ text, expression: place }] });
}
