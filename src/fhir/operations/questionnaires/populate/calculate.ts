import { note, orNoteLater } from '../../notes.ts';
import { evaluateIn } from '../scope.ts';
import { answersOf, type Calculated, type Filling } from './filling.ts';

/** How often all is calculated again, because what was calculated is used by another. */
const MOST_ROUNDS = 10;

/**
 * Calculates what depends on other answers, until nothing changes any more: scores, and sums of scores.
 * @see http://hl7.org/fhir/uv/sdc/StructureDefinition-sdc-questionnaire-calculatedExpression.html
 */
export async function calculate(filling: Filling): Promise<void> {
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    let changed: Calculated | undefined;
    for (const each of filling.calculated) if (await calculateOne(filling, each)) changed = each;
    if (!changed) return;
    if (round < MOST_ROUNDS) continue;
    const text =
      'The calculated answers never settle: they depend on one another in a circle. They stand as last calculated.';
    note(filling.notes, text, changed.formula.place);
  }
}

/** @returns whether the answers are others than before */
async function calculateOne(filling: Filling, { formula, placed, scope, target }: Calculated): Promise<boolean> {
  const at = { focus: target, base: 'QuestionnaireResponse.item' };
  const values = await orNoteLater(filling.notes, () => evaluateIn(filling, scope, formula, at));
  if (values === undefined) return false;
  const answers = await answersOf(filling, placed, values);
  const inside = target.answer?.[0]?.item;
  const [first] = answers;
  if (first && inside) first.item = inside;
  if (JSON.stringify(answers) === JSON.stringify(target.answer ?? [])) return false;
  if (answers.length > 0) target.answer = answers;
  else delete target.answer;
  return true;
}
