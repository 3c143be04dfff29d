import { describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntryRequest } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { AppError } from '../../../src/errors.ts';
import { checkBundle, contentDigest, withUrnReferences } from '../../../src/fhir/bundle.ts';

const urns = fc.tuple(fc.uuid(), fc.uuid(), fc.uuid()).filter((all) => new Set(all).size === 3);

/** A referral as a hospital sends it; the entries are named as told. */
function referral([patient, request, task]: readonly string[], text = 'Food'): Bundle {
  const post = (type: string): BundleEntryRequest => ({ method: 'POST', url: type });
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: `urn:uuid:${patient}`,
        request: post('Patient'),
        resource: { resourceType: 'Patient', name: [{ family: 'Ek' }] },
      },
      {
        fullUrl: `urn:uuid:${request}`,
        request: post('ServiceRequest'),
        resource: {
          resourceType: 'ServiceRequest',
          status: 'active',
          intent: 'order',
          code: { text },
          subject: { reference: `urn:uuid:${patient}` },
        },
      },
      {
        fullUrl: `urn:uuid:${task}`,
        request: post('Task'),
        resource: {
          resourceType: 'Task',
          status: 'requested',
          intent: 'order',
          focus: { reference: `urn:uuid:${request}` },
          for: { reference: `urn:uuid:${patient}` },
        },
      },
    ],
  };
}

/** The same value, its properties in another order. */
function reordered(value: unknown, turn: number): unknown {
  if (Array.isArray(value)) return value.map((each) => reordered(each, turn));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, reordered(inner, turn)] as const);
  const at = entries.length > 0 ? turn % entries.length : 0;
  return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)].toReversed());
}

const NAMES = ['a', 'b', 'c'].map((letter) => `${letter.repeat(8)}-0000-4000-8000-000000000000`);

describe('what a Bundle says', () => {
  test('is the same, however its entries are named', () => {
    fc.assert(
      fc.property(urns, urns, (some, others) => {
        expect(contentDigest(referral(some))).toBe(contentDigest(referral(others)));
      }),
    );
  });

  test('is the same, in whatever order its properties stand', () => {
    fc.assert(
      fc.property(urns, fc.nat(20), (names, turn) => {
        expect(contentDigest(reordered(referral(names), turn) as Bundle)).toBe(contentDigest(referral(names)));
      }),
    );
  });

  test('is the same, whenever and in whichever version it is sent', () => {
    const again = referral(NAMES);
    const [first] = again.entry ?? [];
    if (first?.resource) first.resource.meta = { versionId: '9', lastUpdated: '2026-03-02T09:00:00Z' };
    expect(contentDigest(again)).toBe(contentDigest(referral(NAMES)));
  });

  test('is another, when a word of it is another', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(contentDigest(referral(NAMES, one)) === contentDigest(referral(NAMES, other))).toBe(one === other);
      }),
    );
  });

  test('is another, when an entry refers to another, is sent elsewhere, or stands elsewhere', () => {
    const digest = contentDigest(referral(NAMES));
    const changes: ((bundle: Bundle) => void)[] = [
      (bundle) => Object.assign(bundle.entry?.[2]?.resource ?? {}, { for: { reference: `urn:uuid:${NAMES[1]}` } }),
      (bundle) => Object.assign(bundle.entry?.[0]?.request ?? {}, { ifNoneExist: 'identifier=1' }),
      (bundle) => bundle.entry?.reverse(),
      (bundle) => bundle.entry?.pop(),
    ];
    for (const change of changes) {
      const changed = referral(NAMES);
      change(changed);
      expect(contentDigest(changed)).not.toBe(digest);
    }
  });
});

describe('references between entries', () => {
  const named = (patient: string, reference: string, method: 'POST' | 'PUT' = 'POST', url = 'Patient'): Bundle => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: patient, request: { method, url }, resource: { resourceType: 'Patient' } },
      {
        request: { method: 'POST', url: 'Task' },
        resource: { resourceType: 'Task', status: 'draft', intent: 'order', for: { reference } },
      },
    ],
  });
  const ENGINE_URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

  test.each([
    ['by the full address', 'https://ehr.example/fhir/Patient/1', 'https://ehr.example/fhir/Patient/1'],
    ['relative to it', 'https://ehr.example/fhir/Patient/1', 'Patient/1'],
    ['by a relative address', 'Patient/1', 'Patient/1'],
    ['by a urn that is no UUID', 'urn:uuid:patient-1', 'urn:uuid:patient-1'],
    [
      'by a urn in capitals',
      'urn:uuid:AAAAAAAA-0000-4000-8000-00000000000B',
      'urn:uuid:AAAAAAAA-0000-4000-8000-00000000000B',
    ],
    ['by an OID', 'urn:oid:1.2.3', 'urn:oid:1.2.3'],
  ])('are followed: %s', (_name, fullUrl, reference) => {
    const bundle = withUrnReferences(named(fullUrl, reference));
    expect(bundle.entry?.[0]?.fullUrl).toMatch(ENGINE_URN);
    expect(bundle.entry?.[1]?.resource).toMatchObject({ for: { reference: bundle.entry?.[0]?.fullUrl } });
  });

  test('are followed to an entry that may exist already', () => {
    const bundle = withUrnReferences(
      named('https://ehr.example/fhir/Patient/1', 'Patient/1', 'PUT', 'Patient?identifier=1'),
    );
    expect(bundle.entry?.[1]?.resource).toMatchObject({ for: { reference: bundle.entry?.[0]?.fullUrl } });
    expect(bundle.entry?.[0]?.fullUrl).toMatch(ENGINE_URN);
  });

  test.each([
    ['to an entry named by a UUID', `urn:uuid:${NAMES[0]}`, `urn:uuid:${NAMES[0]}`, 'POST', 'Patient'],
    ['to an entry that keeps its own address', 'https://ehr.example/fhir/Patient/1', 'Patient/1', 'PUT', 'Patient/1'],
    ['to what is not in the Bundle', 'https://ehr.example/fhir/Patient/1', 'Patient/2', 'POST', 'Patient'],
  ] as const)('are left as they are: %s', (_name, fullUrl, reference, method, url) => {
    const bundle = withUrnReferences(named(fullUrl, reference, method, url));
    expect(bundle.entry?.[1]?.resource).toMatchObject({ for: { reference } });
  });

  test('of two entries with the same tail lead to the one that is named in full', () => {
    const two = named('https://a.example/Patient/1', 'https://b.example/Patient/1');
    two.entry?.splice(1, 0, {
      fullUrl: 'https://b.example/Patient/1',
      request: { method: 'POST', url: 'Patient' },
      resource: { resourceType: 'Patient' },
    });
    const bundle = withUrnReferences(two);
    expect(bundle.entry?.[2]?.resource).toMatchObject({ for: { reference: bundle.entry?.[1]?.fullUrl } });
    expect(bundle.entry?.[0]?.fullUrl).not.toBe(bundle.entry?.[1]?.fullUrl);
  });
});

describe('the shape of a Bundle', () => {
  const patient = { resourceType: 'Patient' };
  const post = { method: 'POST', url: 'Patient' };
  const bundle = (entry: unknown): unknown => ({ resourceType: 'Bundle', type: 'transaction', entry });

  test('is good when each entry says what it asks for', () => {
    expect(checkBundle(bundle([{ request: post, resource: patient }]), 10)).toMatchObject({ type: 'transaction' });
    expect(
      checkBundle({ ...(bundle([{ request: { method: 'GET', url: 'Patient/1' } }]) as object), type: 'batch' }, 1),
    ).toMatchObject({ type: 'batch' });
  });

  test.each<[string, unknown, string, string]>([
    [
      'no JSON object',
      'x',
      'resourceType',
      'Send a Bundle to the base address; single resources go to their type, e.g. POST Task.',
    ],
    [
      'null',
      null,
      'resourceType',
      'Send a Bundle to the base address; single resources go to their type, e.g. POST Task.',
    ],
    [
      'another resource',
      patient,
      'resourceType',
      'Send a Bundle to the base address; single resources go to their type, e.g. POST Task.',
    ],
    [
      'another type',
      { resourceType: 'Bundle', type: 'collection' },
      'Bundle.type',
      'Bundle.type must be "transaction" (all or nothing) or "batch" (each entry by itself).',
    ],
    ['no entries', bundle([]), 'Bundle.entry', 'The Bundle has no entries.'],
    ['entries that are no list', bundle('many'), 'Bundle.entry', 'The Bundle has no entries.'],
    [
      'an entry that is null',
      bundle([null]),
      'Bundle.entry[0].request',
      'Every entry needs request.method and request.url.',
    ],
    [
      'an entry without a request',
      bundle([{ request: post, resource: patient }, {}]),
      'Bundle.entry[1].request',
      'Every entry needs request.method and request.url.',
    ],
    [
      'an address that is no text',
      bundle([{ request: { method: 'POST', url: 5 }, resource: patient }]),
      'Bundle.entry[0].request',
      'Every entry needs request.method and request.url.',
    ],
    [
      'a POST without a resource',
      bundle([{ request: post }]),
      'Bundle.entry[0].resource',
      'A POST entry needs a resource.',
    ],
    [
      'a resource sent to another type',
      bundle([{ request: { method: 'POST', url: 'Task' }, resource: patient }]),
      'Bundle.entry[0].resource.resourceType',
      'The resource is a Patient, but is sent to Task.',
    ],
  ])('is refused: %s', (_name, body, expression, text) => {
    const thrown = thrownBy(() => checkBundle(body, 10));
    expect(thrown).toMatchObject({
      kind: 'invalid',
      outcome: { issue: [{ details: { text }, expression: [expression] }] },
    });
  });

  test('may have so many entries, and not one more', () => {
    const many = (count: number): unknown =>
      bundle(Array.from({ length: count }, () => ({ request: post, resource: patient })));
    expect(() => checkBundle(many(10), 10)).not.toThrow();
    const text = 'The Bundle has 11 entries; at most 10 are accepted. Split it.';
    expect(thrownBy(() => checkBundle(many(11), 10))).toMatchObject({
      status: 413,
      outcome: { issue: [{ details: { text }, expression: ['Bundle.entry'] }] },
    });
  });
});

function thrownBy(work: () => unknown): AppError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error('Nothing was thrown.');
}
