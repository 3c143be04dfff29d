import type { RequestHandler } from 'express';
import type { NewEntry, Recorder } from '../fhir/audit/record/new-entry.ts';
import type { Caller } from '../fhir/caller.ts';

/**
 * Keeps in the audit what the JSON API tells of clients, before it is told: an entry for each of them. Answers that
 * tell of nobody leave none.
 */
export function recordReads(record: Recorder): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'GET' && !ASKED_BY_POST.test(request.path)) {
      next();
      return;
    }
    const send = response.json.bind(response);
    response.json = (body: unknown) => {
      const { caller } = response.locals as { caller: Caller };
      const clients = response.statusCode < 300 ? clientsIn(body) : [];
      const read = readAt(request.path);
      record(
        caller,
        clients.map((patient) => ({ ...read, patient })),
      ).then(() => send(body), next);
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
