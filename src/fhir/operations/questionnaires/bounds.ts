import type { Questionnaire, QuestionnaireItem } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';

const MOST_ITEMS = 2_000;
const DEEPEST = 20;

/** How many items a response is filled with at most, those of repeated groups counted each time. */
export const MOST_FILLED = 5_000;

/** An item of a questionnaire, and where it stands. */
export interface PlacedItem {
  readonly item: QuestionnaireItem;
  /** A FHIRPath, e.g. `Questionnaire.item[0].item[2]`. */
  readonly place: string;
}

/** The items below an element, with their places. */
export function itemsOf(parent: { readonly item?: QuestionnaireItem[] }, place: string): PlacedItem[] {
  return (parent.item ?? []).map((item, at) => ({ item, place: `${place}.item[${at}]` }));
}

/**
 * @throws AppError (422) when a questionnaire is larger or deeper than is worked through here, or names an item twice
 */
export function checkQuestionnaire(questionnaire: Questionnaire): void {
  const linkIds = new Set<string>();
  const waiting = itemsOf(questionnaire, 'Questionnaire').map((each) => ({ ...each, depth: 1 }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { item, place, depth } = next;
    if (linkIds.has(item.linkId))
      throw refused('This item has a linkId that another item has, too.', `${place}.linkId`);
    linkIds.add(item.linkId);
    if (linkIds.size > MOST_ITEMS)
      throw refused(`A questionnaire has at most ${MOST_ITEMS} items here.`, 'Questionnaire.item');
    if (depth > DEEPEST) throw refused(`Items are nested at most ${DEEPEST} deep here.`, place);
    waiting.push(...itemsOf(item, place).map((each) => ({ ...each, depth: depth + 1 })));
  }
}

function refused(text: string, expression: string): AppError {
  return new AppError('unprocessable', 'questionnaire.not-usable', text, { issues: [{ text, expression }] });
}
