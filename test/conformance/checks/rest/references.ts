import type { Verdict } from '../../requirement.ts';
import type { Server } from '../../server/server.ts';
import { pass, require, requireStatus } from '../../verdict.ts';
import { missingFrom } from './compare.ts';
import { createdFor } from './search.ts';

/** A reference that care coordination uses, of types whose example alone has none. */
const REFERENCES: Readonly<Record<string, string>> = {
  Device: 'patient',
  DocumentReference: 'patient',
  Group: 'managing-entity',
  HealthcareService: 'organization',
  Location: 'organization',
  Organization: 'partof',
  Patient: 'organization',
  PractitionerRole: 'organization',
  QuestionnaireResponse: 'patient',
  Consent: 'patient',
  CareTeam: 'patient',
};

/** @see https://hl7.org/fhir/R4/references.html#literal */
export async function keepsReferences(server: Server, type: string): Promise<Verdict> {
  if (type === 'Questionnaire' || type === 'Practitioner')
    return pass(`A ${type} has no reference of its own to keep.`);
  const { id, resource, finds } = await createdFor(server, type, REFERENCES[type] ?? 'patient');
  const read = await server.call('GET', `${type}/${id}`);
  const missing = missingFrom(read.json, resource, type);
  require(missing.length === 0, `The reference is not read back as it was sent: ${missing.join(', ')}.`);
  requireStatus(await server.call('GET', finds), [200], `GET of what ${type}/[id] refers to`);
  return pass('A literal reference is read back, and leads to the resource.');
}
