import type { Endpoint, HealthcareService, Organization, Patient, Resource } from '@medplum/fhirtypes';
import { AGENCIES, HUB, SENDERS, WITH_SERVER, WITH_SERVICE } from '../world.ts';
import type { Tables } from './tables.ts';

const CATEGORY = 'food-insecurity';

/** Puts the organizations, their services and servers into the tables, as they are before anything happens. */
export function seed({ resources }: Tables): void {
  const put = (content: Resource & { id: string }, tokens: readonly string[] = []): void => {
    const { resourceType: type, id } = content;
    resources.set(`${type}/${id}`, { type, id, version: 1, deleted: false, content, tokens, author_org: HUB });
  };
  for (const id of [HUB, ...SENDERS, ...AGENCIES]) put(organization(id));
  for (const id of WITH_SERVICE) put(service(id), [`HealthcareService.service-category=${CATEGORY}`]);
  for (const id of WITH_SERVER) put(endpoint(id), [`Endpoint.organization=Organization/${id}`]);
  put({ resourceType: 'Patient', id: 'client' } satisfies Patient & { id: string });
}

const organization = (id: string): Organization & { id: string } => ({ resourceType: 'Organization', id, name: id });

const service = (id: string): HealthcareService & { id: string } => ({
  resourceType: 'HealthcareService',
  id: `service-${id}`,
  active: true,
  name: id,
  providedBy: { reference: `Organization/${id}` },
  category: [{ coding: [{ code: CATEGORY }] }],
});

const endpoint = (id: string): Endpoint & { id: string } => ({
  resourceType: 'Endpoint',
  id: `endpoint-${id}`,
  status: 'active',
  connectionType: { code: 'hl7-fhir-rest' },
  managingOrganization: { reference: `Organization/${id}` },
  payloadType: [{ text: 'FHIR R4' }],
  address: 'https://partner.example/fhir',
});
