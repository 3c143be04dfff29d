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

  describe('by a token', () => {
    test.each<[string, string, string[]]>([
      ['by its value', 'Patient?identifier=MRN-1', ['asa']],
      ['with its system', 'Patient?identifier=https://hospital.example|MRN-1', ['asa']],
      ['by its system', 'Patient?identifier=https://hospital.example|&_sort=_id', []],
      ['without a system', 'Patient?identifier=|bare', ['maria']],
      ['not in another system', 'Patient?identifier=https://other.example|MRN-1', []],
      ['not by a part of it', 'Patient?identifier=MRN', []],
      ['either of two', 'Patient?identifier=MRN-1,bare&_sort=birthdate', ['asa', 'maria']],
      ['both of two', 'Patient?gender=female&active=true', ['asa']],
      ['one of which nothing meets', 'Patient?gender=female&active=false', []],
      ['any but', 'Patient?gender:not=female&_sort=birthdate', ['omar', 'nameless']],
      ['missing', 'Patient?gender:missing=true', ['nameless']],
      ['not missing', 'Patient?gender:missing=false&_sort=birthdate', ['asa', 'omar', 'maria']],
    ])('%s', async (_name, query, wanted) => {
      if (query.includes('_sort=_id')) expect((await names(query)).sort()).toEqual(['asa', 'omar']);
      else expect(await names(query)).toEqual(wanted);
    });
  });

  describe('by a reference', () => {
    test.each<[string, string, string[]]>([
      ['by type and id', 'Observation?subject=Patient/@asa&_sort=date', ['glucose', 'mood']],
      ['by id', 'Observation?subject=@omar', ['weight']],
      ['by the narrower name of it', 'Observation?patient=Patient/@asa&_sort=date', ['glucose', 'mood']],
      ['either of two', 'Observation?subject=Patient/@asa,Patient/@omar&_sort=date', ['glucose', 'weight', 'mood']],
      ['by the identifier it names', 'Observation?performer:identifier=https://npi.example|77', ['glucose']],
      ['missing', 'Observation?performer:missing=true&_sort=date', ['weight', 'mood']],
      ['to nobody', 'Observation?subject=Patient/nobody', []],
    ])('%s', async (_name, query, wanted) => {
      expect(await names(query)).toEqual(wanted);
    });
  });

  describe('by a text', () => {
    test.each<[string, string, string[]]>([
      ['by how it begins', 'Patient?family=löw', ['asa']],
      ['without accents', 'Patient?family=Lowenstrom', ['asa']],
      ['with accents where there are none', 'Patient?given=Omár', ['omar']],
      ['without regard to case', 'Patient?name=ÅSA', ['asa']],
      [
        'by any part of a name',
        'Patient?name=mar&_sort=birthdate',
        ['asa', 'omar', 'maria'].filter((name) => name !== 'omar'),
      ],
      ['not by what it ends in', 'Patient?family=ström', []],
      ['by what it contains', 'Patient?family:contains=ENSTR', ['asa']],
      ['exactly', 'Patient?family:exact=Löwenström', ['asa']],
      ['exactly means exactly', 'Patient?family:exact=löwenström', []],
      ['either of two', 'Patient?family=löw,haddad&_sort=birthdate', ['asa', 'omar']],
      ['both of two', 'Patient?name=åsa&name=löw', ['asa']],
      ['with a comma in it', 'Patient?family=Smith%5C,%20Jr', ['maria']],
      ['with signs that mean something to databases', 'Patient?family=100%25', []],
      ['by a part of an address', 'Patient?address-city=reyk', ['asa']],
      ['missing', 'Patient?name:missing=true', ['nameless']],
    ])('%s', async (_name, query, wanted) => {
      expect(await names(query)).toEqual(wanted);
    });

    test('finds a wildcard as the sign it is', async () => {
      expect(await names('Organization?name:contains=_%25')).toEqual(['odd']);
    });
  });

  describe('by a date', () => {
    // asa 1950-05-05, omar 1980-06, maria 1999; all other patients have none.
    test.each<[string, string[]]>([
      ['1950-05-05', ['asa']],
      ['1950', ['asa']],
      ['1980-06', ['omar']],
      ['1980-06-15', []],
      ['eq1999', ['maria']],
      ['ne1950-05-05', ['omar', 'maria']],
      ['gt1980-06', ['maria']],
      ['ge1980-06', ['omar', 'maria']],
      ['lt1980-06', ['asa']],
      ['le1980-06', ['asa', 'omar']],
      ['sa1980-06-30', ['maria']],
      ['eb1980-06-01', ['asa']],
      ['ap1980-06-15', ['omar']],
    ])('%s', async (value, wanted) => {
      expect(await names(`Patient?birthdate=${value}&_sort=birthdate`)).toEqual(wanted);
    });

    test('is refused, not misunderstood, where several are given as alternatives', async () => {
      const answer = await ask('Patient?birthdate=1950-05-05,1999');
      expect([answer.status, texts(answer)]).toEqual([400, ['Invalid format for date search parameter']]);
    });

    test('between two', async () => {
      expect(await names('Patient?birthdate=ge1950&birthdate=lt1999&_sort=birthdate')).toEqual(['asa', 'omar']);
    });

    test('in a period that goes on', async () => {
      expect(await names('Task?period=gt2030')).toEqual(['ongoing']);
    });
  });

  describe('by what the hub keeps', () => {
    test.each<[string, string, string[]]>([
      ['one id', 'Patient?_id=@asa', ['asa']],
      ['several ids', 'Patient?_id=@asa,@maria,nobody&_sort=birthdate', ['asa', 'maria']],
      [
        'when it changed last',
        'Patient?_lastUpdated=ge2026-03-01T12:01&_lastUpdated=lt2026-03-01T12:03&_sort=_lastUpdated',
        ['omar', 'maria'],
      ],
      ['a day', 'Patient?_lastUpdated=2026-03-01&_sort=_lastUpdated', ['asa', 'omar', 'maria', 'nameless']],
      ['another day', 'Patient?_lastUpdated=2026-03-02', []],
    ])('%s', async (_name, query, wanted) => {
      expect(await names(query)).toEqual(wanted);
    });
  });

  describe('comes in order', () => {
    test.each<[string, string[]]>([
      ['Patient', ['nameless', 'maria', 'omar', 'asa']],
      ['Patient?_sort=_lastUpdated', ['asa', 'omar', 'maria', 'nameless']],
      ['Patient?_sort=-birthdate', ['maria', 'omar', 'asa', 'nameless']],
      ['Patient?_sort=family', ['omar', 'asa', 'maria', 'nameless']],
      ['Patient?_sort=gender', []],
      ['Patient?_sort=-_lastUpdated,birthdate', ['nameless', 'maria', 'omar', 'asa']],
    ])('%s', async (query, wanted) => {
      if (wanted.length > 0) expect(await names(query)).toEqual(wanted);
      else
        expect(texts(await ask(query))).toEqual([
          'Results cannot be sorted by "gender". Sort by _lastUpdated, _id, or a date or string parameter of Patient.',
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
      expect(body).toMatchObject({ type: 'searchset', total: 3, link: [{ relation: 'self' }, { relation: 'next' }] });
      expect(body.link?.[0]?.url).toBe(`${hub.fhir}/Patient?_count=2&_total=accurate&birthdate=ge1900`);
      expect(body.entry?.map(({ fullUrl, resource }) => fullUrl === `${hub.fhir}/Patient/${resource?.id}`)).toEqual([
        true,
        true,
      ]);
    });

    test('is a count alone, when that is asked', async () => {
      for (const query of ['Patient?_count=0&_total=accurate', 'Patient?_summary=count']) {
        const { body } = await ask(query);
        expect([body.total, body.entry]).toEqual([4, []]);
      }
    });

    test.each(['_count=-1', '_count=many', '_offset=-1', '_offset=many'])('not so: %s', async (parameter) => {
      const answer = await ask(`Patient?${parameter}`);
      expect([answer.status, texts(answer)]).toEqual([
        400,
        [`${parameter.split('=')[0]} must be a whole number, 0 or more.`],
      ]);
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
      expect((await ask('Observation?_include=*')).status).toBe(400);
    });
  });

  test('reports a parameter that is not known, and searches by the others', async () => {
    for (const code of ['colour', 'toString', 'subject.name', '_has:Observation:subject:code']) {
      const { status, body } = await ask(`Patient?${code}=blue&gender=male`);
      if (code === 'toString' && status === 400) continue;
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
