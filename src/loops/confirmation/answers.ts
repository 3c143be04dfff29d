import type { Questionnaire, QuestionnaireResponse, QuestionnaireResponseItem } from '@medplum/fhirtypes';
import { NEED_REMAINS, RECEIVED, RECEIVED_CODES, type ReceivedCode } from './questionnaire.ts';

/** What a client says of what is reported. */
export interface ClientSays {
  readonly received: ReceivedCode;
  readonly needRemains: boolean;
}

/** What a client says, from the response; undefined: it does not say it. Pure. */
export function clientSays({ item }: Pick<QuestionnaireResponse, 'item'>): ClientSays | undefined {
  const code = answerTo(item, RECEIVED)?.valueCoding?.code;
  const received = RECEIVED_CODES.find((each) => each === code);
  const needRemains = answerTo(item, NEED_REMAINS)?.valueBoolean;
  return received === undefined || needRemains === undefined ? undefined : { received, needRemains };
}

/** Whether somebody must look at what a client says: it did not get what is reported, or something remains. Pure. */
export function mustBeLookedAt({ received, needRemains }: ClientSays): boolean {
  return received === 'no' || needRemains;
}

function answerTo(
  items: QuestionnaireResponse['item'],
  linkId: string,
): NonNullable<QuestionnaireResponseItem['answer']>[number] | undefined {
  return items?.find((each) => each.linkId === linkId)?.answer?.[0];
}

/** An answer as a page sends it: the code of an option, yes or no, or words. */
export type Answer = string | boolean;

/** Something in answers that will not do, and where. */
export interface WrongAnswer {
  readonly linkId: string;
  readonly text: string;
}

/** Answers by the linkIds of their questions, as items of a QuestionnaireResponse. Pure. @returns what is wrong, where something is */
export function itemsOf(
  { item = [] }: Questionnaire,
  answers: Readonly<Record<string, Answer>>,
): QuestionnaireResponseItem[] | { readonly wrong: WrongAnswer } {
  const unknown = Object.keys(answers).find((linkId) => !item.some((each) => each.linkId === linkId));
  if (unknown !== undefined) return { wrong: { linkId: unknown, text: `There is no question ${unknown}.` } };
  const items: QuestionnaireResponseItem[] = [];
  for (const question of item) {
    const given = answers[question.linkId];
    if (given === undefined || given === '') {
      if (question.required) return { wrong: { linkId: question.linkId, text: 'This question needs an answer.' } };
      continue;
    }
    const answer = answerOf(question, given);
    if (!answer)
      return { wrong: { linkId: question.linkId, text: `This is no answer to a question of type ${question.type}.` } };
    const { linkId, text } = question;
    items.push({ linkId, ...(text ? { text } : {}), answer: [answer] });
  }
  return items;
}

function answerOf(
  { type, answerOption, maxLength }: NonNullable<Questionnaire['item']>[number],
  given: Answer,
): NonNullable<QuestionnaireResponseItem['answer']>[number] | undefined {
  if (type === 'boolean') return typeof given === 'boolean' ? { valueBoolean: given } : undefined;
  if (typeof given !== 'string') return undefined;
  if (type !== 'choice') return given.length <= (maxLength ?? 2_000) ? { valueString: given } : undefined;
  const option = answerOption?.find(({ valueCoding }) => valueCoding?.code === given)?.valueCoding;
  if (!option) return undefined;
  const { system, code, display } = option;
  return { valueCoding: { ...(system ? { system } : {}), ...(code ? { code } : {}), ...(display ? { display } : {}) } };
}
