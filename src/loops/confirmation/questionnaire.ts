import type { Element, Questionnaire, QuestionnaireItem } from '@medplum/fhirtypes';
import { SYSTEMS } from '../words.ts';

/** The questions by which the hub goes, by their linkIds: every Questionnaire for clients asks them. */
export const RECEIVED = 'service-received';
export const NEED_REMAINS = 'need-remains';

/** What a client may say of having received something. */
export const RECEIVED_CODES = ['yes', 'partly', 'no'] as const;
export type ReceivedCode = (typeof RECEIVED_CODES)[number];

/** The types of questions that a page and a person on the telephone can put. */
const TYPES: ReadonlySet<string> = new Set(['choice', 'boolean', 'string', 'text']);

/** What keeps a Questionnaire from being put to clients, in sentences; none where it is good. Pure. */
export function questionnaireMistakes({ url, status, item = [] }: Questionnaire): string[] {
  const received = item.find(({ linkId }) => linkId === RECEIVED);
  const codes = optionsOf(received).map(({ code }) => code);
  return [
    ...(url ? [] : ['It has no url, by which policies name it.']),
    ...(status === 'active' ? [] : ['Its status must be active.']),
    ...(received?.type === 'choice' && RECEIVED_CODES.every((code) => codes.includes(code))
      ? []
      : [`It must ask ${RECEIVED} (choice) with the options ${RECEIVED_CODES.join(', ')} of ${SYSTEMS.confirmation}.`]),
    ...(item.some(({ linkId, type }) => linkId === NEED_REMAINS && type === 'boolean')
      ? []
      : [`It must ask ${NEED_REMAINS} (boolean).`]),
    ...item
      .filter(({ type, item: inner }) => !TYPES.has(type) || inner !== undefined)
      .map(({ linkId }) => `${linkId} must be a question by itself, of type ${[...TYPES].join(', ')}.`),
  ];
}

/** A question as it is put to somebody, in one language. */
export interface Question {
  readonly linkId: string;
  readonly text: string;
  readonly type: 'choice' | 'boolean' | 'text';
  readonly required: boolean;
  readonly options: readonly { readonly code: string; readonly display: string }[];
}

export interface Form {
  readonly title: string;
  readonly questions: readonly Question[];
}

/**
 * A Questionnaire in a language, as far as it has been translated. Pure.
 * @see https://hl7.org/fhir/R4/extension-translation.html
 */
export function formIn({ title = '', item = [], ...others }: Questionnaire, language: string): Form {
  const ofTitle = (others as { _title?: Element })._title;
  return {
    title: said(title, ofTitle, language),
    questions: item.map((each) => ({
      linkId: each.linkId,
      text: said(each.text ?? '', (each as { _text?: Element })._text, language),
      type: each.type === 'choice' || each.type === 'boolean' ? each.type : 'text',
      required: each.required ?? false,
      options: optionsOf(each).map(({ code, display, element }) => ({
        code,
        display: said(display, element, language),
      })),
    })),
  };
}

interface Option {
  readonly code: string;
  readonly display: string;
  readonly element: Element | undefined;
}

function optionsOf(item: QuestionnaireItem | undefined): Option[] {
  return (item?.answerOption ?? []).flatMap(({ valueCoding }) => {
    if (!valueCoding?.code) return [];
    const element = (valueCoding as { _display?: Element })._display;
    return [{ code: valueCoding.code, display: valueCoding.display ?? valueCoding.code, element }];
  });
}

const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation';

function said(text: string, element: Element | undefined, language: string): string {
  const translated = element?.extension?.find(
    ({ url, extension }) =>
      url === TRANSLATION && extension?.some((each) => each.url === 'lang' && each.valueCode === language),
  );
  return translated?.extension?.find(({ url }) => url === 'content')?.valueString ?? text;
}
