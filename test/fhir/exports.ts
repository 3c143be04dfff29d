import type { Bundle, Resource } from '@medplum/fhirtypes';
import { type Answer, call, fetchAsOperator } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';

export interface ManifestFile {
  readonly type: string;
  readonly url: string;
  /** Absent where fewer may be given than there were. */
  readonly count?: number;
}

export interface Manifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly ManifestFile[];
  readonly deleted: readonly ManifestFile[];
  readonly error: readonly ManifestFile[];
}

const ASYNC = { prefer: 'respond-async' };

/** Asks for an export. @returns the answer, and the address of its status */
export async function kickOff(
  url: string,
  token?: string,
  body?: unknown,
): Promise<Answer & { readonly statusUrl: string }> {
  const answer = await call(body ? 'POST' : 'GET', url, { headers: ASYNC, token, body });
  return { ...answer, statusUrl: answer.headers.get('content-location') ?? '' };
}

/** The manifest, once the export is made. */
export async function manifestAt(statusUrl: string, token?: string): Promise<Manifest> {
  const answer = await eventually(async () => {
    const asked = await call<Manifest>('GET', statusUrl, { token });
    if (asked.status === 202) throw new Error(`not yet: ${asked.headers.get('x-progress')}`);
    return asked;
  });
  if (answer.status !== 200) throw new Error(`refused with ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** The lines of files, as resources. */
export async function linesOf<T extends Resource = Resource>(
  files: readonly ManifestFile[],
  token?: string,
): Promise<T[]> {
  const lines: T[] = [];
  for (const { url, count } of files) {
    const response = await fetchAsOperator(url, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    const text = await response.text();
    const parsed = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as T);
    if (count !== undefined && parsed.length !== count)
      throw new Error(`${url} has ${parsed.length} lines, said ${count}`);
    lines.push(...parsed);
  }
  return lines;
}

/** `Type/id` of each, in order. */
export function namesOf(resources: readonly Resource[]): string[] {
  return resources.map(({ resourceType, id }) => `${resourceType}/${id}`).sort();
}

/** What is deleted, as `Type/id`. */
export async function deletedIn({ deleted }: Manifest): Promise<string[]> {
  const bundles = await linesOf<Bundle>(deleted);
  return bundles.map(({ entry }) => `${entry?.[0]?.request?.method} ${entry?.[0]?.request?.url}`).sort();
}
