import type { QuestionnaireItem, QuestionnaireResponseItem } from '@medplum/fhirtypes';
import { note, orNoteLater } from '../../notes.ts';
import { itemsOf, MOST_FILLED, type PlacedItem } from '../bounds.ts';
import { evaluateLater, type Scope, withValue, withVariables } from '../scope.ts';
import { EXTENSIONS, expressionsOf } from '../sdc.ts';
import type { Filling } from './filling.ts';
import { firstValues } from './first-values.ts';

/**
 * The items of a response for those of a questionnaire, in their order, with what is known of their answers. Displays
 * have no answers and are left out.
 * @see http://hl7.org/fhir/uv/sdc/populate.html
 */
export async function fillItems(
  filling: Filling,
  items: readonly PlacedItem[],
  scope: Scope,
): Promise<QuestionnaireResponseItem[]> {
  const filled: QuestionnaireResponseItem[] = [];
  for (const placed of items) {
    if (placed.item.type === 'display') continue;
    const inner = await withVariables(filling, withValue(scope, 'qitem', placed.item), placed.item, placed.place);
    if (placed.item.type === 'group') filled.push(...(await fillGroup(filling, placed, inner)));
    else filled.push(await fillQuestion(filling, placed, inner));
  }
  return filled;
}

/** A group, once for each thing its context finds where it repeats. */
async function fillGroup(filling: Filling, placed: PlacedItem, scope: Scope): Promise<QuestionnaireResponseItem[]> {
  const [context] = expressionsOf(placed.item, EXTENSIONS.itemPopulationContext, placed.place);
  if (!context) return [await fillOnce(filling, placed, scope)];
  const name = context.name ?? 'itemContext';
  const found = (await orNoteLater(filling.notes, () => evaluateLater(filling, scope, context))) ?? [];
  const contexts = found.flatMap(inBundle);
  if (contexts.length > 1 && !placed.item.repeats) {
    note(
      filling.notes,
      'Several things were found for a group that does not repeat: the first was taken.',
      context.place,
    );
  }
  const used = placed.item.repeats ? contexts : contexts.slice(0, 1);
  if (used.length === 0) return [await fillOnce(filling, placed, withValue(scope, name, []))];
  const groups: QuestionnaireResponseItem[] = [];
  for (const each of used) groups.push(await fillOnce(filling, placed, withValue(scope, name, [each])));
  return groups;
}

/** What a search found, each by itself. */
function inBundle(value: unknown): unknown[] {
  const bundle = value as { resourceType?: string; entry?: { resource?: unknown; search?: { mode?: string } }[] };
  if (bundle?.resourceType !== 'Bundle') return [value];
  return (bundle.entry ?? []).flatMap(({ resource, search }) =>
    resource && search?.mode !== 'outcome' ? [resource] : [],
  );
}

async function fillOnce(
  filling: Filling,
  { item, place }: PlacedItem,
  scope: Scope,
): Promise<QuestionnaireResponseItem> {
  const target = begin(filling, item);
  const inside = await fillItems(filling, isFull(filling, place) ? [] : itemsOf(item, place), scope);
  if (inside.length > 0) target.item = inside;
  return target;
}

async function fillQuestion(filling: Filling, placed: PlacedItem, scope: Scope): Promise<QuestionnaireResponseItem> {
  const { item, place } = placed;
  const target = begin(filling, item);
  const [formula] = expressionsOf(item, EXTENSIONS.calculatedExpression, place);
  if (formula) filling.calculated.push({ formula, placed, scope, target });
  const answers = await firstValues(filling, placed, scope);
  const inside = await fillItems(filling, isFull(filling, place) ? [] : itemsOf(item, place), scope);
  if (answers.length > 0) target.answer = answers;
  const [first] = answers;
  if (inside.length > 0 && first) first.item = inside;
  else if (inside.some(hasAnswer)) target.answer = [{ item: inside }];
  return target;
}

function begin(filling: Filling, { linkId, text, definition }: QuestionnaireItem): QuestionnaireResponseItem {
  filling.filled += 1;
  return { linkId, ...(definition ? { definition } : {}), ...(text ? { text } : {}) };
}

function isFull({ filled, notes }: Filling, place: string): boolean {
  if (filled < MOST_FILLED) return false;
  note(notes, `A response is filled with at most ${MOST_FILLED} items: what stands here was left out.`, place);
  return true;
}

function hasAnswer({ answer = [], item = [] }: QuestionnaireResponseItem): boolean {
  return answer.length > 0 || item.some(hasAnswer);
}
