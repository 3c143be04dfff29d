import { setTimeout as pause } from 'node:timers/promises';
import type { OperationOutcome } from '@medplum/fhirtypes';
import type { Tokens } from './sign-in.ts';

/** Where a partner's program works, and as whom. */
export interface FhirClient {
  /** Base address of the FHIR server. */
  readonly base: string;
  /** What it presents to this server. */
  readonly tokens?: Tokens | undefined;
  /** How long a request is repeated that meets a lost connection or a server in trouble. */
  readonly patienceMs: number;
  /** Ends everything under way. */
  readonly stop: AbortSignal;
}

/** The server said no, and saying it again would not help. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, what: string, outcome: unknown) {
    const issues = (outcome as OperationOutcome | undefined)?.issue ?? [];
    const texts = issues.map(({ details, diagnostics, expression }) =>
      [details?.text ?? diagnostics, ...(expression ?? [])].join(' @ '),
    );
    super(`${what}: ${status} ${texts.join('; ')}`);
    this.status = status;
  }
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** The token that was presented. */
  readonly token: string | undefined;
}

export const FHIR_JSON = 'application/fhir+json';
const ONE_TRY_MS = 15_000;
const LONGEST_WAIT_MS = 1_000;

/**
 * Makes a request, again and again while the connection is lost or the server is in trouble; with another token, once,
 * where that is not good any more.
 * @throws Refused when the server says no
 */
export async function request(client: FhirClient, call: Call): Promise<unknown> {
  const what = `${call.method} ${call.url}`;
  const giveUpAt = performance.now() + client.patienceMs;
  let renewed = false;
  for (let tries = 0; ; tries += 1) {
    const answer = await attempt(client, call);
    if (answer && answer.status < 300) return answer.body;
    if (answer?.status === 401 && answer.token && !renewed) {
      client.tokens?.forget(answer.token);
      renewed = true;
      continue;
    }
    if (answer && !isPassing(answer.status)) throw new Refused(answer.status, what, answer.body);
    if (performance.now() >= giveUpAt)
      throw new Error(`${what}: ${answer ? `still answers ${answer.status}` : 'does not answer'}`);
    await pause(Math.min(50 * 2 ** tries, LONGEST_WAIT_MS), undefined, { signal: client.stop });
  }
}

/** @returns undefined when the connection was lost: nobody knows whether it was done */
async function attempt(client: FhirClient, { method, url, body, headers }: Call): Promise<Answer | undefined> {
  try {
    const token = await tokenFor(client, url);
    const response = await fetch(url, {
      method,
      headers: { accept: FHIR_JSON, 'content-type': FHIR_JSON, ...authorization(token), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([client.stop, AbortSignal.timeout(ONE_TRY_MS)]),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined, token };
  } catch {
    client.stop.throwIfAborted();
    return undefined;
  }
}

/** The token is for this server only, wherever a reference may lead. */
async function tokenFor({ base, tokens }: FhirClient, url: string): Promise<string | undefined> {
  return new URL(url).origin === new URL(base).origin ? tokens?.get() : undefined;
}

function authorization(token: string | undefined): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}
