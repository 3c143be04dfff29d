import type { Bundle } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { bundle, observation, patient, post } from '../refusal.ts';
import type { Asked } from './judge.ts';
import { asText, type Json, mutated } from './nasty.ts';

const entry = (method: string, url: string, resource?: object, more: object = {}): object => ({
  fullUrl: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  request: { method, url, ...more },
  ...(resource ? { resource } : {}),
});

const GOOD: readonly object[] = [
  post(patient({ name: [{ text: 'x' }] })),
  post(observation()),
  entry('POST', 'Patient', patient({ identifier: [{ system: 'urn:a', value: '1' }] })),
  entry('POST', 'Patient', patient(), { ifNoneExist: 'identifier=urn:fuzz|nobody' }),
  entry('GET', 'Patient?name=x'),
  entry('DELETE', 'Patient/nothing'),
  entry('PUT', 'Patient/put-by-fuzz', patient({ id: 'put-by-fuzz' })),
];

const WHOLE: readonly object[] = [
  bundle(...GOOD),
  bundle(
    entry('POST', 'Patient', patient()),
    post(observation({ subject: { reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520' } })),
  ),
  bundle(post(observation({ subject: { reference: 'Patient?identifier=urn:a|1' } }))),
  bundle(
    entry('PATCH', 'Patient/put-by-fuzz', {
      resourceType: 'Binary',
      contentType: 'application/json-patch+json',
      data: 'W10=',
    }),
  ),
  bundle(
    entry('DELETE', 'Patient?identifier=urn:a|9'),
    entry('PUT', 'Patient?identifier=urn:a|8', patient()),
    entry('PUT', 'Patient/x', patient({ id: 'x' }), { ifMatch: 'W/"1"' }),
  ),
  { ...bundle(...GOOD), type: 'batch' },
  { ...bundle(...GOOD, entry('GET', 'ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/task-status')), type: 'batch' },
];

const asked = (body: string): Asked => ({
  method: 'POST',
  path: '/fhir/R4',
  headers: { 'content-type': 'application/fhir+json' },
  body,
});

/** Bundles with something wrong, or not. */
export const bundles: fc.Arbitrary<Asked> = mutated(WHOLE, 5).map(asText).map(asked);

/** Entries that no transaction may hold. */
const BAD: readonly object[] = [
  post(observation({ status: undefined })),
  post(patient({ birthDate: '2026-02-30' })),
  post(observation({ subject: { reference: 'Patient/nobody-at-all' } })),
  post(observation({ subject: { reference: 'Patient?identifier=urn:nobody|x' } })),
  post(patient({ name: [{ text: 'a\0b' }] })),
  entry('PUT', 'Patient/not-this', patient({ id: 'another' })),
  entry('PUT', 'Patient/new-one', patient({ id: 'new-one' }), { ifMatch: 'W/"7"' }),
  entry('PUT', 'Patient/new-one', patient({ id: 'new-one' }), { ifMatch: 'seven' }),
  entry('POST', 'Widget', { resourceType: 'Widget' }),
  entry('POST', 'Patient', observation()),
  entry('GET', 'Patient/nobody-at-all'),
  entry('PATCH', 'Patient/nobody-at-all', { resourceType: 'Parameters' }),
  entry('POST', 'Patient/$match', patient()),
  entry('PUT', 'Patient?constructor=x', patient()),
  entry('FETCH', 'Patient'),
  { request: {} },
  {},
];

/** Resources that are there, and may be changed. */
export interface There {
  readonly patient: string;
  readonly observation: string;
  readonly referral: Bundle;
}

/** Entries that a transaction carries out: each changes something, were it not for the bad one. */
export function changes({ patient: id, observation: other, referral }: There): object[] {
  const own = [
    ...GOOD.slice(0, 4),
    entry('PUT', `Patient/${id}`, patient({ id, name: [{ text: 'changed' }] })),
    entry('DELETE', `Observation/${other}`),
    entry('PUT', 'Patient?identifier=urn:fuzz|conditional', patient({ gender: 'other' })),
    entry('PUT', 'Basic/fuzz-puts', { resourceType: 'Basic', id: 'fuzz-puts', code: { text: 'x' } }),
  ].map((each, at) => ({ ...each, fullUrl: `urn:uuid:c757873d-ec9a-4326-a141-0000000000${at + 10}` }));
  // And one that leads to more: a loop, a leg, a message.
  return [...own, ...(referral.entry ?? [])];
}

/**
 * Transactions that go well until somewhere in the middle, and must leave nothing behind: of each in its turn, what
 * comes before the bad entry and after it.
 */
export function refusedBundles(there: There): fc.Arbitrary<Asked> {
  const all = changes(there);
  const some = fc.subarray(all);
  return fc
    .tuple(some, fc.constantFrom(...BAD), some)
    .map(([before, bad, after]) => {
      const rest = after.filter((each) => !before.includes(each));
      return asText(bundle(...before, bad, ...rest) as Json);
    })
    .map(asked);
}

/** How many resources an answer to a Bundle says were created. */
export function created(text: string): number {
  const { entry: entries = [] } = JSON.parse(text) as Bundle;
  return entries.filter(({ response }) => response?.status?.startsWith('201')).length;
}
