import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';

/** What the server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body read as JSON; undefined when it is none. */
  readonly json: unknown;
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as FHIR JSON; a text is sent as it is. */
  readonly body?: unknown;
}

export type Kept<T extends Resource = Resource> = T & { readonly id: string };

const PATIENCE_MS = 20_000;

/** Asks once. @throws Error when there is no answer */
export async function ask(method: string, url: string, { headers, body }: Ask): Promise<Answer> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: {
      accept: 'application/fhir+json',
      ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: readJson(text) };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The answer's body as a Bundle; an empty one when it is none. */
export function bundleIn({ json }: Answer): Bundle {
  const bundle = json as Partial<Bundle> | undefined;
  return bundle?.resourceType === 'Bundle' ? (bundle as Bundle) : { resourceType: 'Bundle', type: 'collection' };
}

/** The ids of what a search found, without what it included. */
export function matchesIn(answer: Answer): string[] {
  const entries = bundleIn(answer).entry ?? [];
  const matches = entries.filter(({ search }) => (search?.mode ?? 'match') === 'match');
  return matches.flatMap(({ resource }) =>
    resource && resource.resourceType !== 'OperationOutcome' ? (resource.id ?? []) : [],
  );
}

export function isOutcome({ json }: Answer): boolean {
  const outcome = json as Partial<OperationOutcome> | undefined;
  return outcome?.resourceType === 'OperationOutcome' && (outcome.issue?.length ?? 0) > 0;
}
