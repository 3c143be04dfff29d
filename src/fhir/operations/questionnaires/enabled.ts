import type { QuestionnaireItem, QuestionnaireItemEnableWhen } from '@medplum/fhirtypes';
import { tryDateRange } from '../../search/date-range.ts';
import { choiceValue } from '../inputs.ts';
import { note, orNoteLater } from '../notes.ts';
import type { AnsweredItem } from './match-items.ts';
import { evaluateIn, type Scope, withValue, withVariables } from './scope.ts';
import { EXTENSIONS, expressionsOf, extensionsOf } from './sdc.ts';
import type { Work } from './work.ts';

/**
 * The items of a response that its other answers enable; what is said where nothing was asked is left out, and said.
 * @param levels the items around these, outer ones first
 * @see https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen
 */
export async function enabledItems(
  work: Work,
  items: readonly AnsweredItem[],
  outer: Scope,
  levels: readonly (readonly AnsweredItem[])[] = [],
): Promise<AnsweredItem[]> {
  const around = [...levels, items];
  const enabled: AnsweredItem[] = [];
  for (const each of items) {
    const scope = hasExpression(each.item)
      ? await withVariables(work, withValue(outer, 'qitem', each.item), each.item, each.place)
      : outer;
    if (await isEnabled(work, each, scope, around)) {
      enabled.push({ ...each, inside: await enabledItems(work, each.inside, scope, around) });
    } else {
      const text = 'This item is not enabled by the other answers: what it says was left out.';
      note(work.notes, text, each.answeredAt);
    }
  }
  return enabled;
}

/** Whether it takes expressions to know what of an item is enabled: only then variables are worked out for it. */
function hasExpression(item: QuestionnaireItem): boolean {
  return extensionsOf(item, EXTENSIONS.enableWhenExpression).length > 0 || (item.item ?? []).some(hasExpression);
}

async function isEnabled(
  work: Work,
  { item, place }: AnsweredItem,
  scope: Scope,
  around: readonly (readonly AnsweredItem[])[],
): Promise<boolean> {
  const [formula] = expressionsOf(item, EXTENSIONS.enableWhenExpression, place);
  if (formula) {
    const values = await orNoteLater(work.notes, () => evaluateIn(work, scope, formula));
    // What cannot be evaluated disables nothing: it was said.
    return values === undefined || (values.length === 1 && values[0] === true);
  }
  const { enableWhen = [], enableBehavior } = item;
  if (enableWhen.length === 0) return true;
  const meets = (each: QuestionnaireItemEnableWhen): boolean => isMet(each, answersOf(each.question, around));
  return enableBehavior === 'any' ? enableWhen.some(meets) : enableWhen.every(meets);
}

/** The answers to a question, of those that stand nearest: in the same group first, then in those around it. */
function answersOf(linkId: string, around: readonly (readonly AnsweredItem[])[]): unknown[] {
  for (const level of around.toReversed()) {
    const found = itemsNamed(linkId, level);
    if (found.length > 0) return found.flatMap(({ answered }) => (answered.answer ?? []).map(choiceValue));
  }
  return [];
}

function itemsNamed(linkId: string, items: readonly AnsweredItem[]): AnsweredItem[] {
  return items.flatMap((each) => [
    ...(each.answered.linkId === linkId ? [each] : []),
    ...itemsNamed(linkId, each.inside),
  ]);
}

/** Whether a condition is met by the answers to its question. Pure. @see https://hl7.org/fhir/R4/valueset-questionnaire-enable-operator.html */
export function isMet(condition: QuestionnaireItemEnableWhen, answers: readonly unknown[]): boolean {
  const wanted = Object.entries(condition).find(([name]) => /^answer[A-Z]/.test(name))?.[1] as unknown;
  const given = answers.filter((answer) => answer !== undefined);
  const some = (test: (order: number) => boolean): boolean =>
    given.some((answer) => {
      const order = compare(answer, wanted);
      return order !== undefined && test(order);
    });
  switch (condition.operator) {
    case 'exists':
      return given.length > 0 === wanted;
    case '=':
      return given.some((answer) => isEqual(answer, wanted));
    case '!=':
      return !given.some((answer) => isEqual(answer, wanted));
    case '>':
      return some((order) => order > 0);
    case '<':
      return some((order) => order < 0);
    case '>=':
      return some((order) => order >= 0);
    default:
      return some((order) => order <= 0);
  }
}

interface Fields {
  readonly system?: unknown;
  readonly code?: unknown;
  readonly reference?: unknown;
  readonly value?: unknown;
  readonly unit?: unknown;
}

function isEqual(answer: unknown, wanted: unknown): boolean {
  if (!isFields(answer) || !isFields(wanted)) return answer === wanted;
  if (wanted.reference !== undefined) return answer.reference === wanted.reference;
  if (wanted.value !== undefined) return compare(answer, wanted) === 0;
  return answer.code === wanted.code && (answer.system ?? '') === (wanted.system ?? '');
}

/** How two values are ordered; undefined when they are of kinds, or units, that have no order between them. */
function compare(a: unknown, b: unknown): number | undefined {
  if (isFields(a) && isFields(b)) {
    const isSameUnit = (a.code ?? a.unit) === (b.code ?? b.unit) && a.system === b.system;
    return isSameUnit ? compare(a.value, b.value) : undefined;
  }
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== 'string' || typeof b !== 'string') return undefined;
  const [first, second] = [tryDateRange(a), tryDateRange(b)];
  if (first && second) return first.startsAt.getTime() - second.startsAt.getTime();
  return a < b ? -1 : Number(a > b);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
