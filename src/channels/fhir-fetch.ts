import type { Bundle, Resource } from '@medplum/fhirtypes';
import type { Outbound } from '../outbound/outbound.ts';
import type { SendOutcome } from './channel.ts';
import { fromResponse, fromThrown } from './http-outcome.ts';
import { readJson } from './read-json.ts';

/** How the hub reads on the server of a partner. */
export interface FetchContext {
  /** Presents what is to be presented there. */
  readonly outbound: Outbound;
  /** How long each question may take. */
  readonly timeoutMs: number;
  /** Called before each question. @throws what ends the asking */
  readonly goOn: () => Promise<void>;
  readonly now: () => Date;
}

/** A partner's server did not answer what it was asked: why, as the outcome of a delivery says it. */
export class NotAnswered extends Error {
  readonly outcome: SendOutcome;

  constructor(outcome: SendOutcome) {
    super('The server of the partner did not answer.');
    this.name = 'NotAnswered';
    this.outcome = outcome;
  }
}

/** For what need not be known now: nothing, where the server did not answer. @throws what else it was */
export function unlessAway(thrown: unknown): undefined {
  if (!(thrown instanceof NotAnswered)) throw thrown;
}

/** What a search found, all pages of it. */
export interface Found {
  readonly resources: readonly Resource[];
  /** When it was answered first, by the clock of the server. */
  readonly asOf: Date;
}

/** A resource, or the code of why it could not be had though the server answers. */
export type Fetched = { readonly resource: Resource } | { readonly not: string };

const LARGEST_ANSWER = 8_000_000;
const MOST_PAGES = 100;

/**
 * Reads one resource on a partner's server.
 * @throws NotAnswered when the server cannot be reached
 * @see https://hl7.org/fhir/R4/http.html#read
 */
export async function readThere(address: string, context: FetchContext): Promise<Fetched> {
  const { response, body } = await get(address, context);
  if (!response.ok) return { not: `http-${response.status}` };
  return isResource(body) ? { resource: body } : { not: 'unreadable-answer' };
}

/**
 * Searches on a partner's server, page by page; what comes beside the matches is left out.
 * @param query ids and identifiers of what the hub has put there, never anything about a person
 * @param isAsked whether something is what was asked for: a server that passes a parameter over answers with all it has, of
 *   which nothing else is kept, nor the next page read
 * @throws NotAnswered when it is not answered, or leads to another server
 * @see https://hl7.org/fhir/R4/http.html#paging
 * @see https://hl7.org/fhir/R4/search.html#errors
 */
export async function searchThere(
  base: string,
  query: string,
  context: FetchContext,
  isAsked?: (resource: Resource) => boolean,
): Promise<Found> {
  const resources: Resource[] = [];
  let asOf: Date | undefined;
  let url: string | undefined = `${base}/${query}`;
  for (let pages = 1; url !== undefined; pages += 1) {
    if (pages > MOST_PAGES) throw new NotAnswered({ kind: 'retry', code: 'too-many-pages' });
    const { response, body } = await get(url, context, isAsked ? STRICTLY : {});
    if (!response.ok) throw new NotAnswered(fromResponse('search', response, body, context.now()));
    if (!isBundle(body)) throw new NotAnswered({ kind: 'retry', code: 'unreadable-answer' });
    asOf ??= clockOf(response, body, context.now());
    const matches = matchesOf(body);
    const asked = isAsked ? matches.filter(isAsked) : matches;
    resources.push(...asked);
    url = asked.length < matches.length ? undefined : nextOf(body, url, base);
  }
  return { resources, asOf: asOf ?? context.now() };
}

/** @see https://hl7.org/fhir/R4/search.html#errors */
const STRICTLY = { prefer: 'handling=strict' };

async function get(
  url: string,
  { outbound, timeoutMs, goOn }: FetchContext,
  more: Readonly<Record<string, string>> = {},
): Promise<{ response: Response; body: unknown }> {
  await goOn();
  try {
    const headers = { accept: 'application/fhir+json', ...more };
    const response = await outbound.call(url, { method: 'GET', headers, signal: AbortSignal.timeout(timeoutMs) });
    return { response, body: await readJson(response, LARGEST_ANSWER) };
  } catch (thrown) {
    throw new NotAnswered(fromThrown(thrown));
  }
}

function isResource(body: unknown): body is Resource {
  return typeof (body as Partial<Resource> | undefined)?.resourceType === 'string';
}

function isBundle(body: unknown): body is Bundle {
  if (!isResource(body) || body.resourceType !== 'Bundle') return false;
  return [body.entry ?? [], body.link ?? []].every(isListOfObjects);
}

function isListOfObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null);
}

function matchesOf({ entry = [] }: Bundle): Resource[] {
  return entry.flatMap(({ resource, search }) =>
    isResource(resource) && search?.mode !== 'include' && search?.mode !== 'outcome' ? [resource] : [],
  );
}

/** What the server says the time is; else when its answer was put together, else ours. @see https://www.rfc-editor.org/rfc/rfc9110#field.date */
function clockOf(response: Response, { meta }: Bundle, now: Date): Date {
  const said = [response.headers.get('date'), meta?.lastUpdated].map((each) => new Date(each ?? Number.NaN));
  return said.find((each) => !Number.isNaN(each.getTime())) ?? now;
}

/** The next page, on the same server only: what is presented there is for no other. */
function nextOf({ link = [] }: Bundle, url: string, base: string): string | undefined {
  const said: unknown = link.find(({ relation }) => relation === 'next')?.url;
  if (said === undefined) return undefined;
  const next = typeof said === 'string' ? URL.parse(said, url) : null;
  if (next?.origin !== URL.parse(base)?.origin) throw new NotAnswered({ kind: 'retry', code: 'next-page-elsewhere' });
  return next?.href;
}
