import type { OperationOutcome, OperationOutcomeIssue, ParametersParameter, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { read } from '../rest/interactions/read.ts';
import type { Store } from '../store/transact.ts';
import { definitionAt } from '../validate/definitions/known.ts';
import { examine } from '../validate/validate.ts';
import type { Finding } from '../validate/walk.ts';
import { type Inputs, requireServed } from './inputs.ts';
import { inputsOf, type Operation, type OperationAnswer, type OperationCall } from './operation.ts';
import { whyRefused } from './why-refused.ts';

const MODES = ['create', 'update', 'delete', 'profile'] as const;
type Mode = (typeof MODES)[number];

/**
 * `$validate`: what is wrong with a resource, without writing it. It is held against base R4, the profiles it claims,
 * and the one the caller names. With the mode of a write it says also why that would be refused.
 * @see https://hl7.org/fhir/R4/resource-operation-validate.html
 */
export function validateOperation(store: Store): Operation {
  return {
    name: 'validate',
    definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate',
    levels: ['type', 'instance'],
    types: '*',
    affectsState: false,
    run: (call) => run(store, call),
  };
}

async function run(store: Store, call: OperationCall): Promise<OperationAnswer> {
  const inputs = readInputs(call);
  const mode = modeOf(inputs);
  const profiles = inputs.filter(({ name }) => name === 'profile').map(profileOf);
  if (mode === 'profile' && profiles.length === 0) throw profileNeeded();
  const given = inputs.find(({ name }) => name === 'resource')?.resource;
  if (given && given.resourceType !== call.type) throw ofAnotherType(call.type as string);
  if (mode === 'delete') return answer(await deletion(store, call));
  const resource = given ?? (await stored(store.db, call));
  const { findings, faults } = examine(resource, profiles);
  const more = faults - findings.filter(({ severity }) => severity === 'error').length;
  return answer([
    ...findings.map(toIssue),
    ...(more > 0 ? [moreThan(more)] : []),
    ...(await inMode(store, mode, call, resource)),
  ]);
}

/** The parameters of a call. A Parameters resource sent to its own type may be what is to be validated. */
function readInputs(call: OperationCall): Inputs {
  const inputs = inputsOf(call);
  const isItself = call.type === 'Parameters' && call.body && !inputs.some(({ name }) => name === 'resource');
  const read = isItself
    ? [...inputsOf({ ...call, body: undefined }), { name: 'resource', resource: call.body }]
    : inputs;
  requireServed(read, ['resource', 'mode', 'profile'], ['profile']);
  return read;
}

function modeOf(inputs: Inputs): Mode | undefined {
  const said = inputs.find(({ name }) => name === 'mode');
  if (!said) return undefined;
  const mode = MODES.find((each) => each === (said.valueCode ?? said.valueString));
  if (mode) return mode;
  throw new AppError('invalid', 'validate.mode', `There is no such mode. Use one of: ${MODES.join(', ')}.`);
}

function profileNeeded(): AppError {
  const text = 'The mode "profile" holds a resource against one profile. Name it: as the parameter "profile".';
  return new AppError('invalid', 'validate.profile-needed', text, {
    issues: [{ text, code: 'required', expression: 'profile' }],
  });
}

/** @throws AppError (400) when the profile is not known here: nothing could be said of it */
function profileOf({ valueUri, valueCanonical, valueUrl, valueString }: ParametersParameter): string {
  const canonical = valueUri ?? valueCanonical ?? valueUrl ?? valueString ?? '';
  if (definitionAt(canonical)) return canonical;
  const text = 'This server does not know that profile. Ask its operator to load it, or leave the parameter out.';
  throw new AppError('invalid', 'validate.unknown-profile', text, {
    issues: [{ text, code: 'not-found', expression: 'profile' }],
  });
}

function ofAnotherType(type: string): AppError {
  const text = `The resource is not a ${type}. Send it to the $validate of its own type.`;
  return new AppError('invalid', 'validate.type', text, { issues: [{ text, expression: 'resource' }] });
}

async function stored(db: Sql, { caller, level, type, id }: OperationCall): Promise<Resource> {
  if (level === 'instance') return await read(db, caller, type as string, id as string);
  const text = 'Send the resource to validate: as the body, or as the parameter "resource".';
  throw new AppError('invalid', 'validate.resource', text, { issues: [{ text, code: 'required' }] });
}

async function deletion(store: Store, call: OperationCall): Promise<OperationOutcomeIssue[]> {
  const { level, type, id } = call;
  if (level !== 'instance') {
    const text = 'The mode "delete" is for one resource. Call $validate at its address.';
    throw new AppError('invalid', 'validate.mode', text);
  }
  await stored(store.db, call);
  return whyRefused(store, call, 'DELETE', `/${type}/${id}`);
}

/** @see https://hl7.org/fhir/R4/datatypes.html#id */
function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9\-.]{1,64}$/.test(value);
}

/** Why the write itself would be refused, beyond the resource's own rules. */
async function inMode(
  store: Store,
  mode: Mode | undefined,
  call: OperationCall,
  body: Resource,
): Promise<OperationOutcomeIssue[]> {
  const { level, type, id } = call;
  if (mode === 'create') return whyRefused(store, call, 'POST', `/${type}`, body);
  if (mode !== 'update') return [];
  if (body.id !== undefined && (level === 'type' || body.id === id)) {
    // What is no id has been found to be none by then.
    return isId(body.id) ? whyRefused(store, call, 'PUT', `/${type}/${body.id}`, body) : [];
  }
  const text = 'An update needs the id of the resource it replaces. Set it.';
  return [{ severity: 'error', code: 'required', details: { text }, expression: [`${type}.id`] }];
}

function toIssue({ severity, code, text, expression }: Finding): OperationOutcomeIssue {
  return { severity, code, details: { text }, expression: [expression] };
}

function moreThan(more: number): OperationOutcomeIssue {
  return { severity: 'error', code: 'incomplete', details: { text: `There are ${more} more faults.` } };
}

const ALL_OK: OperationOutcomeIssue = { severity: 'information', code: 'informational', details: { text: 'All OK' } };

function answer(issues: readonly OperationOutcomeIssue[]): OperationAnswer {
  const isOk = !issues.some(({ severity }) => severity === 'error');
  const resource: OperationOutcome = {
    resourceType: 'OperationOutcome',
    issue: isOk ? [ALL_OK, ...issues] : [...issues],
  };
  return { status: 200, resource };
}
