import type { Questionnaire, QuestionnaireResponseItem, QuestionnaireResponseItemAnswer } from '@medplum/fhirtypes';
import { note } from '../../notes.ts';
import { answerOf } from '../answers.ts';
import type { PlacedItem } from '../bounds.ts';
import type { Scope } from '../scope.ts';
import type { PlacedExpression } from '../sdc.ts';
import type { Work } from '../work.ts';

/** A response while it is filled. */
export interface Filling extends Work {
  readonly questionnaire: Questionnaire;
  /** The items whose answers are calculated from others, to be done when all are there. */
  readonly calculated: Calculated[];
  filled: number;
}

export interface Calculated {
  readonly formula: PlacedExpression;
  readonly placed: PlacedItem;
  readonly scope: Scope;
  readonly target: QuestionnaireResponseItem;
}

/** The answers of an item that values are; says which do not fit. */
export async function answersOf(
  filling: Filling,
  placed: PlacedItem,
  values: readonly unknown[],
): Promise<QuestionnaireResponseItemAnswer[]> {
  const { item, place } = placed;
  const used = item.repeats ? values : values.slice(0, 1);
  if (used.length < values.length) {
    note(filling.notes, 'Several values were found for an item that takes one answer: the first was taken.', place);
  }
  const answers: QuestionnaireResponseItemAnswer[] = [];
  for (const value of used) {
    const answer = await answerOf(filling, placed, value);
    if (answer) answers.push(answer);
    else
      note(
        filling.notes,
        `A value was found that is no answer to an item of the type ${item.type}. It was left out.`,
        place,
      );
  }
  return answers;
}
