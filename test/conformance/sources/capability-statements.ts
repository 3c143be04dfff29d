import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
  Extension,
} from '@medplum/fhirtypes';
import type { Requirement, Subject, Verb } from '../requirement.ts';
import { PUBLISHED } from './published.ts';

/** Who speaks FHIR in SDOH Clinical Care. What they do as clients, the coordination platform has to serve. */
const ACTORS = ['CoordinationPlatform', 'ReferralSource', 'ReferralRecipient', 'ReferralRecipientLight', 'PatientApp'];
const EXPECTATION = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation';

/** What the published CapabilityStatements ask for, SHALL and SHOULD. */
export function readCapabilityStatements(): Requirement[] {
  return ACTORS.flatMap((actor) => {
    const file = join(PUBLISHED, 'sdohcc/definitions', `CapabilityStatement-SDOHCC-${actor}.json`);
    return requirementsOf(actor, JSON.parse(readFileSync(file, 'utf8')) as CapabilityStatement);
  });
}

type Add = (id: string, verb: string | undefined, title: string, subject: Subject) => void;

/** Pure: one requirement for every expectation of a statement. */
export function requirementsOf(actor: string, statement: CapabilityStatement): Requirement[] {
  return (statement.rest ?? []).flatMap((rest) => {
    const required: Requirement[] = [];
    const source = `CapabilityStatement ${actor}, ${rest.mode}`;
    const add: Add = (id, verb, title, subject) => {
      if (verb !== 'SHALL' && verb !== 'SHOULD') return;
      required.push({ id: `${actor}.${rest.mode}.${id}`, source, verb: verb as Verb, title, subject });
    };
    ofSystem(statement, rest, add);
    for (const resource of rest.resource ?? []) ofResource(resource, add);
    return required;
  });
}

function ofSystem({ format }: CapabilityStatement, rest: CapabilityStatementRest, add: Add): void {
  for (const each of format ?? [])
    add(`format.${each}`, 'SHALL', `Resources are read and written as ${each.toUpperCase()}.`, {
      kind: 'format',
      format: each,
    });
  if (rest.security) add('security', 'SHALL', 'The security the guide describes is offered.', { kind: 'security' });
  for (const { code, extension } of rest.interaction ?? [])
    add(`system.${code}`, expectation(extension), `The server does ${code}.`, {
      kind: 'system-interaction',
      code: code ?? '',
    });
}

function ofResource(resource: CapabilityStatementRestResource, add: Add): void {
  const type = resource.type ?? '';
  const interactions = (resource.interaction ?? [])
    .filter(({ extension }) => expectation(extension) === 'SHALL')
    .map(({ code }) => code ?? '');
  add(type, expectation(resource.extension), `${type} is served, and the server says so.`, {
    kind: 'resource',
    type,
    interactions,
  });
  for (const { code = '', extension } of resource.interaction ?? [])
    add(`${type}.${code}`, expectation(extension), `${type}: ${code}`, { kind: 'interaction', type, code });
  for (const { name = '', extension } of resource.searchParam ?? [])
    add(`${type}.search.${name}`, expectation(extension), `${type}: search by ${name}`, {
      kind: 'search-parameter',
      type,
      name,
    });
  for (const { name = '', extension } of resource.operation ?? [])
    add(`${type}.$${name}`, expectation(extension), `${type}: $${name}`, { kind: 'operation', type, name });
  ofLists(resource, type, add);
  ofPolicies(resource, type, add);
}

/** Expectations about the entries of a list of primitives stand beside the list. */
function ofLists(resource: CapabilityStatementRestResource, type: string, add: Add): void {
  const beside = resource as unknown as Record<string, readonly { extension?: Extension[] }[] | undefined>;
  for (const [at, include] of (resource.searchInclude ?? []).entries())
    add(
      `${type}.include.${include}`,
      expectation(beside._searchInclude?.[at]?.extension),
      `${type}: _include=${include}`,
      {
        kind: 'include',
        type,
        include,
      },
    );
  for (const [at, profile] of (resource.supportedProfile ?? []).entries())
    add(
      `${type}.profile.${profile.split('/').at(-1)?.split('|')[0]}`,
      expectation(beside._supportedProfile?.[at]?.extension),
      `${type}: profile ${profile.split('/').at(-1)}`,
      { kind: 'profile', type, profile },
    );
}

/** These have no expectation of their own: they are as binding as the resource. */
function ofPolicies(resource: CapabilityStatementRestResource, type: string, add: Add): void {
  const verb = expectation(resource.extension);
  if (resource.versioning === 'versioned-update')
    add(`${type}.versioned-update`, verb, `${type}: updates that name a version are held to it`, {
      kind: 'versioned-update',
      type,
    });
  if (resource.conditionalRead)
    add(`${type}.conditional-read`, verb, `${type}: conditional read (${resource.conditionalRead})`, {
      kind: 'modified-since',
      type,
    });
  if (resource.referencePolicy?.includes('literal'))
    add(`${type}.references`, verb, `${type}: literal references are kept`, { kind: 'literal-references', type });
}

function expectation(extension: Extension[] | undefined): string | undefined {
  return extension?.find(({ url }) => url === EXPECTATION)?.valueCode;
}
