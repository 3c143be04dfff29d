import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceOperation,
  Extension,
} from '@medplum/fhirtypes';
import type { Config } from '../../config.ts';
import { auditParameters } from '../audit/audit-params.ts';
import { compartmentDefinitions } from '../compartments/compartment.ts';
import { storedTypes } from '../definitions.ts';
import type { Operation } from '../operations/operation.ts';
import { DEEPEST, MOST_LINKS } from '../search/filters/read-filter.ts';
import { servedRevIncludes, servedSearchParameters } from '../search/served.ts';
import { ANNOTATED } from '../store/annotate.ts';
import { subscriptionTopics } from '../subscriptions/topics/load.ts';
import { type Guides, readGuides } from './guides.ts';
import { CHECKED, describeProfiles } from './profiles.ts';

/** Says what this server does. */
export type Metadata = () => CapabilityStatement;

/** The statement about this server as it was started, made when it is first asked for: that takes half a second. */
export function metadataOf(...args: Parameters<typeof capabilityStatement>): Metadata {
  let made: CapabilityStatement | undefined;
  return () => {
    made ??= capabilityStatement(...args);
    return made;
  };
}

/**
 * What this server does: every R4 type, every search parameter that can be searched by, every operation there is.
 * @param date when the statement is made
 * @param tokenEndpoint the address at which programs ask for tokens
 * @see https://hl7.org/fhir/R4/http.html#capabilities
 */
function capabilityStatement(
  config: Pick<Config, 'PUBLIC_URL'>,
  date: Date,
  operations: readonly Operation[],
  tokenEndpoint: string,
): CapabilityStatement {
  const guides = readGuides();
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    kind: 'instance',
    instantiates: [...guides.instantiates],
    date: date.toISOString(),
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'application/fhir+xml', 'json', 'xml'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json', 'application/fhir+xml'],
    software: { name: 'Careloop' },
    implementation: {
      description: 'Careloop coordination hub',
      ...(config.PUBLIC_URL ? { url: `${config.PUBLIC_URL}/fhir/R4` } : {}),
    },
    rest: [
      {
        mode: 'server',
        documentation: DOCUMENTATION,
        security: securityOf(tokenEndpoint),
        interaction: SYSTEM_INTERACTIONS.map((code) => ({ code })),
        searchParam: described(servedSearchParameters('Resource')),
        operation: operationsAt(operations, (operation) => operation.levels.includes('system')),
        compartment: compartmentDefinitions(),
        resource: storedTypes().map((type) =>
          type === 'AuditEvent' ? describeAudit() : describeType(type, operations, guides),
        ),
      },
    ],
  };
}

const DOCUMENTATION = [
  'Updates that create a resource under an id of the caller’s are for people at the hub; partners create by POST.',
  CHECKED,
  `Chained parameters and _has lead over at most ${DEEPEST} references; one whose references are not said the types of, over at most ${MOST_LINKS} links in all.`,
].join(' ');

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

/** How programs are let in. @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#declaring-support-for-oauth2-endpoints */
function securityOf(tokenEndpoint: string): NonNullable<CapabilityStatementRest['security']> {
  return {
    extension: [{ url: OAUTH_URIS, extension: [{ url: 'token', valueUri: tokenEndpoint }] }],
    service: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }],
        text: 'OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)',
      },
    ],
    description: 'Programs ask for tokens as SMART Backend Services do, with an assertion signed by their key.',
  };
}

const SYSTEM_INTERACTIONS = ['transaction', 'batch', 'history-system', 'search-system'] as const;

const TYPE_INTERACTIONS = [
  'create',
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'search-type',
  'history-instance',
  'history-type',
] as const;

/** The audit is read and searched, and nothing else. */
function describeAudit(): CapabilityStatementRestResource {
  const known = auditParameters();
  return {
    type: 'AuditEvent',
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    versioning: 'no-version',
    referencePolicy: ['literal'],
    searchParam: described(servedSearchParameters('AuditEvent').filter(({ code }) => known.includes(code))),
  };
}

function describeType(type: string, operations: readonly Operation[], guides: Guides): CapabilityStatementRestResource {
  const params = servedSearchParameters(type);
  const operation = operationsAt(operations, (each) => each.types === '*' || each.types.includes(type));
  return {
    ...(type === 'Subscription' ? { extension: topics() } : {}),
    type: type as NonNullable<CapabilityStatementRestResource['type']>,
    ...describeProfiles(type, guides),
    interaction: TYPE_INTERACTIONS.map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: ANNOTATED.has(type) ? 'modified-since' : 'full-support',
    conditionalUpdate: true,
    conditionalDelete: 'single',
    referencePolicy: ['literal', 'logical', 'local', 'enforced'],
    searchInclude: ['*', ...params.filter((param) => param.type === 'reference').map(({ code }) => `${type}:${code}`)],
    searchRevInclude: ['*', ...servedRevIncludes(type)],
    searchParam: described(params),
    ...(operation.length > 0 ? { operation } : {}),
  };
}

const TOPIC =
  'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/capabilitystatement-subscriptiontopic-canonical';

/** What can be subscribed to. @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html#subscription-topics-in-r4 */
function topics(): Extension[] {
  return subscriptionTopics().map((valueCanonical) => ({ url: TOPIC, valueCanonical }));
}

function described(
  params: ReturnType<typeof servedSearchParameters>,
): NonNullable<CapabilityStatementRestResource['searchParam']> {
  return params.map(({ code, type, url }) => ({
    name: code,
    type,
    ...(url ? { definition: url } : {}),
  })) as NonNullable<CapabilityStatementRestResource['searchParam']>;
}

function operationsAt(
  operations: readonly Operation[],
  here: (operation: Operation) => boolean,
): CapabilityStatementRestResourceOperation[] {
  return operations
    .filter((each) => !each.unlisted && here(each))
    .map(({ name, definition }) => ({ name, definition }));
}
