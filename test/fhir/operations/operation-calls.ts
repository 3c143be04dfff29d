import type {
  Bundle,
  OperationOutcome,
  Parameters,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  Resource,
} from '@medplum/fhirtypes';
import { type Answer, call } from '../../support/api.ts';

export type Inputs = Readonly<Record<string, string | Resource | object>>;

/** Input parameters in short: a text is a valueString, a resource a resource, anything else a value[x] of its own. */
export function parameters(inputs: Inputs): Parameters {
  const parameter = Object.entries(inputs).map(([name, value]) => {
    if (typeof value === 'string') return { name, valueString: value };
    return 'resourceType' in value ? { name, resource: value as Resource } : { name, ...value };
  });
  return { resourceType: 'Parameters', parameter };
}

/** A resource an operation answered under a name. */
export function output<T extends Resource>(answer: { readonly body: unknown }, name: string): T {
  const found = (answer.body as Parameters).parameter?.find((each) => each.name === name)?.resource;
  if (!found) throw new Error(`no "${name}" in ${JSON.stringify(answer.body).slice(0, 2_000)}`);
  return found as T;
}

/** What an operation said beside its result: place, and text. */
export function said(answer: { readonly body: unknown }): string[] {
  const parameter = (answer.body as Parameters).parameter?.find(({ name }) => name === 'issues');
  const outcome = parameter?.resource as OperationOutcome | undefined;
  return (outcome?.issue ?? []).map(({ expression, details }) => `${expression?.[0]}: ${details?.text}`);
}

/** How a call was refused: status, text, place. */
export function refusal({ status, body }: Answer): unknown[] {
  const [issue] = (body as OperationOutcome).issue ?? [];
  return [status, issue?.details?.text, issue?.expression?.[0]];
}

const OWN = 'https://careloop.example/Questionnaire/own';

export function questionnaire(item: QuestionnaireItem[], fields: Partial<Questionnaire> = {}): Questionnaire {
  return { resourceType: 'Questionnaire', status: 'active', url: OWN, ...fields, item };
}

/** A finished response of a subject to the questionnaire above; without items, it has no such list, as FHIR asks. */
export function response(
  subject: string,
  item: QuestionnaireResponseItem[],
  fields: Partial<QuestionnaireResponse> = {},
): QuestionnaireResponse {
  return {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    questionnaire: OWN,
    subject: { reference: subject },
    author: { reference: subject },
    authored: '2026-02-28T09:00:00Z',
    ...fields,
    ...(item.length > 0 ? { item } : {}),
  };
}

export function populate(fhir: string, subject: string, inputs: Inputs): Promise<Answer> {
  const body = parameters({ subject: { valueReference: { reference: subject } }, ...inputs });
  return call('POST', `${fhir}/Questionnaire/$populate`, { body });
}

/** The items a questionnaire of some items is filled in with, and what is said beside them. */
export async function filled(
  fhir: string,
  subject: string,
  item: QuestionnaireItem[],
  fields: Partial<Questionnaire> = {},
  inputs: Inputs = {},
): Promise<{ items: QuestionnaireResponseItem[]; said: string[] }> {
  const answer = await populate(fhir, subject, { questionnaire: questionnaire(item, fields), ...inputs });
  return { items: output<QuestionnaireResponse>(answer, 'response').item ?? [], said: said(answer) };
}

export function extract(fhir: string, from: QuestionnaireResponse, by?: Questionnaire): Promise<Answer> {
  const body = parameters({ 'questionnaire-response': from, ...(by ? { questionnaire: by } : {}) });
  return call('POST', `${fhir}/QuestionnaireResponse/$extract`, { body });
}

/** What an extraction would write. */
export function entries(answer: Answer): NonNullable<Bundle['entry']> {
  return output<Bundle>(answer, 'return').entry ?? [];
}
