import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { operatorToken } from './operator.ts';

/** What a server answered. */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface CallOptions {
  /** Undefined: the hub's own program asks, where the address is that of a test's hub; null: nobody says who asks. */
  readonly token?: string | null | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Like `fetch`, as the hub's own program unless the headers say who asks. */
export function fetchAsOperator(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const token = operatorToken(url);
  if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
  return fetch(url, { ...init, headers });
}

/** Calls an HTTP API with JSON. A string body is sent as it is. */
export async function call<T = unknown>(method: string, url: string, options: CallOptions = {}): Promise<Answer<T>> {
  const { token, headers, body } = options;
  const send = token === null ? fetch : fetchAsOperator;
  const response = await send(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as T };
}

/** Creates or updates, and fails the test when that is refused. */
export async function done<T extends Resource = Resource>(
  answer: Promise<Answer<unknown>>,
): Promise<T & { id: string }> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`refused with ${status}: ${JSON.stringify(body)}`);
  return body as T & { id: string };
}

/** The resources a search found. */
export function found<T extends Resource>(answer: Answer<unknown>): (T & { id: string })[] {
  const entries = (answer.body as Bundle).entry ?? [];
  return entries.filter(({ search }) => search?.mode === 'match').map(({ resource }) => resource as T & { id: string });
}

/** The texts of an OperationOutcome. */
export function texts(answer: Answer<unknown>): string[] {
  return (answer.body as OperationOutcome).issue.map(({ details }) => details?.text ?? '');
}
