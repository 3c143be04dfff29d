import type { ParametersParameter, Reference, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { validate } from '../validate/validate.ts';
import { inputsOf, type OperationCall } from './operation.ts';

/** The input parameters of one call. */
export type Inputs = readonly ParametersParameter[];

/** All parameters of a name, in order. */
export function inputsNamed(inputs: Inputs, ...names: readonly string[]): ParametersParameter[] {
  return inputs.filter(({ name }) => names.includes(name));
}

/** A parameter as text, whichever of the types for texts it was sent as; undefined when it was not sent. */
export function textInput(inputs: Inputs, ...names: readonly string[]): string | undefined {
  const [first] = inputsNamed(inputs, ...names);
  return first && textOf(first);
}

/** The text of a parameter: its `value[x]`, or the address of the Reference that this is. */
export function textOf(input: ParametersParameter): string | undefined {
  const value = choiceValue(input);
  if (typeof value === 'string') return value;
  const reference = (value as Reference | undefined)?.reference;
  return typeof reference === 'string' ? reference : undefined;
}

/**
 * The values of a parameter of a simple type, in order and as texts, whichever simple type each was sent as.
 * @throws AppError (400) where there is no such value: who sends the parameter counts on it
 */
export function simpleTexts(inputs: Inputs, name: string): string[] {
  return inputsNamed(inputs, name).map((input) => {
    const value = simpleValue(input);
    if (value !== undefined) return value;
    const text = `The parameter "${name}" must have a simple value.`;
    throw new AppError('invalid', 'operation.parameter', text, {
      issues: [{ text, expression: `Parameters.parameter.where(name='${name}')` }],
    });
  });
}

/** The value of a parameter as text; undefined when it has none, or one that has elements of its own. */
export function simpleValue(input: ParametersParameter): string | undefined {
  const value = choiceValue(input);
  return value === undefined || typeof value === 'object' ? undefined : String(value);
}

/** The value[x] of an element that has one, e.g. a parameter, an extension or an answer. */
export function choiceValue(element: object): unknown {
  return Object.entries(element).find(([name]) => /^value[A-Z]/.test(name))?.[1];
}

/** A parameter that is a resource of a type; the body itself when it is one. */
export function resourceInput<T extends Resource>(
  inputs: Inputs,
  type: T['resourceType'],
  ...names: readonly string[]
): T | undefined {
  const sent = inputsNamed(inputs, ...names).find(({ resource }) => resource !== undefined)?.resource;
  if (sent && sent.resourceType !== type) {
    const text = `The parameter "${names[0]}" must be a ${type}.`;
    throw new AppError('invalid', 'operation.input-type', text, { issues: [{ text, expression: names[0] }] });
  }
  const body = inputs.find(({ name, resource }) => name === 'resource' && resource?.resourceType === type)?.resource;
  return (sent ?? body) as T | undefined;
}

/** A parameter that must be there. @throws AppError (400) that names it */
export function required<T>(value: T | undefined, name: string, example: string): T {
  if (value !== undefined) return value;
  const text = `The parameter "${name}" is needed, e.g. ${example}.`;
  throw new AppError('invalid', 'operation.input-missing', text, {
    issues: [{ text, expression: name, code: 'required' }],
  });
}

/**
 * Refuses input parameters that have no meaning to an operation, and those that are given twice: who sends one counts on
 * it. Those of every request (`_format` and the like) may be there.
 * @throws AppError (400) that names the parameter
 */
export function requireServed(inputs: Inputs, served: readonly string[], repeated: readonly string[] = []): void {
  const seen = new Set<string>();
  for (const { name } of inputs) {
    if (isOfEveryRequest(name)) continue;
    if (!served.includes(name)) {
      const named = /^[A-Za-z_-]{1,40}$/.test(name) ? `The parameter "${name}"` : 'One of the parameters';
      throw notServed(`${named} is not served here. There are: ${served.join(', ')}.`, 'Parameters.parameter');
    }
    if (seen.has(name) && !repeated.includes(name)) {
      throw notServed(`Give the parameter "${name}" once.`, `Parameters.parameter.where(name='${name}')`);
    }
    seen.add(name);
  }
}

const OF_EVERY_REQUEST: ReadonlySet<string> = new Set(['_format', '_pretty', '_summary', '_elements']);

/** Whether a parameter speaks of how any answer is given. @see https://hl7.org/fhir/R4/http.html#parameters */
export function isOfEveryRequest(name: string): boolean {
  return OF_EVERY_REQUEST.has(name);
}

function notServed(text: string, expression: string): AppError {
  return new AppError('invalid', 'operation.parameter', text, {
    issues: [{ text, expression, code: 'not-supported' }],
  });
}

/**
 * The input parameters of a call, of which every resource is known to be valid R4.
 * @throws AppError (400) that says where what was sent is not FHIR
 */
export function readInputs(call: OperationCall): Inputs {
  if (call.body) validate(call.body);
  const inputs = inputsOf(call);
  for (const { resource } of inputs) if (resource && resource !== call.body) validate(resource);
  return inputs;
}
