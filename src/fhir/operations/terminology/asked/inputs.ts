import type { CodeableConcept, Coding, ParametersParameter, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../../errors.ts';
import { simpleValue } from '../../inputs.ts';
import { inputsOf, type OperationCall } from '../../operation.ts';

/** The input parameters of a call, each read as what it must be. */
export interface Inputs {
  readonly text: (name: string) => string | undefined;
  /** All values of a parameter that may be given several times. */
  readonly texts: (name: string) => string[];
  readonly flag: (name: string) => boolean | undefined;
  /** A whole number, 0 or more. */
  readonly count: (name: string) => number | undefined;
  readonly coding: (name: string) => Coding | undefined;
  readonly concept: (name: string) => CodeableConcept | undefined;
  readonly resource: <Type extends Resource['resourceType']>(
    type: Type,
    name: string,
  ) => Extract<Resource, { resourceType: Type }> | undefined;
}

/**
 * Reads the input of a terminology operation.
 * @param served the names of the parameters that have a meaning here
 * @param resourceName the parameter that a resource sent as the whole body stands for
 * @throws AppError (400) for parameters that are not served, or given twice: who sets them counts on them
 * @see https://hl7.org/fhir/R4/operations.html#executing
 */
export function readInputs(call: OperationCall, served: readonly string[], resourceName = ''): Inputs {
  const byName = new Map<string, ParametersParameter>();
  const repeated: ParametersParameter[] = [];
  for (const parameter of inputsOf(call)) {
    const name = parameter.name === 'resource' ? resourceName : parameter.name;
    // `_format` and the like speak of the answer.
    if (name.startsWith('_')) continue;
    if (!served.includes(name)) throw notServed(name, served);
    if (REPEATED.has(name)) repeated.push(parameter);
    else if (byName.has(name)) throw invalid(name, `Give the parameter "${name}" once.`);
    byName.set(name, parameter);
  }
  return inputs(byName, repeated);
}

/** Parameters that may be given several times. */
const REPEATED: ReadonlySet<string> = new Set(['property']);

function simple(name: string, parameter: ParametersParameter): string {
  const value = simpleValue(parameter);
  if (value) return value;
  throw invalid(name, `The parameter "${name}" must have a simple value.`);
}

function inputs(byName: ReadonlyMap<string, ParametersParameter>, repeated: readonly ParametersParameter[]): Inputs {
  const text = (name: string): string | undefined => {
    const parameter = byName.get(name);
    return parameter && simple(name, parameter);
  };
  return {
    text,
    texts: (name) => repeated.filter((each) => each.name === name).map((each) => simple(name, each)),
    flag: (name) => {
      const said = text(name);
      if (said === undefined || said === 'true' || said === 'false') return said === undefined ? said : said === 'true';
      throw invalid(name, `The parameter "${name}" must be true or false.`);
    },
    count: (name) => {
      const said = text(name);
      if (said === undefined || /^\d{1,9}$/.test(said)) return said === undefined ? said : Number(said);
      throw invalid(name, `The parameter "${name}" must be a whole number, 0 or more.`);
    },
    coding: (name) => {
      const parameter = byName.get(name);
      return parameter && asCoding(name, parameter.valueCoding);
    },
    concept: (name) => {
      const parameter = byName.get(name);
      if (!parameter) return undefined;
      const coding = parameter.valueCodeableConcept?.coding;
      if (!Array.isArray(coding) || coding.length === 0) {
        throw invalid(name, `The parameter "${name}" must be a CodeableConcept with at least one coding.`);
      }
      // What else a concept is called, without a system or a code, is in no value set; one of the others may be.
      const coded = coding.filter(isCoded);
      return { coding: (coded.length > 0 ? coded : coding).map((each: unknown) => asCoding(name, each)) };
    },
    resource: (type, name) => {
      const parameter = byName.get(name);
      if (!parameter) return undefined;
      const { resource } = parameter;
      if (resource?.resourceType !== type) throw invalid(name, `The parameter "${name}" must hold a ${type}.`);
      return resource as Extract<Resource, { resourceType: typeof type }>;
    },
  };
}

function asCoding(name: string, value: unknown): Coding {
  if (!isCoded(value)) throw invalid(name, `The parameter "${name}" must be coded with a system and a code.`);
  const { system, code, display } = value;
  return { system, code, ...(typeof display === 'string' ? { display } : {}) };
}

function isCoded(value: unknown): value is Coding & { readonly system: string; readonly code: string } {
  const { system, code } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return [system, code].every((each) => typeof each === 'string' && each !== '');
}

function notServed(name: string, served: readonly string[]): AppError {
  const named = /^[A-Za-z-]{1,40}$/.test(name) ? `The parameter "${name}"` : 'One of the parameters';
  const text = `${named} is not served here. There are: ${served.join(', ')}.`;
  const issues = [{ text, expression: 'Parameters.parameter', code: 'not-supported' as const }];
  return new AppError('invalid', 'operation.parameter', text, { issues });
}

/** The error of a parameter that is not as it must be. */
export function invalid(name: string, text: string): AppError {
  const expression = `Parameters.parameter.where(name = '${name}')`;
  return new AppError('invalid', 'operation.parameter', text, { issues: [{ text, expression }] });
}
