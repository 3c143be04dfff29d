import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from '@medplum/fhirtypes';
import type { Issue } from '../../../errors.ts';
import { ANSWER_TYPES } from './answers.ts';
import { itemsOf, type PlacedItem } from './bounds.ts';

/** An item of a response, and the item of the questionnaire it answers. */
export interface AnsweredItem extends PlacedItem {
  readonly answered: QuestionnaireResponseItem;
  /** Where it stands in the response, e.g. `QuestionnaireResponse.item[0].answer[0].item[1]`. */
  readonly answeredAt: string;
  /** The items within it, also those below its answers. */
  readonly inside: readonly AnsweredItem[];
}

/** A response side by side with its questionnaire, and what of it does not fit. */
export interface Matched {
  readonly items: readonly AnsweredItem[];
  readonly issues: readonly Issue[];
}

/**
 * Finds for each item of a response what it answers: unknown items, answers of a wrong type, and more answers than may
 * be are issues. Pure.
 * @see https://hl7.org/fhir/R4/questionnaireresponse.html
 */
export function matchItems(questionnaire: Questionnaire, response: QuestionnaireResponse): Matched {
  const issues: Issue[] = [];
  const items = matchLevel(
    response.item ?? [],
    'QuestionnaireResponse',
    itemsOf(questionnaire, 'Questionnaire'),
    issues,
  );
  return { items, issues };
}

function matchLevel(
  answered: readonly QuestionnaireResponseItem[],
  at: string,
  known: readonly PlacedItem[],
  issues: Issue[],
): AnsweredItem[] {
  const seen = new Set<string>();
  return answered.flatMap((each, number): AnsweredItem[] => {
    const answeredAt = `${at}.item[${number}]`;
    const placed = known.find(({ item }) => item.linkId === each.linkId);
    if (!placed) {
      const text = 'The questionnaire has no item of this linkId here.';
      issues.push({ text, expression: `${answeredAt}.linkId`, code: 'not-found' });
      return [];
    }
    if (seen.has(each.linkId) && !(placed.item.repeats && placed.item.type === 'group')) {
      issues.push({ text: 'This item stands here twice, and does not repeat.', expression: answeredAt });
    }
    seen.add(each.linkId);
    checkAnswers(placed.item, each, answeredAt, issues);
    return [{ ...placed, answered: each, answeredAt, inside: matchInside(placed, each, answeredAt, issues) }];
  });
}

function matchInside(
  { item, place }: PlacedItem,
  answered: QuestionnaireResponseItem,
  at: string,
  issues: Issue[],
): AnsweredItem[] {
  const known = itemsOf(item, place);
  const below = (answered.answer ?? []).flatMap((answer, number) =>
    matchLevel(answer.item ?? [], `${at}.answer[${number}]`, known, issues),
  );
  return [...matchLevel(answered.item ?? [], at, known, issues), ...below];
}

function checkAnswers(
  item: QuestionnaireItem,
  { answer = [] }: QuestionnaireResponseItem,
  at: string,
  issues: Issue[],
): void {
  if (answer.length > 1 && !item.repeats) {
    issues.push({ text: 'This item takes one answer, and has several.', expression: `${at}.answer[1]` });
  }
  const types = ANSWER_TYPES.get(item.type) ?? [];
  const keys = new Set([...types, ...(item.type === 'open-choice' ? ['string'] : [])].map(keyOf));
  for (const [number, each] of answer.entries()) {
    const key = Object.keys(each).find((name) => /^value[A-Z]/.test(name));
    if (key === undefined || keys.has(key)) continue;
    const wanted = types.length > 0 ? `takes ${[...keys].join(' or ')}` : 'takes no answer';
    issues.push({
      text: `An item of the type ${item.type} ${wanted}, not ${key}.`,
      expression: `${at}.answer[${number}]`,
    });
  }
}

function keyOf(type: string): string {
  return `value${type.charAt(0).toUpperCase()}${type.slice(1)}`;
}
