import type {
  CodeableConcept,
  Observation,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItemAnswer,
} from '@medplum/fhirtypes';
import { keepText, textOf, withNumbersOf } from '../../../../db/written-numbers.ts';
import { copied } from '../../../rest/patch/copied.ts';
import { convertTo } from '../../elements/convert.ts';
import { choiceValue } from '../../inputs.ts';
import { note } from '../../notes.ts';
import type { AnsweredItem } from '../match-items.ts';
import { EXTENSIONS, extensionsOf, extensionValue } from '../sdc.ts';
import { addEntry, type Extraction } from './extraction.ts';

/** What items take from those they stand in. */
interface Inherited {
  readonly extracts: boolean;
  readonly categories: readonly CodeableConcept[];
}

/**
 * An Observation for each answer of the items that say so, and one with members for a group that does and has a code.
 * @see http://hl7.org/fhir/uv/sdc/extraction.html#observation-based-extraction
 */
export function extractObservations(extraction: Extraction, items: readonly AnsweredItem[]): void {
  extractLevel(extraction, items, inherit({ extracts: false, categories: [] }, extraction.questionnaire));
}

/** @returns the addresses of the Observations made */
function extractLevel(extraction: Extraction, items: readonly AnsweredItem[], above: Inherited): string[] {
  return items.flatMap((each) => {
    const here = inherit(above, each.item);
    if (each.item.type === 'group') return extractGroup(extraction, each, here);
    const own =
      here.extracts && each.item.code
        ? (each.answered.answer ?? []).flatMap((answer) => extractAnswer(extraction, each, answer, here))
        : [];
    return [...own, ...extractLevel(extraction, each.inside, here)];
  });
}

function inherit(above: Inherited, element: Pick<QuestionnaireItem, 'extension'>): Inherited {
  const categories = extensionsOf(element, EXTENSIONS.observationCategory).flatMap(
    ({ extension }) => extension.valueCodeableConcept ?? [],
  );
  const extracts = extensionValue<boolean | string>(element, EXTENSIONS.observationExtract);
  return {
    extracts: extracts === undefined ? above.extracts : extracts !== false,
    categories: categories.length > 0 ? categories : above.categories,
  };
}

/** A group becomes an Observation only where it says so itself: its members are the Observations of what is in it. */
function extractGroup(extraction: Extraction, each: AnsweredItem, here: Inherited): string[] {
  const members = extractLevel(extraction, each.inside, here);
  const saysSo = extensionValue<boolean>(each.item, EXTENSIONS.observationExtract) === true;
  if (!saysSo || !each.item.code || members.length === 0) return members;
  const hasMember = members.map((reference) => ({ reference }));
  return [addEntry(extraction, { ...beginObservation(extraction, each.item, here), hasMember })];
}

function extractAnswer(
  extraction: Extraction,
  { item, answeredAt }: AnsweredItem,
  answer: QuestionnaireResponseItemAnswer,
  here: Inherited,
): string[] {
  const said = choiceValue(answer);
  if (said === undefined) return [];
  const value = valueFor(item, answer, said);
  if (value) return [addEntry(extraction, { ...beginObservation(extraction, item, here), ...value })];
  note(extraction.notes, 'An answer of this type cannot be the value of an Observation. It was left out.', answeredAt);
  return [];
}

/** The types an Observation's value may have, for those an answer has. @see https://hl7.org/fhir/R4/observation.html */
const VALUE_TYPES: ReadonlyMap<string, string> = new Map([
  ['valueBoolean', 'Boolean boolean'],
  ['valueInteger', 'Integer integer'],
  ['valueDecimal', 'Quantity Quantity'],
  ['valueQuantity', 'Quantity Quantity'],
  ['valueDate', 'DateTime dateTime'],
  ['valueDateTime', 'DateTime dateTime'],
  ['valueTime', 'Time time'],
  ['valueString', 'String string'],
  ['valueUri', 'String string'],
  ['valueCoding', 'CodeableConcept CodeableConcept'],
]);

function valueFor(
  item: QuestionnaireItem,
  answer: QuestionnaireResponseItemAnswer,
  said: unknown,
): Partial<Observation> | undefined {
  const key = Object.keys(answer).find((name) => /^value[A-Z]/.test(name)) ?? '';
  const [name, type] = (VALUE_TYPES.get(key) ?? '').split(' ');
  const converted = type && convertTo(said, type);
  if (converted === undefined || converted === '') return undefined;
  const value = asWritten(copied(converted) as object, answer, said);
  const unit =
    name === 'Quantity'
      ? extensionValue<{ code?: string; system?: string; display?: string }>(item, EXTENSIONS.unit)
      : undefined;
  if (!unit || 'unit' in value || 'code' in value) return { [`value${name}`]: value };
  const { code, system, display = code } = unit;
  const named = { ...(display ? { unit: display } : {}), ...(system ? { system } : {}), ...(code ? { code } : {}) };
  return { [`value${name}`]: withNumbersOf(value, { ...value, ...named }) };
}

/** The value of a decimal, written as its answer is: 70.0 is not 70. */
function asWritten(value: object, answer: QuestionnaireResponseItemAnswer, said: unknown): object {
  const text = answer.valueDecimal === said ? textOf(answer, 'valueDecimal') : undefined;
  if (text !== undefined) keepText(value, 'value', text);
  return value;
}

const SURVEY: CodeableConcept = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey', display: 'Survey' }],
};

function beginObservation(
  { response, source, budget }: Extraction,
  item: QuestionnaireItem,
  { categories }: Inherited,
): Observation {
  const { subject, encounter, authored = budget.now.toISOString() } = response;
  const performer = performerOf(response);
  const others = categories.filter(({ coding = [] }) => !coding.some(({ code }) => code === 'survey'));
  return {
    resourceType: 'Observation',
    status: response.status === 'amended' ? 'amended' : 'final',
    category: [SURVEY, ...others],
    code: { coding: item.code ?? [], ...(item.text ? { text: item.text } : {}) },
    ...(subject ? { subject: subject as NonNullable<Observation['subject']> } : {}),
    ...(encounter ? { encounter } : {}),
    effectiveDateTime: authored,
    ...(authored.includes('T') ? { issued: authored } : {}),
    ...(performer ? { performer: [performer] } : {}),
    ...(source ? { derivedFrom: [{ reference: source }] } : {}),
  };
}

const PERFORMERS = /(^|\/)(Practitioner|PractitionerRole|Organization|CareTeam|Patient|RelatedPerson)\//;

/** Who answered: the author, unless that is a device. */
function performerOf({ author }: QuestionnaireResponse): NonNullable<Observation['performer']>[number] | undefined {
  if (!author || (author.reference && !PERFORMERS.test(author.reference))) return undefined;
  return author as NonNullable<Observation['performer']>[number];
}
