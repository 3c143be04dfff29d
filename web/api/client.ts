import type { OperationOutcome } from './types.ts';

/** Why an answer did not come, in the terms a person can act on. */
export type ProblemKind = 'unreachable' | 'not-found' | 'not-allowed' | 'failed';

export class ApiError extends Error {
  readonly kind: ProblemKind;
  /** What the hub said, for a person to read. */
  readonly sentence: string | null;

  constructor(kind: ProblemKind, sentence: string | null) {
    super(kind);
    this.name = 'ApiError';
    this.kind = kind;
    this.sentence = sentence;
  }
}

export interface Served<T> {
  body: T;
  /** The hub's clock when it answered: a device's own clock may be wrong. */
  servedAt: number;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<Served<T>> {
  const response = await ask(path, signal);
  if (!response.ok) throw new ApiError(kindOf(response.status), await sentenceOf(response));
  const servedAt = Date.parse(response.headers.get('date') ?? '');
  return { body: (await response.json()) as T, servedAt: Number.isNaN(servedAt) ? Date.now() : servedAt };
}

async function ask(path: string, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(path, { headers: { accept: 'application/json' }, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError('unreachable', null);
  }
}

function kindOf(status: number): ProblemKind {
  if (status === 401 || status === 403) return 'not-allowed';
  if (status === 404 || status === 410) return 'not-found';
  if (status === 502 || status === 503 || status === 504) return 'unreachable';
  return 'failed';
}

async function sentenceOf(response: Response): Promise<string | null> {
  try {
    const outcome = (await response.json()) as Partial<OperationOutcome>;
    return outcome.issue?.[0]?.details?.text ?? null;
  } catch {
    return null; // a proxy's page, not the hub's answer
  }
}
