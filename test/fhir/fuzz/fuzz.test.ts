import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { OperationOutcomeError } from '@medplum/core';
import type { Resource, ValueSet } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { parseUrl } from '../../../src/fhir/rest/request/address.ts';
import { indexResource } from '../../../src/fhir/store/index/index-resource.ts';
import { createTerminology } from '../../../src/fhir/terminology/expansion.ts';
import { validate } from '../../../src/fhir/validate/validate.ts';
import { fromXml } from '../../../src/fhir/xml/from-xml.ts';
import { toXml } from '../../../src/fhir/xml/to-xml.ts';
import { call, done } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { patient } from '../refusal.ts';
import { jsonBodies, jsonValues, xmlBodies, xmlTexts } from './bodies.ts';
import { bundles, created, refusedBundles } from './bundles.ts';
import { BELOW_HTTP, CASES, fuzz, OVER_HTTP, SHARE, summary, totalMade } from './cases.ts';
import { operations, patches } from './changes.ts';
import { ask, faultOfOutcome, stopAsking } from './judge.ts';
import { asText, type Json } from './nasty.ts';
import { path, query, searches } from './searches.ts';

// However busy the machine is: nothing here is about time.
jest.setTimeout(1_800_000);
beforeAll(loadDefinitions);
afterAll(() => console.log(summary()));

/** Runs what reads something from outside; it may only refuse, in words. */
function refusesInWords<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof OperationOutcomeError)) throw thrown;
    const fault = faultOfOutcome(thrown.outcome);
    if (fault) throw new Error(`${fault}: ${JSON.stringify(thrown.outcome).slice(0, 500)}`);
    return undefined;
  }
}

describe('what is sent is taken or refused in words by what reads it:', () => {
  test('resources, which can be indexed and written as XML when they are valid', async () => {
    await fuzz('json', jsonValues, BELOW_HTTP.json, (value) => {
      const resource = JSON.parse(asText(value)) as Resource;
      if (typeof resource !== 'object' || resource === null) return;
      if (refusesInWords(() => validate(resource) ?? true)) {
        indexResource(resource);
        fromXml(toXml(resource));
      }
    });
  });

  test('XML', async () => {
    await fuzz('xml', xmlTexts(), BELOW_HTTP.xml, (text) => {
      const resource = refusesInWords(() => fromXml(text));
      if (resource && refusesInWords(() => validate(resource) ?? true)) indexResource(resource);
    });
  });

  test('addresses', async () => {
    await fuzz('addresses', fc.tuple(path, query), BELOW_HTTP.addresses, ([where, said]) => {
      refusesInWords(() => parseUrl(`${where}?${said}`));
    });
  });

  test('value sets', async () => {
    const parts = {
      system: fc.constantFrom('urn:b', 'urn:c', 'urn:b|1'),
      valueSet: fc.constantFrom<string[]>(['urn:a'], ['urn:x'], []),
    };
    const filter = fc.record({
      property: fc.string(),
      op: fc.constantFrom('is-a', '=', 'regex', 'in', 'x'),
      value: fc.string({ unit: 'binary', maxLength: 20 }),
    });
    const include = fc.record(
      {
        ...parts,
        filter: fc.array(filter as fc.Arbitrary<{ op: '='; property: string; value: string }>, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    );
    const system: Resource = {
      resourceType: 'CodeSystem',
      status: 'active',
      url: 'urn:b',
      content: 'complete',
      concept: [{ code: 'x' }],
    };
    const compositions = fc.tuple(
      fc.array(include, { minLength: 1, maxLength: 3 }),
      fc.array(include, { maxLength: 2 }),
    );
    await fuzz('terminology', compositions, BELOW_HTTP.terminology, ([included, exclude]) => {
      const valueSet: ValueSet = {
        resourceType: 'ValueSet',
        status: 'active',
        url: 'urn:a',
        compose: { include: included, exclude },
      };
      const terminology = createTerminology(() => [system, valueSet]);
      const codes = terminology.expandedCodes('urn:a');
      if (codes) expect(terminology.isMember('urn:a', { system: 'urn:b', code: 'x' })).toBe(codes.has('urn:b'));
    });
  });
});

describe('whatever is sent, the hub answers, and never with a fault of its own:', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded');
  });
  afterAll(async () => {
    stopAsking();
    await hub?.close();
  });

  const answers = (asked: Parameters<typeof ask>[1]): Promise<void> => ask(hub.url, asked).then(() => undefined);
  const rows = async (): Promise<Record<string, number>> => {
    const tables = await hub.deps.db.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
    );
    const counts = tables.map(({ name }) => `(SELECT count(*)::int FROM ${name}) AS ${name}`);
    const [counted = {}] = await hub.deps.db.query<Record<string, number>>(`SELECT ${counts.join(', ')}`);
    return counted;
  };

  test('a resource in JSON', () => fuzz('json over HTTP', jsonBodies, OVER_HTTP.json, answers));
  test('a resource in XML', () => fuzz('xml over HTTP', xmlBodies(), OVER_HTTP.xml, answers));
  test('a search', () => fuzz('searches', searches, OVER_HTTP.searches, answers));
  test('an operation', () => fuzz('operations', operations, OVER_HTTP.operations, answers));

  test('a patch', async () => {
    const { id } = await done(call('POST', `${hub.fhir}/Patient`, { body: patient({ name: [{ text: 'x' }] }) }));
    await fuzz('patches', patches(id), OVER_HTTP.patches, answers);
    expect(({} as Record<string, Json>).polluted).toBeUndefined();
  });

  const several = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(one, { minLength: 1, maxLength: 20, size: 'max' });
  const BATCH = 10;

  test('a Bundle; what it says was created is there, and nothing else', async () => {
    const check = async (batch: Parameters<typeof ask>[1][]): Promise<void> => {
      const before = await rows();
      const said = await Promise.all(batch.map((each) => ask(hub.url, each)));
      const made = said.reduce((sum, { status, text }) => sum + (status < 300 ? created(text) : 0), 0);
      const after = await rows();
      expect((after.resource ?? 0) - (before.resource ?? 0)).toBeLessThanOrEqual(made);
      if (said.every(({ status }) => status >= 400)) expect(after).toEqual(before);
    };
    const runs = OVER_HTTP.bundles / BATCH;
    await fuzz('bundles', several(bundles), runs, check, { lanes: 1, weight: (batch) => batch.length });
  });

  test('a transaction that is refused, of which nothing is left', async () => {
    const check = async (batch: Parameters<typeof ask>[1][]): Promise<void> => {
      const before = await rows();
      const said = await Promise.all(batch.map((each) => ask(hub.url, each)));
      expect(said.filter(({ status }) => status < 400)).toEqual([]);
      expect(await rows()).toEqual(before);
    };
    const runs = OVER_HTTP.refusedBundles / BATCH;
    await fuzz('refused bundles', several(refusedBundles), runs, check, { lanes: 1, weight: (batch) => batch.length });
  });

  test(`which makes ${CASES} cases in all`, () => {
    expect(totalMade()).toBeGreaterThanOrEqual(CASES * SHARE * 0.98);
  });
});
