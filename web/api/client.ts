import type { OperationOutcome } from './types.ts';

/** Why an answer did not come, in the terms a person can act on. */
export type ProblemKind = 'unreachable' | 'signed-out' | 'not-found' | 'not-allowed' | 'failed';

/** What the hub says about one thing that was sent. */
export interface Issue {
  /** The name of the field it is about; empty: about all of it. */
  field: string;
  sentence: string;
}

interface Said {
  /** The hub's code of the error, as `people.sign-in`. */
  code: string | null;
  issues: Issue[];
}

export class ApiError extends Error {
  readonly kind: ProblemKind;
  readonly code: string | null;
  readonly issues: readonly Issue[];

  constructor(kind: ProblemKind, { code, issues }: Said = { code: null, issues: [] }) {
    super(kind);
    this.name = 'ApiError';
    this.kind = kind;
    this.code = code;
    this.issues = issues;
  }

  /** What the hub said, for a person to read. */
  get sentence(): string | null {
    return this.issues[0]?.sentence ?? null;
  }
}

export interface Served<T> {
  body: T;
  /** The hub's clock when it answered: a device's own clock may be wrong. */
  servedAt: number;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<Served<T>> {
  const response = await ask(path, { signal: signal ?? null });
  const servedAt = Date.parse(response.headers.get('date') ?? '');
  return { body: (await response.json()) as T, servedAt: Number.isNaN(servedAt) ? Date.now() : servedAt };
}

export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Asks for a change. @param csrfToken of the session; there is none before one is signed in */
export async function sendJson<T>(
  method: Method,
  path: string,
  body: unknown,
  csrfToken: string | undefined,
): Promise<T> {
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(csrfToken ? { 'x-csrf-token': csrfToken } : {}),
  };
  const response = await ask(path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  const response = await reach(path, init);
  if (!response.ok) throw new ApiError(kindOf(response.status), await saidBy(response));
  return response;
}

async function reach(path: string, { headers, ...init }: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, headers: { accept: 'application/json', ...headers } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError('unreachable');
  }
}

function kindOf(status: number): ProblemKind {
  if (status === 401) return 'signed-out';
  if (status === 403) return 'not-allowed';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 502 || status === 503 || status === 504) return 'unreachable';
  return 'failed';
}

async function saidBy(response: Response): Promise<Said> {
  try {
    const { issue = [] } = (await response.json()) as Partial<OperationOutcome>;
    return {
      code: issue[0]?.details?.coding?.[0]?.code ?? null,
      issues: issue.map(({ details, expression }) => ({
        field: expression?.[0] ?? '',
        sentence: details?.text ?? '',
      })),
    };
  } catch {
    return { code: null, issues: [] }; // a proxy's page, not the hub's answer
  }
}
