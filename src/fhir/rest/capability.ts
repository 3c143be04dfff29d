import type { CapabilityStatement, CapabilityStatementRestResource, SearchParameter } from '@medplum/fhirtypes';
import type { Config } from '../../config.ts';
import { searchParametersOf } from '../store/index-resource.ts';

/** The resource types the referral loop touches. Any other R4 type may be stored too. */
const SERVED_TYPES = [
  'CarePlan',
  'Condition',
  'Consent',
  'DocumentReference',
  'Endpoint',
  'Goal',
  'HealthcareService',
  'Location',
  'Observation',
  'Organization',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Procedure',
  'QuestionnaireResponse',
  'ServiceRequest',
  'Task',
] as const;

const SEARCHABLE = new Set(['token', 'reference', 'uri', 'string', 'date']);

/**
 * What this server does. @see https://hl7.org/fhir/R4/http.html#capabilities
 * @param date when the statement is made
 */
export function capabilityStatement(config: Config, date: Date): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    kind: 'instance',
    date: date.toISOString(),
    fhirVersion: '4.0.1',
    format: ['json'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    software: { name: 'Careloop' },
    implementation: {
      description: 'Careloop coordination hub',
      ...(config.PUBLIC_URL ? { url: `${config.PUBLIC_URL}/fhir/R4` } : {}),
    },
    rest: [
      {
        mode: 'server',
        interaction: [{ code: 'transaction' }, { code: 'batch' }],
        resource: SERVED_TYPES.map(describeType),
      },
    ],
  };
}

function describeType(type: (typeof SERVED_TYPES)[number]): CapabilityStatementRestResource {
  return {
    type,
    interaction: (
      ['create', 'read', 'vread', 'update', 'patch', 'delete', 'search-type', 'history-instance'] as const
    ).map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: false,
    conditionalCreate: true,
    conditionalUpdate: true,
    conditionalDelete: 'single',
    referencePolicy: ['literal', 'local', 'enforced'],
    searchParam: searchParameters(type).map(({ code, type: kind, url }) => ({
      name: code,
      type: kind,
      definition: url,
    })),
  };
}

function searchParameters(type: string): SearchParameter[] {
  return searchParametersOf(type).filter((param) => SEARCHABLE.has(param.type));
}
