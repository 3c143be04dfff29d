import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome, Patient, Resource } from '@medplum/fhirtypes';
import { type Answer, call, found, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { fillDirectory } from './people.ts';

describe.each(databaseKinds())('a search (%s)', (kind) => {
  const clock = createClock('2026-03-01T12:00:00Z');
  let hub: TestHub;
  let named: ReadonlyMap<string, string>;
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    named = await fillDirectory(hub.fhir, clock);
  });
  afterAll(() => hub?.close());

  const ask = (query: string): Promise<Answer<Bundle>> => call<Bundle>('GET', `${hub.fhir}/${query}`);
  /** The short names of what was found, in the order it came. `@name` in a query is the id of what has that name. */
  async function names(query: string): Promise<string[]> {
    const answer = await ask(query.replace(/@(\w+)/g, (_, name: string) => named.get(name) ?? name));
    expect(answer.status).toBe(200);
    return found<Resource>(answer).map(nameOf);
  }
  const nameOf = ({ id }: Resource): string => [...named].find(([, known]) => known === id)?.[0] ?? `unknown ${id}`;
  const entries = ({ body }: Answer<Bundle>): string[] =>
    (body.entry ?? []).map(({ search, resource }) => `${search?.mode} ${nameOf(resource as Resource)}`);

  describe('comes in order', () => {
    test.each<[string, string[]]>([
      ['Patient', ['nameless', 'maria', 'omar', 'asa']],
      ['Patient?_sort=_lastUpdated', ['asa', 'omar', 'maria', 'nameless']],
      ['Patient?_sort=-birthdate', ['maria', 'omar', 'asa', 'nameless']],
      ['Patient?_sort=family', ['omar', 'asa', 'maria', 'nameless']],
      ['Patient?_sort=gender,birthdate', ['asa', 'maria', 'omar', 'nameless']],
      ['Patient?_sort=-_lastUpdated,birthdate', ['nameless', 'maria', 'omar', 'asa']],
    ])('%s', async (query, wanted) => {
      expect(await names(query)).toEqual(wanted);
    });

    test.each([
      ['Patient?_sort=colour', '"colour"'],
      ['Patient?_sort=-%20x%20', 'that'],
      ['Observation?_sort=code-value-concept', '"code-value-concept"'],
    ])('not so: %s', async (query, shown) => {
      const type = query.split('?')[0];
      expect(texts(await ask(query))).toEqual([
        `Results cannot be sorted by ${shown}. Sort by _lastUpdated, _id, or a parameter of ${type} that is not a composite.`,
      ]);
    });
  });

  describe('comes in pages', () => {
    test.each([
      'Organization?_count=3&_sort=name',
      'Organization?_count=3',
      'Organization?_count=1&name=org',
      'Organization?_count=2&active=true&_sort=-_lastUpdated',
    ])('that hold each match once: %s', async (query) => {
      const { _count, ...rest } = Object.fromEntries(new URLSearchParams(query.split('?')[1]));
      const all = await names(
        `Organization?${new URLSearchParams({ ...rest, _count: '1000' } as Record<string, string>)}`,
      );
      const seen: string[] = [];
      let pages = 0;
      for (let next: string | undefined = `${hub.fhir}/${query}`; next; pages += 1) {
        const answer: Answer<Bundle> = await call<Bundle>('GET', next);
        expect(found(answer).length).toBeLessThanOrEqual(Number(_count));
        seen.push(...found<Resource>(answer).map(nameOf));
        next = answer.body.link?.find(({ relation }) => relation === 'next')?.url;
      }
      expect(seen).toEqual(all);
      expect(pages).toBe(Math.ceil(all.length / Number(_count)));
    });

    test('says where it is, and how many there are when asked', async () => {
      const { body } = await ask('Patient?_count=2&_total=accurate&birthdate=ge1900');
      expect(body).toMatchObject({
        type: 'searchset',
        total: 3,
        link: [{ relation: 'self' }, { relation: 'first' }, { relation: 'next' }],
      });
      expect(body.link?.[0]?.url).toBe(`${hub.fhir}/Patient?_count=2&_total=accurate&birthdate=ge1900`);
      expect(body.entry?.map(({ fullUrl, resource }) => fullUrl === `${hub.fhir}/Patient/${resource?.id}`)).toEqual([
        true,
        true,
      ]);
    });

    test('is a count alone, when that is asked', async () => {
      for (const query of ['Patient?_count=0&_total=accurate', 'Patient?_summary=count']) {
        const { body } = await ask(query);
        expect([body.total, body.entry]).toEqual([4, undefined]);
      }
    });

    test.each([
      ['_count=-1', '_count must be a whole number, 0 or more.'],
      ['_count=many', '_count must be a whole number, 0 or more.'],
      ['_total=all', '"_total" must be none, estimate, accurate.'],
      ['_cursor=abc', 'This is not the address of a page. Follow the links of a search result as they are.'],
    ])('not so: %s', async (parameter, text) => {
      const answer = await ask(`Patient?${parameter}`);
      expect([answer.status, texts(answer)]).toEqual([400, [text]]);
    });
  });

  describe('brings along', () => {
    test('what the matches refer to', async () => {
      expect(entries(await ask(`Observation?_id=${named.get('glucose')}&_include=Observation:subject`))).toEqual([
        'match glucose',
        'include asa',
      ]);
      expect(entries(await ask('Observation?_include=Observation:subject&_sort=date'))).toEqual([
        'match glucose',
        'match weight',
        'match mood',
        'include asa',
        'include omar',
      ]);
    });

    test('what refers to the matches', async () => {
      const answer = await ask(`Patient?_id=${named.get('asa')}&_revinclude=Observation:subject`);
      expect(entries(answer).sort()).toEqual(['include glucose', 'include mood', 'match asa']);
    });

    test('what that refers to in turn', async () => {
      const answer = await ask(
        `Observation?_id=${named.get('glucose')}&_include=Observation:subject&_include:iterate=Patient:organization`,
      );
      expect(entries(answer)).toEqual(['match glucose', 'include asa', 'include org1']);
    });

    test('nothing by a parameter that does not exist', async () => {
      expect((await ask('Observation?_include=Observation:colour')).status).toBe(400);
    });
  });

  test('reports a parameter that is not known, and searches by the others', async () => {
    for (const code of ['colour', 'toString', 'subject.name', 'organization.colour', '_offset']) {
      const { status, body } = await ask(`Patient?${code}=blue&gender=male`);
      expect(status).toBe(200);
      expect(body.link?.[0]?.url).toBe(`${hub.fhir}/Patient?gender=male`);
      expect(body.entry?.map(({ search }) => search?.mode)).toEqual(['match', 'outcome']);
      const outcome = body.entry?.[1]?.resource as OperationOutcome;
      expect(outcome.issue).toEqual([
        {
          severity: 'warning',
          code: 'not-supported',
          details: { text: `The search parameter "${code}" is not known and was left out.` },
        },
      ]);
    }
  });

  test('with HEAD says only that there is an answer', async () => {
    const answer = await call('HEAD', `${hub.fhir}/Patient/${named.get('asa')}`);
    expect([answer.status, answer.body, answer.headers.get('etag'), answer.headers.get('location')]).toEqual([
      200,
      undefined,
      'W/"1"',
      null,
    ]);
  });

  test('sees a change at once, in every kind of index', async () => {
    const { id } = (
      await call<Patient>('POST', `${hub.fhir}/Patient`, {
        body: { resourceType: 'Patient', gender: 'other', name: [{ family: 'Before' }], birthDate: '1901' },
      })
    ).body;
    const searches = (state: string, gender: string, year: string): string[] => [
      `family=${state}`,
      `gender=${gender}&_id=${id}`,
      `birthdate=${year}`,
    ];
    for (const query of searches('Before', 'other', '1901'))
      expect(found(await ask(`Patient?${query}`))).toHaveLength(1);
    await call('PUT', `${hub.fhir}/Patient/${id}`, {
      body: { resourceType: 'Patient', id, gender: 'unknown', name: [{ family: 'After' }], birthDate: '1902' },
    });
    for (const query of searches('Before', 'other', '1901')) expect(found(await ask(`Patient?${query}`))).toEqual([]);
    for (const query of searches('After', 'unknown', '1902'))
      expect(found(await ask(`Patient?${query}`))).toHaveLength(1);
    await call('DELETE', `${hub.fhir}/Patient/${id}`);
    for (const query of searches('After', 'unknown', '1902')) expect(found(await ask(`Patient?${query}`))).toEqual([]);
  });
});
