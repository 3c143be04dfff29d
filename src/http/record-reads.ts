import type { RequestHandler } from 'express';
import type { NewEntry, Recorder } from '../fhir/audit/record/new-entry.ts';
import type { Caller } from '../fhir/caller.ts';
import { targetAt } from './api-target.ts';

/** Finds whose record a resource is in, whoever asks. */
export type Whose = (type: string, id: string) => Promise<string | undefined>;

/**
 * Keeps in the audit what the JSON API tells of clients, before it is told: an entry for each of them, also where the
 * address alone says of whom. Answers that tell of nobody leave none.
 */
export function recordReads(record: Recorder, whose: Whose): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'GET' && !ASKED_BY_POST.test(request.path)) {
      next();
      return;
    }
    const send = response.json.bind(response);
    response.json = (body: unknown) => {
      const { caller } = response.locals as { caller: Caller };
      const read = readAt(request.path);
      const told = response.statusCode < 300 ? clientsTold(whose, request.path, body) : Promise.resolve([]);
      told
        .then((clients) =>
          record(
            caller,
            clients.map((patient) => ({ ...read, patient })),
          ),
        )
        .then(() => send(body), next);
      return response;
    };
    next();
  };
}

/** What is asked is too much for an address, or should not stand in one. */
const ASKED_BY_POST = /^\/loops\/search\/?$/i;

/** `/loops/<id>` is one referral; anything else is a list, or made of several. */
function readAt(path: string): NewEntry {
  const [, what = '', id] = path.split('/');
  if (ASKED_BY_POST.test(path)) return { action: 'E', interaction: 'operation', query: 'loops/search' };
  if (what === 'loops' && id) {
    return { action: 'R', interaction: 'read', resource_type: 'Task', resource_id: id, query: 'loops/*' };
  }
  return { action: 'E', interaction: 'operation', query: id ? `${what}/*` : what };
}

/** Whom an answer tells of: by name, or because of what it was asked about. */
async function clientsTold(whose: Whose, path: string, body: unknown): Promise<string[]> {
  const named = clientsIn(body);
  const { resource_type: type, resource_id: id } = targetAt(path);
  if (named.length > 0 || type === undefined || id === undefined) return named;
  const patient = await whose(type, id);
  return patient === undefined ? [] : [patient];
}

/** The ids of the clients an answer tells of: where it refers to a Patient, or has a `clientId`. Pure. */
export function clientsIn(body: unknown): string[] {
  const found = new Set<string>();
  collect(body, '', found);
  return [...found];
}

function collect(value: unknown, key: string, found: Set<string>): void {
  if (typeof value === 'string') {
    const id = key === 'clientId' ? value : /^Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(value)?.[1];
    if (id !== undefined) found.add(id);
  } else if (typeof value === 'object' && value !== null) {
    for (const [inner, each] of Object.entries(value)) collect(each, inner, found);
  }
}
