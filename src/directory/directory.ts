import type { Endpoint, HealthcareService, Organization, ServiceRequest } from '@medplum/fhirtypes';
import type { Sql } from '../db/database.ts';
import { idOf, parseLocal } from '../fhir/references.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { categoriesOf } from './match.ts';

const FHIR_REST = 'hl7-fhir-rest';

/** Where and how an organization is reached. */
export interface PartnerEndpoint {
  readonly id: string;
  readonly organizationId: string;
  /** Base address of the partner's FHIR server. */
  readonly address: string;
  /** Messages go to an active endpoint; one that is suspended or off makes them wait. */
  readonly status: 'active' | 'paused';
}

/** The active services that share a category with a request. */
export async function servicesFor(sql: Sql, request: ServiceRequest): Promise<(HealthcareService & { id: string })[]> {
  const keys = categoriesOf(request).flatMap((code) => [
    `HealthcareService.service-category=${code}`,
    `HealthcareService.service-type=${code}`,
  ]);
  if (keys.length === 0) return [];
  const rows = await sql.query<{ content: HealthcareService & { id: string } }>(SERVICES_SQL, [keys]);
  return rows.map(({ content }) => content);
}

export const SERVICES_SQL = `
  SELECT content FROM resource WHERE type = 'HealthcareService' AND NOT deleted AND tokens && $1::text[]
  ORDER BY id LIMIT 200`;

/** Those of some organizations that are here and active: the others are asked nothing. */
export async function activeOf(sql: Sql, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ id: string }>(ACTIVE_SQL, [ids]);
  return new Set(rows.map(({ id }) => id));
}

export const ACTIVE_SQL = `
  SELECT id FROM resource WHERE type = 'Organization' AND id = ANY ($1::text[]) AND NOT deleted AND content ->> 'active' IS DISTINCT FROM 'false'`;

/** The endpoint an organization is reached at; undefined when it has none and works on this hub's server. */
export async function endpointOf(sql: Sql, organizationId: string): Promise<PartnerEndpoint | undefined> {
  const rows = await sql.query<{ content: Endpoint & { id: string } }>(ENDPOINT_SQL, [
    [`Endpoint.organization=Organization/${organizationId}`],
  ]);
  const fhir = rows.map(({ content }) => content).filter(({ connectionType }) => connectionType?.code === FHIR_REST);
  const found =
    fhir.find(({ status }) => status === 'active') ??
    fhir.find(({ status }) => status === 'suspended' || status === 'off');
  if (!found) return undefined;
  const status = found.status === 'active' ? 'active' : 'paused';
  return { id: found.id, organizationId, address: found.address.replace(/\/+$/, ''), status };
}

export const ENDPOINT_SQL = `SELECT content FROM resource WHERE type = 'Endpoint' AND NOT deleted AND tokens @> $1::text[] ORDER BY id`;

/**
 * The organization behind a reference of a Task: itself, or the one a PractitionerRole belongs to.
 * @returns undefined when it leads to no organization this hub knows
 */
export async function organizationBehind(unit: UnitOfWork, reference: string | undefined): Promise<string | undefined> {
  const local = parseLocal(reference);
  if (local?.type === 'Organization') return (await unit.find<Organization>('Organization', local.id))?.id;
  if (local?.type !== 'PractitionerRole') return undefined;
  const role = await unit.find('PractitionerRole', local.id);
  return role?.resourceType === 'PractitionerRole' ? idOf('Organization', role.organization) : undefined;
}
