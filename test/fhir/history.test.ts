import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe.each(databaseKinds())('the history (%s)', (kind) => {
  const clock = createClock('2026-03-02T09:00:00Z');
  let hub: TestHub;
  let asa = '';
  let omar = '';
  let clinic = '';

  /** What happens, a minute apart: Åsa, the clinic, Åsa changed, Omar, Omar deleted. */
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    clock.advance(60_000);
    asa = await write('POST', 'Patient', { resourceType: 'Patient', gender: 'female' });
    clinic = await write('POST', 'Organization', { resourceType: 'Organization', name: 'Clinic' });
    await write('PUT', `Patient/${asa}`, { resourceType: 'Patient', id: asa, gender: 'other' });
    omar = await write('POST', 'Patient', { resourceType: 'Patient' });
    await call('DELETE', `${hub.fhir}/Patient/${omar}`);
  });
  afterAll(() => hub?.close());

  async function write(method: string, path: string, body: Resource): Promise<string> {
    const { id } = await done(call(method, `${hub.fhir}/${path}`, { body }));
    clock.advance(60_000);
    return id;
  }

  const ask = (path: string): Promise<Answer<Bundle>> => call<Bundle>('GET', `${hub.fhir}/${path}`);
  const said = ({ body }: Answer<Bundle>): string[] =>
    (body.entry ?? []).map(({ request, fullUrl }) => `${request?.method} ${fullUrl?.slice(hub.fhir.length + 1)}`);

  test('of a type has what happened to its resources, newest first', async () => {
    expect(said(await ask('Patient/_history'))).toEqual([
      `DELETE Patient/${omar}`,
      `POST Patient/${omar}`,
      `PUT Patient/${asa}`,
      `POST Patient/${asa}`,
    ]);
  });

  test('of everything has what happened to all', async () => {
    const history = said(await ask('_history'));
    expect(history).toEqual([
      `DELETE Patient/${omar}`,
      `POST Patient/${omar}`,
      `PUT Patient/${asa}`,
      `POST Organization/${clinic}`,
      `POST Patient/${asa}`,
      'POST Questionnaire/client-confirmation',
      'POST Questionnaire/after-hospital',
      'POST Organization/careloop',
    ]);
  });

  test('since a moment has what happened since', async () => {
    expect(said(await ask('_history?_since=2026-03-02T09:03:00Z'))).toEqual([
      `DELETE Patient/${omar}`,
      `POST Patient/${omar}`,
      `PUT Patient/${asa}`,
    ]);
  });

  test('at a moment has the versions that stood then', async () => {
    const stood = async (query: string): Promise<(string | undefined)[]> =>
      (await ask(query)).body.entry?.map(({ response }) => response?.etag) ?? [];
    expect(await stood(`Patient/${asa}/_history?_at=2026-03-02T09:02:30Z`)).toEqual(['W/"1"']);
    expect(await stood(`Patient/${asa}/_history?_at=2026-03-02T09:30:00Z`)).toEqual(['W/"2"']);
    expect(await stood(`Patient/${asa}/_history?_at=2026-03-02`)).toEqual(['W/"2"', 'W/"1"']);
    expect(await stood(`Patient/${asa}/_history?_at=2026-03-01`)).toEqual([]);
  });

  test.each(['Patient/_history', '_history', 'Patient/@asa/_history'])(
    'comes in pages that hold each version once: %s',
    async (template) => {
      const path = template.replace('@asa', asa);
      const whole = said(await ask(path));
      const seen: string[] = [];
      for (let next: string | undefined = `${hub.fhir}/${path}?_count=1`; next; ) {
        const page: Answer<Bundle> = await call<Bundle>('GET', next);
        expect(page.body.entry).toHaveLength(1);
        seen.push(...said(page));
        next = page.body.link?.find(({ relation }) => relation === 'next')?.url;
      }
      expect(seen).toEqual(whole);
    },
  );

  test('of one resource says how many versions there are', async () => {
    const { body } = await ask(`Patient/${omar}/_history?_count=1`);
    expect([body.total, body.entry?.length]).toEqual([2, 1]);
    expect(body.entry?.[0]).toEqual({
      fullUrl: `${hub.fhir}/Patient/${omar}`,
      request: { method: 'DELETE', url: `Patient/${omar}` },
      response: { status: '204', etag: 'W/"2"', lastModified: '2026-03-02T09:05:00.000Z' },
    });
  });

  test('tells what was made by an update as one, also anew after it was deleted', async () => {
    const body: Resource = { resourceType: 'Basic', id: 'own-id', code: { text: 'x' } };
    await write('PUT', 'Basic/own-id', body);
    await call('DELETE', `${hub.fhir}/Basic/own-id`);
    const changed = { ...body, language: 'sv' };
    expect(await write('PUT', 'Basic?_id=own-id', changed)).toBe('own-id');
    await write('PUT', 'Basic/own-id', body);
    const made = await write('POST', 'Basic', body);
    const { body: history } = await ask('Basic/_history');
    expect(
      history.entry?.map(({ request, response }) => [request?.method, request?.url, response?.status, response?.etag]),
    ).toEqual([
      ['POST', 'Basic', '201', 'W/"1"'],
      ['PUT', 'Basic/own-id', '200', 'W/"4"'],
      ['PUT', 'Basic/own-id', '201', 'W/"3"'],
      ['DELETE', 'Basic/own-id', '204', 'W/"2"'],
      ['PUT', 'Basic/own-id', '201', 'W/"1"'],
    ]);
    expect(history.entry?.[0]?.fullUrl).toBe(`${hub.fhir}/Basic/${made}`);
  });

  test('tells what the transactions made by an update as such', async () => {
    const put = (id: string): object => ({
      resource: {
        resourceType: 'Flag',
        id,
        status: 'active',
        code: { text: 'x' },
        subject: { reference: `Patient/${asa}` },
      },
      request: { method: 'PUT', url: `Flag/${id}` },
    });
    const entry = [put('first'), put('second')];
    const { status } = await call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
    expect(status).toBe(200);
    expect(said(await ask('Flag/_history')).sort()).toEqual(['PUT Flag/first', 'PUT Flag/second']);
    const { body } = await ask('Flag/first/_history');
    expect(body.entry?.[0]?.response?.status).toBe('201');
  });

  test('is only counted, where that is asked for', async () => {
    const { body } = await ask(`Patient/${omar}/_history?_summary=count`);
    expect([body.total, body.entry, body.link?.map(({ relation }) => relation)]).toEqual([2, undefined, ['self']]);
  });

  test('says which parameters it heard; under handling=strict the others are refused', async () => {
    const { body } = await ask(`Patient/${omar}/_history?_count=1&_sort=_id&_list=x`);
    const self = `${hub.fhir}/Patient/${omar}/_history?_count=1`;
    expect(body.link?.[0]).toEqual({ relation: 'self', url: self });
    expect(body.link?.[1]?.url).toMatch(/\/_history\?_count=1&_cursor=[\w-]+$/);
    const strict = (query: string): Promise<Answer> =>
      call('GET', `${hub.fhir}/_history?${query}`, { headers: { prefer: 'handling=strict' } });
    const answer = await strict('_sort=_id');
    expect([answer.status, texts(answer)]).toEqual([
      400,
      ['A history knows _since, _at and _count. Leave the other parameters out, or handling=strict.'],
    ]);
    expect((await strict('_count=1&_since=2026-01-01&_format=json')).status).toBe(200);
  });

  test('comes with the elements that are asked for', async () => {
    const { body } = await ask(`Patient/${asa}/_history?_elements=id`);
    expect(body.entry?.map(({ resource }) => (resource as Patient).gender)).toEqual([undefined, undefined]);
  });

  test.each([
    ['_since=yesterday', '_since must be a moment or a day, e.g. 2026-11-22T10:00:00Z or 2026-11-22.'],
    ['_at=', '_at must be a moment or a day, e.g. 2026-11-22T10:00:00Z or 2026-11-22.'],
    ['_count=0', '_count must be a whole number, 1 or more.'],
    ['_count=few', '_count must be a whole number, 1 or more.'],
    [
      '_cursor=x',
      'This _cursor is not one of a link this server gave. Follow the links of a search result as they are.',
    ],
  ])('is refused for what cannot be read: %s', async (query, text) => {
    const answer = await ask(`Patient/_history?${query}`);
    expect([answer.status, texts(answer)]).toEqual([400, [text]]);
  });
});
