import type { Resource } from '@medplum/fhirtypes';
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

/** Types whose references no search parameter finds. @param organization a literal reference */
const UNSEARCHED: Readonly<Record<string, (organization: string) => Resource>> = {
  Practitioner: (reference) => ({
    resourceType: 'Practitioner',
    name: [{ family: 'Example' }],
    qualification: [{ code: { text: 'Example' }, issuer: { reference } }],
  }),
  Questionnaire: (reference) => ({
    resourceType: 'Questionnaire',
    status: 'draft',
    item: [{ linkId: '1', type: 'choice', answerOption: [{ valueReference: { reference } }] }],
  }),
};

/** @see https://hl7.org/fhir/R4/references.html#literal */
export async function keepsReferences(server: Server, type: string): Promise<Verdict> {
  const { id, resource, finds } = await referring(server, type);
  const read = await server.call('GET', `${type}/${id}`);
  const missing = missingFrom(read.json, resource, type);
  require(missing.length === 0, `The reference is not read back as it was sent: ${missing.join(', ')}.`);
  requireStatus(await server.call('GET', finds), [200], `GET of what ${type}/[id] refers to`);
  return pass('A literal reference is read back, and leads to the resource.');
}

/** Creates a resource that refers to another one. */
async function referring(server: Server, type: string): Promise<{ id: string; resource: Resource; finds: string }> {
  const make = UNSEARCHED[type];
  if (!make) return createdFor(server, type, REFERENCES[type] ?? 'patient');
  const finds = (await server.surroundings(['Organization'])).reference('Organization');
  const resource = make(finds);
  const { id } = await server.create(resource);
  return { id, resource, finds };
}
