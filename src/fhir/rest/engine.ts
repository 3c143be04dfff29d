import { getStatus, isOk, OperationOutcomeError } from '@medplum/core';
import { type FhirRequest, FhirRouter, type HttpMethod } from '@medplum/fhir-router';
import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { isRetriable } from '../../db/database.ts';
import { AppError, errorOf, toAppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import { type Store, transact } from '../store/transact.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';
import { decideConditions } from './conditions.ts';
import { withoutQuotedValues } from './engine-outcome.ts';
import { Repository } from './repository.ts';

/** A FHIR request below the base address. */
export interface EngineRequest {
  readonly method: HttpMethod;
  /** Path and query below the base, e.g. `Task/1` or `Task?status=requested`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
}

export interface EngineAnswer {
  readonly status: number;
  readonly resource: Resource;
}

const router = withoutGraphql(new FhirRouter());

/** GraphQL would be a second door to everything, of which the metadata says nothing. */
function withoutGraphql(engine: FhirRouter): FhirRouter {
  const { routes } = engine.router;
  const at = routes.findIndex(({ path }) => path[0]?.value === '$graphql');
  if (at >= 0) routes.splice(at, 1);
  return engine;
}

/**
 * Carries out one FHIR interaction for a caller.
 * @throws OperationOutcomeError (an AppError where it is ours) when it is refused; then nothing was written
 */
export async function interact(store: Store, caller: Caller, request: EngineRequest): Promise<EngineAnswer> {
  return run(new Repository(store, caller), request);
}

/**
 * Carries out a transaction Bundle: all of it, or none.
 * @param around wraps the work inside the transaction, e.g. to answer a repeated Bundle as the first time
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export async function interactAtomically(
  store: Store,
  caller: Caller,
  bundle: Bundle,
  around: (unit: UnitOfWork, work: () => Promise<Bundle>) => Promise<Bundle>,
): Promise<Bundle> {
  // As the engine carries it out: it gives the new resources their ids in here.
  let body = bundle;
  const work = async (unit: UnitOfWork): Promise<Bundle> => {
    body = structuredClone(await decideConditions(unit, bundle));
    const request = { method: 'POST', url: '/', headers: {}, body } as const;
    const { resource } = await run(new Repository(store, caller, unit), request);
    return resource as Bundle;
  };
  try {
    return await transact(store, caller, (unit) => around(unit, () => work(unit)));
  } catch (thrown) {
    throw thrown instanceof AppError ? inBundle(thrown, body) : thrown;
  }
}

async function run(repository: Repository, request: EngineRequest): Promise<EngineAnswer> {
  const engineRequest: FhirRequest = {
    method: request.method,
    url: request.url,
    pathname: '',
    params: {},
    query: {},
    body: request.body,
    headers: request.headers,
    config: { transactions: true },
  };
  const [outcome, resource] = await router.handleRequest(engineRequest, guarded(repository));
  if (!isOk(outcome)) throw refusal(outcome);
  return { status: getStatus(outcome), resource: resource ?? outcome };
}

/** The engine shows unknown errors to its caller; here they become faults, whose text says nothing. */
function guarded(repository: Repository): Repository {
  return new Proxy(repository, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const result: unknown = member.apply(target, args);
        return result instanceof Promise ? result.catch((thrown: unknown) => Promise.reject(known(thrown))) : result;
      };
    },
  });
}

function known(thrown: unknown): Error {
  return thrown instanceof OperationOutcomeError ? thrown : toAppError(thrown);
}

/** The error to throw for an outcome of the engine; what the database undid is thrown as it came, to be repeated. */
function refusal(outcome: OperationOutcome): Error {
  const error = errorOf(outcome);
  if (error) return isRetriable(error.cause) ? (error.cause as Error) : error;
  return new EngineRefusal(withoutQuotedValues(outcome));
}

/** A refusal made by the engine itself. */
export class EngineRefusal extends OperationOutcomeError {
  get status(): number {
    return getStatus(this.outcome);
  }
}

/** Says in which entry of a Bundle the fault stands: `Task.owner` becomes `Bundle.entry[3].resource.owner`. */
function inBundle(error: AppError, bundle: Bundle): AppError {
  const { subject } = error;
  const at = (bundle.entry ?? []).findIndex(
    ({ resource }) => subject && resource?.resourceType === subject.type && resource.id === subject.id,
  );
  if (at < 0 || !subject) return error;
  const place = `Bundle.entry[${at}].resource`;
  const issues = error.outcome.issue.map((issue) => ({
    text: issue.details?.text ?? error.message,
    code: issue.code,
    expression: issue.expression?.[0] ? placed(issue.expression[0], subject.type, place) : place,
  }));
  return new AppError(error.kind, error.code, error.message, { issues, subject, cause: error.cause });
}

function placed(expression: string, type: string, place: string): string {
  return expression === type || expression.startsWith(`${type}.`)
    ? place + expression.slice(type.length)
    : `${place}.${expression}`;
}
