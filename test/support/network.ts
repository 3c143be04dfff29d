import type { Bundle, Endpoint, HealthcareService, Organization } from '@medplum/fhirtypes';
import { call, done } from './api.ts';

/** A partner organization as it is known at the hub. */
export interface Partner {
  readonly id: string;
  readonly name: string;
  /** The token its programs present. */
  readonly token: string;
}

const SDOHCC_CODES = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';

/** Registers an organization with a program that acts for it; with an address it is pushed to, without it pulls. */
export async function addPartner(
  hub: { url: string; fhir: string },
  name: string,
  details: { address?: string; category?: string } = {},
): Promise<Partner> {
  const organization: Organization = { resourceType: 'Organization', active: true, name };
  const { id } = await done<Organization>(call('POST', `${hub.fhir}/Organization`, { body: organization }));
  const reference = `Organization/${id}`;
  if (details.address)
    await done(call('POST', `${hub.fhir}/Endpoint`, { body: endpointOf(reference, details.address) }));
  if (details.category)
    await done(call('POST', `${hub.fhir}/HealthcareService`, { body: serviceOf(reference, name, details.category) }));
  const { body } = await call<{ token: string }>('POST', `${hub.url}/api/clients`, {
    body: { name: `${name}'s program`, organizationId: id },
  });
  return { id, name, token: body.token };
}

function endpointOf(managingOrganization: string, address: string): Endpoint {
  return {
    resourceType: 'Endpoint',
    status: 'active',
    connectionType: { system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type', code: 'hl7-fhir-rest' },
    managingOrganization: { reference: managingOrganization },
    payloadType: [{ text: 'FHIR R4' }],
    address,
  };
}

function serviceOf(providedBy: string, name: string, category: string): HealthcareService {
  return {
    resourceType: 'HealthcareService',
    active: true,
    name,
    providedBy: { reference: providedBy },
    category: [{ coding: [{ system: SDOHCC_CODES, code: category }] }],
  };
}

export interface ReferralOptions {
  readonly identifier?: string;
  readonly category?: string;
  readonly owner?: string;
  readonly family?: string;
  readonly performer?: string;
  /** The canonical address of its programme. */
  readonly programme?: string;
  readonly priority?: 'routine' | 'urgent' | 'asap' | 'stat';
}

let referrals = 0;

/** A hospital's referral, as its discharge system sends it. */
export function referralBundle(sender: Partner, options: ReferralOptions = {}): Bundle {
  referrals += 1;
  const {
    identifier = `ref-${referrals}`,
    category = 'food-insecurity',
    owner = 'Organization/careloop',
    family = 'Tester',
    performer,
    programme,
    priority,
  } = options;
  const requester = { reference: `Organization/${sender.id}` };
  const patient = 'urn:uuid:5b1f4f6e-0000-4000-8000-000000000001';
  const request = 'urn:uuid:5b1f4f6e-0000-4000-8000-000000000002';
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: patient,
        request: { method: 'POST', url: 'Patient' },
        resource: { resourceType: 'Patient', name: [{ family, given: ['Robin'] }] },
      },
      {
        fullUrl: request,
        request: { method: 'POST', url: 'ServiceRequest' },
        resource: {
          resourceType: 'ServiceRequest',
          status: 'active',
          intent: 'order',
          category: [{ coding: [{ system: SDOHCC_CODES, code: category, display: 'Food Insecurity' }] }],
          code: {
            coding: [{ system: 'http://snomed.info/sct', code: '467771000124109' }],
            text: 'Help with a food pantry application',
          },
          subject: { reference: patient },
          requester,
          ...(performer ? { performer: [{ reference: performer }] } : {}),
          ...(programme ? { instantiatesCanonical: [programme] } : {}),
        },
      },
      {
        fullUrl: 'urn:uuid:5b1f4f6e-0000-4000-8000-000000000003',
        request: { method: 'POST', url: 'Task' },
        resource: {
          resourceType: 'Task',
          identifier: [{ system: 'https://hospital.example/referrals', value: identifier }],
          status: 'requested',
          intent: 'order',
          code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
          focus: { reference: request },
          for: { reference: patient },
          authoredOn: '2026-03-02T09:00:00Z',
          requester,
          owner: { reference: owner },
          ...(priority ? { priority } : {}),
        },
      },
    ],
  };
}

/** Sends a referral. @returns the id of its root Task, which is the id of its loop */
export async function sendReferral(
  hub: { fhir: string },
  sender: Partner,
  options: ReferralOptions = {},
): Promise<string> {
  const answer = await done<Bundle>(
    call('POST', hub.fhir, { token: sender.token, body: referralBundle(sender, options) }),
  );
  const location = (answer.entry ?? [])
    .map(({ response }) => response?.location ?? '')
    .find((each) => each.startsWith('Task/'));
  return location?.split('/')[1] ?? '';
}
