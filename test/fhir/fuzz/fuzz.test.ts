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
import { call } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { bundle } from '../refusal.ts';
import { jsonBodies, jsonValues, xmlBodies, xmlTexts } from './bodies.ts';
import { bundles, changes, created, refusedBundles } from './bundles.ts';
import {
  BELOW_HTTP,
  CASES,
  fuzz,
  fuzzAtOnce,
  fuzzEach,
  made,
  OVER_HTTP,
  planned,
  SHARE,
  type Subject,
  summary,
  totalMade,
} from './cases.ts';
import { operations, patches } from './changes.ts';
import { everyParameter, searchesBy } from './every-parameter.ts';
import { ask, faultOfOutcome, stopAsking } from './judge.ts';
import { asText, type Json } from './nasty.ts';
import { operationInputs } from './operation-inputs.ts';
import { path, query, searches } from './searches.ts';
import { created as add, PATCHED, rows, seeds, thingsToChange } from './there.ts';

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
    await fuzz('json', jsonValues, (value) => {
      const resource = JSON.parse(asText(value)) as Resource;
      if (typeof resource !== 'object' || resource === null) return;
      if (refusesInWords(() => validate(resource) ?? true)) {
        indexResource(resource);
        fromXml(toXml(resource));
      }
    });
  });

  test('XML', async () => {
    await fuzz('xml', xmlTexts(), (text) => {
      const resource = refusesInWords(() => fromXml(text));
      if (resource && refusesInWords(() => validate(resource) ?? true)) indexResource(resource);
    });
  });

  test('addresses', async () => {
    await fuzz('addresses', fc.tuple(path, query), ([where, said]) => {
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
    await fuzz('terminology', compositions, ([included, exclude]) => {
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
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { settings: { EXPORT_CONCURRENCY: '100000' } });
  });
  afterAll(async () => {
    stopAsking();
    await hub?.close();
  });

  const answers = (asked: Parameters<typeof ask>[1]): Promise<void> => ask(hub.url, asked).then(() => undefined);

  test('a resource in JSON', () => fuzz('json over HTTP', jsonBodies, answers));
  test('a resource in XML', () => fuzz('xml over HTTP', xmlBodies(), answers));
  test('a search', () => fuzz('searches', searches, answers));
  test('a search by each parameter of each type', async () => {
    const parameters = everyParameter();
    expect(parameters.length).toBeGreaterThan(1_000);
    await fuzzEach('every parameter', parameters, searchesBy, answers);
  });
  test('an operation', () => fuzz('operations', operations, answers));
  test('an operation, with inputs of its own', async () => {
    const before = await rows(hub);
    await fuzz('inputs of operations', operationInputs(await seeds(hub)), answers);
    // What was asked of them changes no resource.
    const { resource, resource_version } = await rows(hub);
    expect({ resource, resource_version }).toEqual({
      resource: (before.resource ?? 0) + 5,
      resource_version: (before.resource_version ?? 0) + 5,
    });
  });

  test('a patch', async () => {
    const there = await Promise.all(PATCHED.map((body) => add(hub, body)));
    await fuzz('patches', patches(there), answers);
    expect(({} as Record<string, Json>).polluted).toBeUndefined();
  });

  const BATCH = 10;

  test('a Bundle; what it says was created is there, and nothing else', async () => {
    await fuzzAtOnce('bundles', bundles, BATCH, async (batch) => {
      const before = await rows(hub);
      const said = await Promise.all(batch.map((each) => ask(hub.url, each)));
      const done = said.reduce((sum, { status, text }) => sum + (status < 300 ? created(text) : 0), 0);
      const after = await rows(hub);
      expect((after.resource ?? 0) - (before.resource ?? 0)).toBeLessThanOrEqual(done);
      expect((after.resource_version ?? 0) - (before.resource_version ?? 0)).toBeGreaterThanOrEqual(done);
      if (said.every(({ status }) => status >= 400)) expect(after).toEqual(before);
    });
  });

  test('a transaction that is refused half-way, of which nothing is left', async () => {
    const there = await thingsToChange(hub);
    await fuzzAtOnce('refused bundles', refusedBundles(there), BATCH, async (batch) => {
      const before = await rows(hub);
      const said = await Promise.all(batch.map((each) => ask(hub.url, each)));
      expect(said.filter(({ status }) => status < 400)).toEqual([]);
      expect(await rows(hub)).toEqual(before);
    });
    // Without the bad entry they would all have done something.
    const good = await call('POST', hub.fhir, { body: bundle(...changes(there)) });
    expect(good.status).toBe(200);
  });

  test(`which makes ${CASES} cases at least, and exactly as many of each subject as were planned`, () => {
    const subjects = Object.keys({ ...OVER_HTTP, ...BELOW_HTTP }) as Subject[];
    const counts = subjects.map((subject) => [subject, made.get(subject)]);
    expect(counts).toEqual(subjects.map((subject) => [subject, planned(subject)]));
    expect(totalMade()).toBeGreaterThanOrEqual(CASES * SHARE);
  });
});
