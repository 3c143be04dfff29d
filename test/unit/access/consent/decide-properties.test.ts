import { describe, expect, test } from '@jest/globals';
import type { ConsentProvision } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { decide } from '../../../../src/access/consent/decide.ts';
import type { GivenConsent, Verdict } from '../../../../src/access/consent/disclosure.ts';
import { asked, given, label, POLICY, TREATING, to } from './asked.ts';

const LABELS = ['HIV', 'PSY', 'SUD', 'ETHUD', '42CFRPart2', 'SEX'];
const labels = fc.uniqueArray(fc.constantFrom(...LABELS, 'R', 'N', 'NORDSCLCD'));
const effect = fc.constantFrom('permit' as const, 'deny' as const);

const conditions = fc.record(
  {
    actor: fc.array(fc.constantFrom(to('food-bank'), to('clinic'), TREATING), { minLength: 1, maxLength: 2 }),
    securityLabel: fc.array(fc.constantFrom(...LABELS.map(label), { code: 'R' }), { minLength: 1, maxLength: 2 }),
    purpose: fc.constantFrom('TREAT', 'HPAYMT').map((code) => [{ code }]),
    period: fc.constantFrom({ start: '2026-01-01' }, { end: '2026-02-01' }, { end: '2026-05-01' }),
    class: fc.constantFrom('Condition', 'Observation').map((code) => [{ code }]),
  },
  { requiredKeys: [] },
);

/** Rules with exceptions, and exceptions of these. */
function rules(depth: number): fc.Arbitrary<ConsentProvision> {
  const nested: fc.Arbitrary<ConsentProvision[]> =
    depth === 0 ? fc.constant([]) : fc.array(rules(depth - 1), { maxLength: 2 });
  return fc
    .tuple(effect, conditions, nested)
    .map(([type, rule, provision]) => ({ type, ...rule, provision }) as ConsentProvision);
}
const provision = rules(2);

const consent: fc.Arbitrary<GivenConsent> = fc
  .record({
    provision,
    status: fc.constantFrom('active' as const, 'active' as const, 'inactive' as const),
    dateTime: fc.constantFrom('2025-01-01', '2026-01-01', '2026-02-01'),
    id: fc.uuid(),
    author: fc.constantFrom('hospital', 'food-bank', 'careloop'),
  })
  .map(({ author, ...rest }) => given(rest, author));

const consents = fc.array(consent, { maxLength: 4 });
const WEIGHT: Readonly<Record<Verdict, number>> = { deny: 0, wait: 1, permit: 2 };
const verdict = (asks: readonly string[], all: readonly GivenConsent[]): number =>
  WEIGHT[decide(asked(asks), all, POLICY).decision];

/** Whether every rule of a Consent permits. */
function onlyPermits({ consent: { provision: rule } }: GivenConsent): boolean {
  const all = (each: ConsentProvision | undefined): boolean =>
    each?.type === 'permit' && (each.provision ?? []).every((nested) => all(nested));
  return all(rule);
}

describe('whatever the Consents', () => {
  test('a further label never permits more', () => {
    fc.assert(
      fc.property(labels, fc.constantFrom(...LABELS), consents, (some, more, all) => {
        expect(verdict([...some, more], all)).toBeLessThanOrEqual(verdict(some, all));
      }),
    );
  });

  test('their order does not matter', () => {
    fc.assert(
      fc.property(labels, consents, (some, all) => {
        expect(decide(asked(some), all.toReversed(), POLICY)).toEqual(decide(asked(some), all, POLICY));
      }),
    );
  });

  test('one for another recipient changes nothing', () => {
    fc.assert(
      fc.property(labels, consents, consent, (some, all, other) => {
        const elsewhere = { ...other.consent, provision: { ...other.consent.provision, actor: [to('somebody')] } };
        expect(verdict(some, [...all, { ...other, consent: elsewhere }])).toBe(verdict(some, all));
      }),
    );
  });

  test('withdrawing one that only permits never permits more', () => {
    fc.assert(
      fc.property(labels, consents, consent.filter(onlyPermits), (some, all, withdrawn) => {
        const after = { ...withdrawn, consent: { ...withdrawn.consent, status: 'inactive' as const } };
        expect(verdict(some, [...all, after])).toBeLessThanOrEqual(verdict(some, [...all, withdrawn]));
      }),
    );
  });

  test('one that the recipient wrote itself never permits more', () => {
    fc.assert(
      fc.property(labels, consents, consent, (some, all, own) => {
        expect(verdict(some, [...all, { ...own, author: 'food-bank' }])).toBeLessThanOrEqual(verdict(some, all));
      }),
    );
  });

  test('a denial to everybody, given last, denies', () => {
    fc.assert(
      fc.property(labels, consents, (some, all) => {
        const last = given({ id: 'last', dateTime: '2026-03-01', provision: { type: 'deny' } });
        expect(verdict(some, [...all, last])).toBe(WEIGHT.deny);
      }),
    );
  });

  test('what is labelled does not go without a Consent', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...LABELS), { minLength: 1 }), (some) => {
        expect(verdict(some, [])).toBe(WEIGHT.wait);
      }),
    );
  });

  test('every decision has a ground', () => {
    fc.assert(
      fc.property(labels, consents, (some, all) => {
        expect(decide(asked(some), all, POLICY).because.length).toBeGreaterThan(0);
      }),
    );
  });
});
