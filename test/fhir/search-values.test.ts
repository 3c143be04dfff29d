import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, found } from '../support/api.ts';
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

    test.each([
      ['Weiß', ['weiss', 'WEISS', 'Weiß', 'weis']],
      ['Großmann', ['grossm']],
      ['Sørensen', ['sorensen', 'SØRENSEN']],
      ['Ærø', ['aero', 'ærø']],
      ['Łukasiewicz', ['lukasiewicz', 'ŁUKASIEWICZ']],
      ['Đorđević', ['dordevic', 'Đord']],
      ['Þórsson', ['thorsson']],
    ])('finds %s however its letters are written', async (family, ways) => {
      const { id } = await done(
        call('POST', `${hub.fhir}/Practitioner`, { body: { resourceType: 'Practitioner', name: [{ family }] } }),
      );
      const foundBy = async (query: string): Promise<unknown[]> => found<Resource>(await ask(`Practitioner?${query}`));
      for (const way of ways) {
        expect(await foundBy(`family=${encodeURIComponent(way)}`)).toEqual([expect.objectContaining({ id })]);
        expect(await foundBy(`name:contains=${encodeURIComponent(way)}`)).toEqual([expect.objectContaining({ id })]);
      }
      expect(await foundBy(`family:exact=${encodeURIComponent(family)}`)).toHaveLength(1);
      expect(await foundBy(`family:exact=${encodeURIComponent(ways[0] ?? '')}`)).toEqual([]);
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

    test('either of two, each with its own prefix', async () => {
      expect(await names('Patient?birthdate=1950-05-05,gt1990&_sort=birthdate')).toEqual(['asa', 'maria']);
    });

    test('between two', async () => {
      expect(await names('Patient?birthdate=ge1950&birthdate=lt1999&_sort=birthdate')).toEqual(['asa', 'omar']);
    });

    test('in a time zone east of Greenwich, whose plus is not encoded', async () => {
      expect(await names('Patient?birthdate=lt1980-06-01T00:00:00+01:00')).toEqual(['asa']);
      const query = '_since=2020-01-01T00:00:00+01:00&_count=1';
      expect((await call('GET', `${hub.fhir}/Patient/_history?${query}`)).status).toBe(200);
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
      ['after all days', 'Patient?_lastUpdated=gt9999-12-31T23:59:59Z', []],
      ['before all days', 'Patient?_lastUpdated=lt0001-01-01', []],
    ])('%s', async (_name, query, wanted) => {
      expect(await names(query)).toEqual(wanted);
    });
  });

  describe('by what its sender says of it', () => {
    const RESTRICTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };
    const PROFILE = 'https://hospital.example/StructureDefinition/guest';
    let id: string;
    beforeAll(async () => {
      const meta = {
        security: [RESTRICTED],
        profile: [PROFILE],
        tag: [{ system: 'https://tags.example', code: 'guest' }],
        source: 'https://hospital.example/desk',
      };
      id = (await done(call('POST', `${hub.fhir}/Location`, { body: { resourceType: 'Location', meta } }))).id;
      await done(call('POST', `${hub.fhir}/Location`, { body: { resourceType: 'Location' } }));
    });

    test.each<[string, boolean]>([
      [`_security=${RESTRICTED.system}|R`, true],
      ['_security=R', true],
      ['_security=N', false],
      ['_security:not=R', false],
      [`_profile=${PROFILE}`, true],
      ['_profile:below=https://hospital.example/StructureDefinition', true],
      [`_profile=${PROFILE}s`, false],
      ['_profile:missing=true', false],
      ['_tag=https://tags.example|guest', true],
      ['_tag=guest,nobody', true],
      ['_tag=https://tags.example|host', false],
      ['_source=https://hospital.example/desk', true],
      ['_source=https://hospital.example/ward', false],
    ])('%s', async (query, isFound) => {
      const seen = found(await ask(`Location?${query}`)).map((each) => each.id);
      expect(seen.includes(id)).toBe(isFound);
      // The other one says nothing of itself.
      expect(seen.length - Number(isFound)).toBe(/:not=|:missing=true/.test(query) ? 1 : 0);
    });
  });
});
