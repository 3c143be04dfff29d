import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle, Communication, Procedure, Resource, Task } from '@medplum/fhirtypes';

type Known<T extends Resource = Resource> = T & { id: string };

/** How the server of a clinic answers for a while. */
interface Mood {
  /** The status of every answer, where it is not the usual one. */
  status?: number | undefined;
  /** Parameters that it passes over. */
  ignores: readonly string[];
  /** How many matches stand on a page. */
  pageSize: number;
  /** What happens there just before it writes what it is sent. */
  beforeWrite?: (() => void) | undefined;
  /** Where it says that the next page is, where that is not on it. */
  nextPage?: string | undefined;
  /** The status with which it answers what it is told of one referral, by its correlation id; undefined: the usual one. */
  refuses?: ((referral: string) => number | undefined) | undefined;
  /** What it does not show yet to who asks what there is, as a server that is behind. */
  hides?: ((resource: Resource) => boolean) | undefined;
}

/**
 * A small clinic with a FHIR server, which knows nothing of the hub but what is put there: what it says of it, it writes there,
 * with ids of its own.
 */
export interface Clinic {
  /** The address of its FHIR API. */
  readonly base: string;
  readonly mood: Mood;
  /** What it was asked, each with its query. */
  readonly questions: string[];
  /** The Tasks that were put there. */
  tasks(): Known<Task>[];
  /** A Task as it stands, and as the hub has put it there last. */
  task(id: string): { readonly now: Known<Task>; readonly asPut: Known<Task> };
  /** What it was told about its Tasks. */
  messages(): Known<Communication>[];
  /** Writes down something, and says where it stands: `Type/id`. */
  keep(resource: Resource): string;
  /** Changes a Task of its own. */
  change(id: string, change: Partial<Task>): void;
  close(): Promise<void>;
}

export async function startClinic(): Promise<Clinic> {
  const held = new Map<string, Known>();
  const put = new Map<string, Known>();
  const questions: string[] = [];
  const mood: Mood = { pageSize: 10, ignores: [] };
  let ids = 0;
  const write = (resource: Resource): string => {
    ids += 1;
    const id = resource.id ?? `c${ids}`;
    const reference = `${resource.resourceType}/${id}`;
    const version = Number(held.get(reference)?.meta?.versionId ?? 0) + 1;
    const meta = { ...resource.meta, versionId: String(version), lastUpdated: new Date().toISOString() };
    held.set(reference, { ...resource, id, meta } as Known);
    return reference;
  };
  const all = <T extends Resource>(type: T['resourceType']): Known<T>[] =>
    [...held.values()].filter(({ resourceType }) => resourceType === type) as Known<T>[];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (request.method === 'GET') questions.push(request.url ?? '');
    const referral = request.headers['x-correlation-id'];
    const refusal = mood.status ?? (referral === undefined ? undefined : mood.refuses?.(String(referral)));
    if (refusal !== undefined) return send(response, refusal, OUTCOME);
    const url = new URL(request.url ?? '', `http://${request.headers.host}`);
    const [type = '', id] = url.pathname.replace('/fhir/', '').split('/');
    if (request.method === 'GET' && id) {
      const found = held.get(`${type}/${id}`);
      return send(response, found ? 200 : 404, found ?? OUTCOME);
    }
    const shown = (each: Known): boolean => referral !== undefined || !mood.hides?.(each);
    if (request.method === 'GET')
      return send(response, 200, page(url, matching(all(type as 'Task').filter(shown), url, mood), mood));
    mood.beforeWrite?.();
    const version = held.get(`${type}/${id}`)?.meta?.versionId;
    const expected = request.headers['if-match'];
    if (expected !== undefined && expected !== `W/"${version}"`) return send(response, 412, OUTCOME);
    const query = new URLSearchParams(String(request.headers['if-none-exist'] ?? url.search));
    const [there] = all(type as 'Task').filter((each) =>
      id ? each.id === id : isNamed(each, query.get('identifier')),
    );
    if (there && request.method === 'POST') return send(response, 200, there);
    const reference = write({ ...JSON.parse(body), ...(there ? { id: there.id } : {}) } as Resource);
    put.set(reference, held.get(reference) as Known);
    return send(response, there ? 200 : 201, held.get(reference) as Known, `${reference}/_history/1`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`,
    mood,
    questions,
    tasks: () => all<Task>('Task'),
    task: (id) => ({ now: held.get(`Task/${id}`) as Known<Task>, asPut: put.get(`Task/${id}`) as Known<Task> }),
    messages: () => all<Communication>('Communication'),
    keep: write,
    change: (id, change) => void write({ ...(held.get(`Task/${id}`) as Known<Task>), ...change }),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const OUTCOME = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'processing' }] };

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** What a search asks for: `identifier`, `based-on`, `recipient` and `_lastUpdated`, as the hub asks. */
function matching(resources: readonly Known[], url: URL, { ignores }: Mood): Known[] {
  const searchParams = new URLSearchParams([...url.searchParams].filter(([name]) => !ignores.includes(name)));
  const since = searchParams.get('_lastUpdated')?.slice('ge'.length);
  return resources.filter(
    (each) =>
      (!searchParams.has('identifier') || isNamed(each, searchParams.get('identifier'))) &&
      (!searchParams.has('based-on') || isBasedOn(each, searchParams.get('based-on') ?? '')) &&
      (!searchParams.has('recipient') || isFor(each, searchParams.get('recipient') ?? '')) &&
      (since === undefined || new Date(each.meta?.lastUpdated ?? 0) >= new Date(since)),
  );
}

function isNamed(resource: Resource, tokens: string | null): boolean {
  const { identifier = [] } = resource as Task;
  return identifier.some(({ system, value }) => (tokens ?? '').split(',').includes(`${system}|${value}`));
}

function isBasedOn(resource: Resource, requests: string): boolean {
  const { basedOn = [] } = resource as Procedure;
  return basedOn.some(({ reference }) => requests.split(',').includes(reference ?? ''));
}

function isFor(resource: Resource, recipients: string): boolean {
  const { recipient = [] } = resource as Communication;
  return recipient.some(({ reference }) => recipients.split(',').includes(reference ?? ''));
}

function page(url: URL, matches: readonly Known[], { pageSize: size, nextPage }: Mood): Bundle {
  const at = Number(url.searchParams.get('page') ?? 0);
  const next = new URL(url);
  next.searchParams.set('page', String(at + 1));
  const isLast = (at + 1) * size >= matches.length;
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(isLast ? {} : { link: [{ relation: 'next', url: nextPage ?? next.href }] }),
    entry: matches.slice(at * size, (at + 1) * size).map((resource) => ({ resource, search: { mode: 'match' } })),
  };
}

function send(response: ServerResponse, status: number, body: object, location?: string): void {
  response.writeHead(status, { 'content-type': 'application/fhir+json', ...(location ? { location } : {}) });
  response.end(JSON.stringify(body));
}
