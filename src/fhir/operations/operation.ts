import type { Parameters, ParametersParameter, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import { validate } from '../validate/validate.ts';

/** What an operation is called on: the server, a type (`Patient/$match`), or one resource (`Patient/1/$everything`). */
export type OperationLevel = 'system' | 'type' | 'instance';

/** One call of an operation, whichever way it came in. */
export interface OperationCall {
  readonly caller: Caller;
  readonly level: OperationLevel;
  readonly type: string | undefined;
  readonly id: string | undefined;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** The query's parameters, in order, repeated ones too. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The body of a POST: Parameters, or a resource that is the one input parameter. */
  readonly body: Resource | undefined;
  /** The address of this server's FHIR API, without a slash at the end. */
  readonly base: string;
  /** Lower-case names, e.g. `prefer`. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface OperationAnswer {
  readonly status: number;
  readonly resource?: Resource | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** An answer that is no resource, e.g. a file of NDJSON. */
  readonly raw?: { readonly mediaType: string; readonly body: AsyncIterable<string | Uint8Array> | string } | undefined;
}

/**
 * An operation this server offers. The metadata lists exactly the operations that are served.
 * @see https://hl7.org/fhir/R4/operations.html
 */
export interface Operation {
  /** Without the `$`. */
  readonly name: string;
  /** The canonical address of its OperationDefinition. */
  readonly definition: string;
  readonly levels: readonly OperationLevel[];
  /** The types it is for; `*` for every type. Empty when it is for the server only. */
  readonly types: readonly string[] | '*';
  /** Whether it changes anything: then it is called by POST only. */
  readonly affectsState: boolean;
  /** Whether GET begins something that goes on, or discloses: then HEAD, which asks what GET would say, is not taken. */
  readonly begins?: true;
  /** Whether DELETE means something to it. */
  readonly takesDelete?: true;
  /** Whether it may answer with what is no resource, in a form of its own. */
  readonly givesFiles?: true;
  /** Left out of the metadata: it answers, but offers nothing yet. */
  readonly unlisted?: true;
  readonly run: (call: OperationCall) => Promise<OperationAnswer>;
}

/**
 * The input parameters of a call: those of its Parameters, or of its query (each as `valueString`). What they are is
 * valid FHIR; the resources among them need not be, e.g. for `$validate`. Pure.
 * @throws AppError (400) when they are no list of named parameters, or that says where they are not FHIR
 */
export function inputsOf(call: OperationCall): NonNullable<Parameters['parameter']> {
  const said = call.query.map(([name, valueString]) => ({ name, valueString }));
  if (call.body?.resourceType === 'Parameters') {
    const parameter = named(call.body.parameter ?? []);
    if (parameter.length > 0) validate({ resourceType: 'Parameters', parameter: parameter.map(withoutResource) });
    return [...said, ...parameter];
  }
  return call.body ? [...said, { name: 'resource', resource: call.body }] : said;
}

function named(parameters: unknown): NonNullable<Parameters['parameter']> {
  const isNamed = (each: unknown): boolean =>
    typeof each === 'object' && each !== null && typeof (each as { name?: unknown }).name === 'string';
  if (Array.isArray(parameters) && parameters.every(isNamed)) return parameters;
  const text = 'Parameters.parameter must be a list in which every parameter has a name.';
  const issues = [{ text, expression: 'Parameters.parameter' }];
  throw new AppError('invalid', 'operation.parameters', text, { issues });
}

const ANY_RESOURCE: Resource = { resourceType: 'Parameters' };

/** A parameter in which a resource that says what it is stands for any. */
function withoutResource(parameter: ParametersParameter): ParametersParameter {
  const { resource, part } = parameter;
  const type = (resource as { resourceType?: unknown } | null | undefined)?.resourceType;
  return {
    ...parameter,
    ...(typeof type === 'string' ? { resource: ANY_RESOURCE } : {}),
    ...(Array.isArray(part) ? { part: part.map(withoutResource) } : {}),
  };
}
