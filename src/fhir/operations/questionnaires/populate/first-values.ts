import type {
  QuestionnaireItem,
  QuestionnaireItemAnswerOption,
  QuestionnaireResponseItemAnswer,
} from '@medplum/fhirtypes';
import { copied } from '../../../rest/patch/copied.ts';
import { orNoteLater } from '../../notes.ts';
import type { PlacedItem } from '../bounds.ts';
import { evaluateLater, type Scope } from '../scope.ts';
import { EXTENSIONS, expressionsOf } from '../sdc.ts';
import { answersOf, type Filling } from './filling.ts';
import { observedValue } from './observed.ts';

/**
 * What an item is answered with at first: what its expression finds, else what was observed, else what the
 * questionnaire itself says (`initial`, or the options selected from the start).
 */
export async function firstValues(
  filling: Filling,
  placed: PlacedItem,
  scope: Scope,
): Promise<QuestionnaireResponseItemAnswer[]> {
  const { item, place } = placed;
  const [formula] = expressionsOf(item, EXTENSIONS.initialExpression, place);
  const said = formula && (await orNoteLater(filling.notes, () => evaluateLater(filling, scope, formula)));
  const fromExpression = await answersOf(filling, placed, said ?? []);
  if (fromExpression.length > 0) return fromExpression;
  const observed = await orNoteLater(filling.notes, () => observedValue(filling, item, place));
  const fromObservation = observed === undefined ? [] : await answersOf(filling, placed, [observed]);
  return fromObservation.length > 0 ? fromObservation : ownValues(item);
}

function ownValues({ initial = [], answerOption = [] }: QuestionnaireItem): QuestionnaireResponseItemAnswer[] {
  if (initial.length > 0) return copied(initial);
  return answerOption.filter(({ initialSelected }) => initialSelected).map(asAnswer);
}

function asAnswer({
  initialSelected: _,
  extension: __,
  id: ___,
  ...value
}: QuestionnaireItemAnswerOption): QuestionnaireResponseItemAnswer {
  return copied(value);
}
