import { describe, expect, test } from '@jest/globals';
import { decide } from '../../../../src/access/consent/decide.ts';
import { asked, POLICY, ruling, to } from './asked.ts';
import { CASES, deny, permit } from './cases.ts';
import { CASES_IN_TIME } from './cases-in-time.ts';

describe('whether something may be disclosed', () => {
  test.each([...CASES, ...CASES_IN_TIME])('%s', (_what, request, consents, decision) => {
    expect(decide(request, consents, POLICY).decision).toBe(decision);
  });

  test('the decision says by which Consent, which provision and which rule', () => {
    const consents = [ruling(permit({ provision: [deny({ actor: [to('food-bank')] })] }), { id: 'mine' })];
    expect(decide(asked(), consents, POLICY)).toEqual({
      decision: 'deny',
      because: [
        { consent: 'Consent/mine', provision: 'Consent.provision.provision[0]', text: 'The client denies it.' },
      ],
      until: undefined,
    });
    expect(decide(asked(['HIV']), [], POLICY).because).toEqual([
      {
        rule: 'hiv',
        text: 'What tells of HIV needs a consent that says so and names the recipient; most states want both.',
      },
    ]);
  });

  test('it says when it must be decided anew', () => {
    const consents = [
      ruling(permit({ period: { start: '2026-01-01', end: '2026-03-09' } })),
      ruling(permit({ provision: [deny({ period: { start: '2026-03-05T12:00:00Z' } })] }), { id: 'two' }),
    ];
    expect(decide(asked(), consents, POLICY).until).toEqual(new Date('2026-03-05T12:00:00Z'));
    expect(decide(asked(), consents.slice(0, 1), POLICY).until).toEqual(new Date('2026-03-10T00:00:00Z'));
  });

  test('an agreement with the recipient stands in for a consent to Part 2 data where the policy says so', () => {
    const agreement = {
      organization: 'food-bank',
      kind: 'QSOA' as const,
      labels: ['42CFRPart2'],
      because: 'It keeps the books.',
    };
    const policy = { ...POLICY, agreements: [agreement] };
    expect(decide(asked(['42CFRPart2']), [], policy)).toMatchObject({
      decision: 'permit',
      because: [{ rule: 'ordinary' }, { rule: 'QSOA', text: 'It keeps the books.' }].toReversed(),
    });
    expect(decide(asked(['HIV']), [], policy).decision).toBe('wait');
  });
});
