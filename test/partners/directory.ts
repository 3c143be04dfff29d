import type { Endpoint, HealthcareService, Organization, Resource } from '@medplum/fhirtypes';
import { type FhirClient, type Known, putByIdentifier } from './fhir/client.ts';
import { request } from './fhir/request.ts';
import { makeKey, signIn, type Tokens } from './fhir/sign-in.ts';

const SYSTEM = 'https://careloop.example/partners';
const NEEDS = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';

/** The needs that services are found by. */
const CATEGORIES = {
  food: { system: NEEDS, code: 'food-insecurity', display: 'Food Insecurity' },
  housing: { system: NEEDS, code: 'housing-instability', display: 'Housing Instability' },
} as const;

/** An organization as its partners know it: by a short name of its own, the same in every run. */
export interface Partner {
  readonly key: string;
  readonly name: string;
  /** What its program does at the hub, as SMART scopes. @param own the reference of its Organization there */
  readonly scopes: (own: string) => readonly string[];
  readonly services?: readonly { readonly name: string; readonly need: keyof typeof CATEGORIES }[];
}

/** An agency works its own Tasks, reads what they ask for, and writes down what was done. */
function scopesOfAgency(own: string): readonly string[] {
  return [`system/Task.rus?owner=${own}`, 'system/ServiceRequest.r', 'system/Patient.r', 'system/Procedure.cs'];
}

/** The hub asks services in the order of their names: the food bank's, then the pantry's, before the housing agency's meals. */
export const PARTNERS = {
  hospital: {
    key: 'mercy-hospital',
    name: 'Mercy Hospital',
    scopes: () => ['system/*.cs', 'system/Task.r', 'system/Procedure.r'],
  },
  foodBank: {
    key: 'northside-food-bank',
    name: 'Northside Food Bank',
    scopes: scopesOfAgency,
    services: [{ name: 'Food boxes to the door', need: 'food' }],
  },
  parishPantry: {
    key: 'parish-pantry',
    name: "St. Brendan's Pantry",
    scopes: () => [],
    services: [{ name: 'Lunch at the parish hall', need: 'food' }],
  },
  housingAgency: {
    key: 'harbor-housing',
    name: 'Harbor Housing',
    scopes: scopesOfAgency,
    services: [
      { name: 'Keep your home', need: 'housing' },
      { name: 'Meals at the harbor house', need: 'food' },
    ],
  },
} as const satisfies Record<string, Partner>;

/** Makes a partner and its services known to the hub. Done twice, it is known once. @returns its id there */
export async function register(operator: FhirClient, { key, name, services = [] }: Partner): Promise<string> {
  const organization = await put<Organization>(operator, key, { resourceType: 'Organization', active: true, name });
  const providedBy = { reference: `Organization/${organization.id}`, display: name };
  for (const [at, { name: service, need }] of services.entries()) {
    const category = [{ coding: [CATEGORIES[need]] }];
    await put<HealthcareService>(operator, `${key}-${at + 1}`, {
      resourceType: 'HealthcareService',
      active: true,
      name: service,
      providedBy,
      category,
    });
  }
  return organization.id;
}

/** Tells the hub where an organization's FHIR server is; from now on messages are pushed there. */
export function registerEndpoint(
  operator: FhirClient,
  partner: Partner,
  organizationId: string,
  address: string,
): Promise<void> {
  const system = 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type';
  return putEndpoint(operator, partner, organizationId, {
    connectionType: { system, code: 'hl7-fhir-rest' },
    name: `${partner.name}, FHIR R4`,
    payloadType: [{ text: 'Referral Tasks' }],
    address,
  });
}

/** Tells the hub the mailbox of an organization that has nothing else; from now on it is mailed there what it is asked. */
export function registerMailbox(
  operator: FhirClient,
  partner: Partner,
  organizationId: string,
  address: string,
): Promise<void> {
  return putEndpoint(operator, partner, organizationId, {
    connectionType: { code: 'email' },
    name: `${partner.name}, mailbox`,
    payloadType: [{ text: 'Notices' }],
    address: `mailto:${address}`,
  });
}

async function putEndpoint(
  operator: FhirClient,
  { key }: Partner,
  organizationId: string,
  endpoint: Pick<Endpoint, 'connectionType' | 'name' | 'payloadType' | 'address'>,
): Promise<void> {
  const managingOrganization = { reference: `Organization/${organizationId}` };
  await put<Endpoint>(operator, key, { resourceType: 'Endpoint', status: 'active', managingOrganization, ...endpoint });
}

/** Registers a partner's program with a key of its own. @returns the tokens that it presents */
export async function registerClient(
  operator: FhirClient,
  hubUrl: string,
  { name, scopes }: Partner,
  organizationId: string,
): Promise<Tokens> {
  const key = await makeKey();
  const allowed = scopes(`Organization/${organizationId}`);
  const body = {
    name: `${name}, referral program`,
    organizationId,
    jwks: { keys: [key.publicKey] },
    scopes: allowed,
  };
  const { id } = (await request(operator, { method: 'POST', url: `${hubUrl}/api/clients`, body })) as { id: string };
  return signIn(operator.base, { clientId: id, key, scope: allowed.join(' ') });
}

function put<T extends Resource & { identifier?: unknown }>(
  operator: FhirClient,
  key: string,
  resource: T,
): Promise<Known<T>> {
  const identified = { ...resource, identifier: [{ system: SYSTEM, value: key }] } as T;
  return putByIdentifier(operator, identified, `${SYSTEM}|${key}`);
}
