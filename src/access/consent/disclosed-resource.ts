import type { CodeableConcept, Resource } from '@medplum/fhirtypes';
import { labelsIn } from '../labels/label.ts';
import type { DisclosedResource } from './disclosure.ts';

/** What of a resource a Consent can speak of. Pure. @param author the id of the Organization that wrote it first */
export function disclosedResource(
  type: string,
  id: string,
  content: Resource | undefined,
  author: string | undefined,
): DisclosedResource {
  const said = (content ?? {}) as Readonly<Record<string, unknown>>;
  return { type, id, labels: labelsIn(content), codes: codesOf(said), author, at: timeOf(said) };
}

/** Where resources say what they are about. */
const SUBJECTS = ['code', 'category', 'type', 'class', 'serviceType', 'reasonCode'] as const;

function codesOf(said: Readonly<Record<string, unknown>>): string[] {
  const concepts = SUBJECTS.flatMap((name) => (said[name] ?? []) as CodeableConcept | CodeableConcept[]);
  const codings = concepts.flatMap(({ coding }) => coding ?? []);
  return codings.flatMap(({ system, code }) => (code === undefined ? [] : [`${system ?? ''}|${code}`]));
}

/** Where they say when it was; the first counts. */
const TIMES = [
  'effectiveDateTime',
  'performedDateTime',
  'onsetDateTime',
  'recordedDate',
  'authored',
  'authoredOn',
  'issued',
  'date',
  'sent',
] as const;

function timeOf(said: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of TIMES) if (typeof said[name] === 'string') return said[name];
  return undefined;
}
