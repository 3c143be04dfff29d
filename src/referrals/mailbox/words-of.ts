import type { Address, CodeableConcept, Patient, Resource, ServiceRequest } from '@medplum/fhirtypes';
import type { MailboxReferral } from './api.ts';

/** What a code says in words. Pure. */
export function textOf(concept: CodeableConcept | undefined): string | undefined {
  return concept?.text ?? concept?.coding?.find(({ display }) => display)?.display ?? concept?.coding?.[0]?.code;
}

/** A client as who is asked is shown it: what was cut is not there. Pure. */
export function clientIn(patient: Patient & { id: string }): NonNullable<MailboxReferral['client']> {
  const { name = [], telecom = [], address = [], communication = [], birthDate } = patient;
  const used = name.find(({ use }) => use === 'official') ?? name[0];
  const spoken = communication.find(({ preferred }) => preferred) ?? communication[0];
  return {
    reference: `Patient/${patient.id}`,
    name: used?.text ?? [...(used?.given ?? []), used?.family].filter(Boolean).join(' '),
    birthDate: birthDate ?? null,
    contacts: telecom.flatMap(({ system, value }) => (value ? [{ kind: system ?? 'other', text: value }] : [])),
    address: address.map(inLine).filter((each) => each !== ''),
    language: textOf(spoken?.language) ?? null,
  };
}

function inLine({ text, line = [], postalCode, city, state }: Address): string {
  return text ?? [...line, [postalCode, city].filter(Boolean).join(' '), state].filter(Boolean).join(', ');
}

/** What a request says beside what it is for. Pure. */
export function detailsOf({
  note = [],
  reasonCode = [],
  orderDetail = [],
  patientInstruction,
}: ServiceRequest): string[] {
  const coded = [...reasonCode, ...orderDetail].flatMap((each) => textOf(each) ?? []);
  return [...coded, ...note.flatMap(({ text }) => text ?? []), ...(patientInstruction ? [patientInstruction] : [])];
}

/** What stands in a resource that was sent along, in a line. Pure. */
export function lineOf(resource: Resource): string {
  const said = resource as { code?: CodeableConcept; type?: CodeableConcept; title?: string; description?: string };
  const value = resource as { valueString?: string; valueCodeableConcept?: CodeableConcept };
  const name = said.title ?? said.description ?? textOf(said.code) ?? textOf(said.type);
  const what = value.valueString ?? textOf(value.valueCodeableConcept);
  return [name, what].filter(Boolean).join(': ');
}
