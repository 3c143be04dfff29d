import type {
  Coding,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponseItemAnswer,
  ValueSet,
} from '@medplum/fhirtypes';
import { withNumbersOf } from '../../../db/written-numbers.ts';
import { copied } from '../../rest/patch/copied.ts';
import { convertTo } from '../elements/convert.ts';
import { type Desk, findDefinition } from '../find-definition.ts';
import { choiceValue } from '../inputs.ts';
import { type Notes, note } from '../notes.ts';
import type { PlacedItem } from './bounds.ts';
import { EXTENSIONS, extensionValue } from './sdc.ts';

export type ItemType = QuestionnaireItem['type'];

/** The types of values an item's answers have. @see https://hl7.org/fhir/R4/valueset-item-type.html */
export const ANSWER_TYPES: ReadonlyMap<ItemType, readonly string[]> = new Map<ItemType, readonly string[]>([
  ['boolean', ['boolean']],
  ['decimal', ['decimal']],
  ['integer', ['integer']],
  ['date', ['date']],
  ['dateTime', ['dateTime']],
  ['time', ['time']],
  ['string', ['string']],
  ['text', ['string']],
  ['url', ['uri']],
  ['choice', ['Coding', 'string', 'integer', 'date', 'time', 'Reference']],
  ['open-choice', ['Coding', 'string', 'integer', 'date', 'time', 'Reference']],
  ['attachment', ['Attachment']],
  ['reference', ['Reference']],
  ['quantity', ['Quantity']],
]);

/** In what answers are found. */
interface Asking {
  readonly desk: Desk;
  readonly notes: Notes;
  readonly questionnaire: Questionnaire;
}

/** The answer of an item that a value is; undefined when the value does not fit the item's type. */
export async function answerOf(
  asking: Asking,
  placed: PlacedItem,
  value: unknown,
): Promise<QuestionnaireResponseItemAnswer | undefined> {
  const { item } = placed;
  if (item.type === 'choice' || item.type === 'open-choice') return choiceOf(asking, placed, value);
  const [type] = ANSWER_TYPES.get(item.type) ?? [];
  const converted = type && convertTo(value, type);
  if (type === undefined || converted === undefined) return undefined;
  return type === 'Quantity' ? { valueQuantity: withUnit(item, converted) } : answer(type, converted);
}

function answer(type: string, value: unknown): QuestionnaireResponseItemAnswer {
  return { [`value${type.charAt(0).toUpperCase()}${type.slice(1)}`]: copied(value) };
}

/** A number becomes a quantity of the unit the item says. */
function withUnit(
  item: QuestionnaireItem,
  quantity: unknown,
): NonNullable<QuestionnaireResponseItemAnswer['valueQuantity']> {
  const unit = extensionValue<Coding>(item, EXTENSIONS.unit);
  const known = quantity as NonNullable<QuestionnaireResponseItemAnswer['valueQuantity']>;
  if (!unit || known.unit !== undefined || known.code !== undefined) return copied(known);
  const { system, code, display = code } = unit;
  const named = { ...(display ? { unit: display } : {}), ...(system ? { system } : {}), ...(code ? { code } : {}) };
  return withNumbersOf(known, { ...known, ...named });
}

/** One of the options; where there are none listed, any Coding, and in an open choice any text. */
async function choiceOf(
  asking: Asking,
  placed: PlacedItem,
  value: unknown,
): Promise<QuestionnaireResponseItemAnswer | undefined> {
  const { item } = placed;
  const options = (item.answerOption ?? []).flatMap((option) => {
    const { initialSelected: _, extension: __, id: ___, ...offered } = option;
    return offered as QuestionnaireResponseItemAnswer;
  });
  const option = options.find((offered) => isSame(choiceValue(offered), value));
  if (option) return option;
  const coding = (convertTo(value, 'Coding') ?? (await codingFor(asking, placed, value))) as Coding | undefined;
  if (coding && options.length === 0) return answer('Coding', coding);
  const text = item.type === 'open-choice' ? convertTo(value, 'string') : undefined;
  return text === undefined ? undefined : coding ? answer('Coding', coding) : answer('string', text);
}

/** Whether a value means what an option offers: its code (and system, where it says one), or the same text or number. */
function isSame(offered: unknown, value: unknown): boolean {
  if (typeof offered !== 'object' || offered === null) return offered === value;
  const coding = offered as Coding;
  if (typeof value === 'string') return coding.code === value;
  const codings = ((value as { coding?: Coding[] } | null)?.coding ?? [value]) as (Coding | null)[];
  return codings.some(
    (each) =>
      each?.code !== undefined &&
      each.code === coding.code &&
      (each.system === undefined || each.system === coding.system),
  );
}

/** A code as a Coding of the item's value set: stored here, contained in the questionnaire, or known to this server. */
async function codingFor(asking: Asking, { item, place }: PlacedItem, value: unknown): Promise<Coding | undefined> {
  if (typeof value !== 'string' || !/^\S+$/.test(value) || !item.answerValueSet) return undefined;
  const valueSet = await valueSetOf(asking.desk, asking.questionnaire, item.answerValueSet);
  if (valueSet) return codingIn(valueSet, value);
  const known = asking.desk.codesIn?.(item.answerValueSet);
  const systems = [...(known ?? [])].filter(([, codes]) => codes.has(value)).map(([system]) => system);
  if (systems.length === 1) return { code: value, ...pick(systems[0], undefined) };
  if (known || item.type !== 'choice') return undefined;
  const text = 'The value set of this item is not here: the code was taken as it is, without its system.';
  note(asking.notes, text, `${place}.answerValueSet`, { code: 'not-found' });
  return { code: value };
}

function codingIn({ expansion, compose }: ValueSet, code: string): Coding | undefined {
  const expanded = (expansion?.contains ?? []).find((each) => each.code === code);
  if (expanded) return { code, ...pick(expanded.system, expanded.display) };
  for (const { system, concept } of compose?.include ?? []) {
    const listed = concept?.find((each) => each.code === code);
    if (listed || (!concept && compose?.include.length === 1)) return { code, ...pick(system, listed?.display) };
  }
  return undefined;
}

function pick(system: string | undefined, display: string | undefined): Coding {
  return { ...(system ? { system } : {}), ...(display ? { display } : {}) };
}

function valueSetOf(desk: Desk, { contained }: Questionnaire, canonical: string): Promise<ValueSet | undefined> {
  if (!canonical.startsWith('#')) return findDefinition<ValueSet>(desk, 'ValueSet', canonical);
  const inside = (contained ?? []).find(
    ({ id, resourceType }) => resourceType === 'ValueSet' && `#${id}` === canonical,
  );
  return Promise.resolve(inside as ValueSet | undefined);
}
