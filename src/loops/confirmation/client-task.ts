import type { CodeableConcept, Task } from '@medplum/fhirtypes';
import { SDOHCC_CODES } from '../words.ts';

const SDC = 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp';
const sdc = (code: string): CodeableConcept => ({ coding: [{ system: SDC, code }] });
const sdohcc = (code: string): CodeableConcept => ({ coding: [{ system: SDOHCC_CODES, code }] });

/** @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/StructureDefinition-SDOHCC-TaskForPatient.html */
export const COMPLETE_QUESTIONNAIRE = sdc('complete-questionnaire');
export const RESPONSE_OUTPUT = sdc('questionnaire-response');

/** What a Task asks its client to answer. */
export function questionnaireInputs(canonical: string): NonNullable<Task['input']> {
  return [
    { type: sdc('questionnaire'), valueCanonical: canonical },
    { type: sdohcc('questionnaire-category'), valueCodeableConcept: sdohcc('feedback-questionnaire') },
  ] as NonNullable<Task['input']>;
}

/** The canonical address of the Questionnaire that a Task asks for, without its version. */
export function questionnaireOf({ input }: Task): string | undefined {
  const asked = input?.find(({ type }) => type.coding?.some(({ code }) => code === 'questionnaire'))?.valueCanonical;
  return asked?.split('|')[0];
}

/** Whether a Task asks a client whether what a referral reports was received. Who wrote it is another question. */
export function asksClient(task: Task): boolean {
  const isCode = task.code?.coding?.some(({ system, code }) => system === SDC && code === 'complete-questionnaire');
  return (isCode ?? false) && loopAsked(task) !== undefined;
}

/** The loop that such a Task is about, by the id of its root. */
export function loopAsked({ basedOn }: Task): string | undefined {
  const reference = basedOn?.[0]?.reference;
  return reference?.startsWith('Task/') ? reference.slice('Task/'.length) : undefined;
}
