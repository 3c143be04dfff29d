import type { Bundle } from '@medplum/fhirtypes';
import { call, fetchAsOperator } from '../../support/api.ts';
import type { Told } from '../network/told.ts';
import { forEachAtOnce } from './at-once.ts';
import { type Asker, mayChange, maySee, type Walk } from './walk.ts';

/** Asks for one resource by one route. */
type Route = (walk: Walk, asker: Asker, told: Told) => Promise<void>;

const ROUTES: readonly Route[] = [
  changes('PUT', 405),
  changes('PATCH', 404),
  changes('DELETE', 200),
  reads('read', ({ type, id }) => `${type}/${id}`),
  reads('a version', ({ type, id }) => `${type}/${id}/_history/1`),
  reads('its history', ({ type, id }) => `${type}/${id}/_history`),
  heads,
  finds('by its id', ({ type, id }) => `${type}?_id=${id}`),
  finds('by its id, and not by another', ({ type, id }) => `${type}?_id=${id},no-such-id&_sort=-_lastUpdated`),
  posts,
  counts,
  inBatch,
];

/** Every route for a resource in turn, or (not thorough) reading it and two others, which change from one to the next. */
export async function instanceRoutes(walk: Walk, asker: Asker, thorough: boolean): Promise<void> {
  const { resources } = walk.network;
  for (const [at, route] of ROUTES.entries()) {
    const some = resources.filter((_, number) => thorough || at === 3 || (number + at) % 6 === 0);
    await forEachAtOnce(some, (told) => route(walk, asker, told));
  }
}

const JSON_ONLY = { accept: 'application/fhir+json' };

function named(how: string, asker: Asker, { type, as, story }: Told): string {
  return `${how}: ${type} (${as} of "${story}") by ${asker.id}`;
}

function reads(how: string, address: (told: Told) => string): Route {
  return async ({ hub, tally }, asker, told) => {
    const { status } = await call('GET', `${hub.fhir}/${address(told)}`, { token: asker.token, headers: JSON_ONLY });
    tally.cell(named(how, asker, told), maySee(asker, told), status === 200);
    if (!maySee(asker, told)) tally.refusal(named(how, asker, told), 404, status);
  };
}

async function heads({ hub, tally }: Walk, asker: Asker, told: Told): Promise<void> {
  const response = await fetchAsOperator(`${hub.fhir}/${told.type}/${told.id}`, {
    method: 'HEAD',
    headers: { ...JSON_ONLY, ...(asker.token ? { authorization: `Bearer ${asker.token}` } : {}) },
  });
  tally.cell(named('HEAD', asker, told), maySee(asker, told), response.status === 200 || response.headers.has('etag'));
}

function finds(how: string, address: (told: Told) => string): Route {
  return async ({ hub, tally }, asker, told) => {
    const { body } = await call<Bundle>('GET', `${hub.fhir}/${address(told)}`, { token: asker.token });
    tally.cell(named(`search ${how}`, asker, told), maySee(asker, told), (body.entry ?? []).length > 0);
    tally.cell(named(`total ${how}`, asker, told), maySee(asker, told), body.total !== 0);
  };
}

async function posts({ hub, tally }: Walk, asker: Asker, told: Told): Promise<void> {
  const { body } = await call<Bundle>('POST', `${hub.fhir}/${told.type}/_search`, {
    token: asker.token,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `_id=${told.id}`,
  });
  tally.cell(named('search by POST', asker, told), maySee(asker, told), (body.entry ?? []).length > 0);
}

async function counts({ hub, tally }: Walk, asker: Asker, told: Told): Promise<void> {
  const url = `${hub.fhir}/${told.type}?_id=${told.id}&_summary=count`;
  const { body } = await call<Bundle>('GET', url, { token: asker.token });
  tally.cell(named('count', asker, told), maySee(asker, told), body.total === 1);
}

async function inBatch({ hub, tally }: Walk, asker: Asker, told: Told): Promise<void> {
  const urls = [`${told.type}/${told.id}`, `${told.type}?_id=${told.id}&_summary=count`];
  const body = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: urls.map((url) => ({ request: { method: 'GET', url } })),
  };
  const answer = await call<Bundle>('POST', hub.fhir, { token: asker.token, body });
  const [read, counted] = answer.body.entry ?? [];
  tally.cell(
    named('read in a batch', asker, told),
    maySee(asker, told),
    read?.response?.status?.startsWith('200') ?? false,
  );
  const total = (counted?.resource as Bundle | undefined)?.total;
  tally.cell(named('count in a batch', asker, told), maySee(asker, told), total === 1);
}

/** Who may change it is not asked to: it would be another resource then. @param asNothing how what is not there is answered */
function changes(method: 'PUT' | 'PATCH' | 'DELETE', asNothing: number): Route {
  return async ({ hub, tally, contents }, asker, told) => {
    if (mayChange(asker, told)) return;
    const { type, id } = told;
    // A referral has a word of its own for who wants to delete it.
    const asOthers = method === 'DELETE' && told.owner !== undefined ? 422 : 403;
    const body =
      method === 'PUT'
        ? contents.get(`${type}/${id}`)
        : method === 'PATCH'
          ? [{ op: 'add', path: '/language', value: 'en' }]
          : undefined;
    const headers = { ...JSON_ONLY, ...(method === 'PATCH' ? { 'content-type': 'application/json-patch+json' } : {}) };
    const { status } = await call(method, `${hub.fhir}/${type}/${id}`, { token: asker.token, headers, body });
    tally.refusal(named(method, asker, told), maySee(asker, told) ? asOthers : asNothing, status);
  };
}
