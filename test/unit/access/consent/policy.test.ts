import { expect, test } from '@jest/globals';
import { loadConsentPolicy, readConsentPolicy } from '../../../../src/access/consent/policy.ts';

test('every rule of the policy says why', () => {
  const { ordinary, labels, treatingProviders } = loadConsentPolicy();
  for (const { because } of [ordinary, ...labels, treatingProviders]) expect(because).toMatch(/^[A-Z].{20,}\.$/);
});

test('a policy that is not usable is refused, naming what is wrong', () => {
  const policy = loadConsentPolicy();
  expect(() => readConsentPolicy({ ...policy, labels: [...policy.labels, policy.labels[0]] })).toThrow(
    'The consent policy cannot be used. Two rules speak of the label child-protection.',
  );
  expect(() => readConsentPolicy({ ...policy, ordinary: { bases: [] } })).toThrow(/because/);
  expect(() => readConsentPolicy({ ...policy, labls: [] })).toThrow(/labls/);
  expect(() => loadConsentPolicy('/no/such/file.json')).toThrow('The consent policy cannot be used.');
});
