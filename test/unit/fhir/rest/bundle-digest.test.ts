import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntryRequest } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { contentDigest } from '../../../../src/fhir/rest/bundle/content-digest.ts';

// Which elements are links is in the definitions.
beforeAll(() => loadDefinitions());

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
          // A link that is no reference, and one in the narrative.
          instantiatesUri: `urn:uuid:${request}`,
          text: {
            status: 'generated',
            div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="urn:uuid:${patient}">x</a></div>`,
          },
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
