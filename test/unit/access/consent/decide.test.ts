import { describe, expect, test } from '@jest/globals';
import type { ConsentProvision } from '@medplum/fhirtypes';
import { decide } from '../../../../src/access/consent/decide.ts';
import type { Disclosure, GivenConsent, Verdict } from '../../../../src/access/consent/disclosure.ts';
import { asked, given, label, POLICY, ruling, TREATING, to } from './asked.ts';

type Case = readonly [what: string, asked: Disclosure, consents: readonly GivenConsent[], decision: Verdict];

const PART_2 = { securityLabel: [label('42CFRPart2')] };
const permit = (rule: Partial<ConsentProvision>): ConsentProvision => ({ type: 'permit', ...rule });
const deny = (rule: Partial<ConsentProvision>): ConsentProvision => ({ type: 'deny', ...rule });
const provider = { organizationId: 'clinic', types: ['prov'] };

const CASES: readonly Case[] = [
  ['what carries no label goes without a consent', asked(), [], 'permit'],
  ['unless the client denies it', asked(), [ruling(deny({}))], 'deny'],
  ['or denies it to this recipient', asked(), [ruling(deny({ actor: [to('food-bank')] }))], 'deny'],
  ['a denial to another says nothing', asked(), [ruling(deny({ actor: [to('clinic')] }))], 'permit'],
  ['another purpose is no basis', asked([], { purpose: 'HMARKT' }), [], 'wait'],
  [
    'and needs a permit',
    asked([], { purpose: 'HMARKT' }),
    [ruling(permit({ purpose: [{ code: 'HMARKT' }] }))],
    'permit',
  ],
  [
    'a purpose within the one that is permitted is permitted',
    asked(['PSY']),
    [ruling(permit({ purpose: [{ code: 'TREAT' }] }))],
    'permit',
  ],
  ['a purpose beside it is not', asked(['PSY']), [ruling(permit({ purpose: [{ code: 'HPAYMT' }] }))], 'wait'],

  [
    'an agreement without provisions opts nobody in that it does not name',
    asked(['SUD']),
    [given({ organization: [{ reference: 'Organization/hospital' }] })],
    'wait',
  ],
  [
    'it permits whom it names',
    asked(['SUD']),
    [given({ organization: [{ reference: 'Organization/food-bank' }] })],
    'permit',
  ],
  [
    'but not what it would have to speak of',
    asked(['HIV']),
    [given({ organization: [{ reference: 'Organization/food-bank' }] })],
    'wait',
  ],
  ['opting out denies', asked(), [given({ policyRule: { coding: [label('OPTOUT')] } })], 'deny'],
  ['opting in permits in general', asked(['PSY']), [given({ policyRule: { coding: [label('OPTIN')] } })], 'permit'],

  ['Part 2 needs a consent', asked(['42CFRPart2']), [], 'wait'],
  ['that names the recipient', asked(['42CFRPart2']), [ruling(permit(PART_2))], 'wait'],
  ['and speaks of it', asked(['42CFRPart2']), [ruling(permit({ actor: [to('food-bank')] }))], 'wait'],
  ['then it goes', asked(['42CFRPart2']), [ruling(permit({ ...PART_2, actor: [to('food-bank')] }))], 'permit'],
  [
    'to a treating provider as one of its class',
    asked(['42CFRPart2'], { recipient: provider }),
    [ruling(permit({ ...PART_2, actor: [TREATING] }))],
    'permit',
  ],
  ['to nobody else as that', asked(['42CFRPart2']), [ruling(permit({ ...PART_2, actor: [TREATING] }))], 'wait'],
  [
    'of the very resource it may speak by name',
    asked(['42CFRPart2']),
    [
      ruling(
        permit({ actor: [to('food-bank')], data: [{ meaning: 'instance', reference: { reference: 'Condition/c1' } }] }),
      ),
    ],
    'permit',
  ],
  [
    'HIV is for named recipients only',
    asked(['HIV'], { recipient: provider }),
    [ruling(permit({ securityLabel: [label('HIV')], actor: [TREATING] }))],
    'wait',
  ],
  [
    'each label needs its own',
    asked(['HIV', 'PSY']),
    [ruling(permit({ actor: [to('food-bank')], securityLabel: [label('PSY')] }))],
    'wait',
  ],
  [
    'a label is permitted with the one it belongs to',
    asked(['OPIOIDUD']),
    [ruling(permit({ actor: [to('food-bank')], securityLabel: [label('SUD')] }))],
    'permit',
  ],
  [
    'a mark of confidentiality permits no label',
    asked(['PSY']),
    [ruling(permit({ securityLabel: [{ code: 'R' }] }))],
    'wait',
  ],
  [
    'and denies from its level up',
    asked(['PSY']),
    [ruling(permit({ provision: [deny({ securityLabel: [{ code: 'R' }] })] }))],
    'deny',
  ],
  [
    'what is not so confidential is not denied',
    asked([]),
    [ruling(permit({ provision: [deny({ securityLabel: [{ code: 'R' }] })] }))],
    'permit',
  ],

  [
    'an exception of an exception holds',
    asked(['PSY']),
    [
      ruling(
        permit({
          provision: [deny({ securityLabel: [label('PSY')], provision: [permit({ actor: [to('food-bank')] })] })],
        }),
      ),
    ],
    'permit',
  ],
  [
    'an exception for another does not',
    asked(['PSY']),
    [
      ruling(
        permit({
          provision: [deny({ securityLabel: [label('PSY')], provision: [permit({ actor: [to('clinic')] })] })],
        }),
      ),
    ],
    'deny',
  ],
  [
    'of two exceptions the denial holds',
    asked(['PSY']),
    [ruling(deny({ provision: [permit({}), deny({ actor: [to('food-bank')] })] }))],
    'deny',
  ],
  [
    'opting out with an exception',
    asked(['PSY']),
    [ruling({ provision: [permit({ actor: [to('food-bank')] })] }, { policyRule: { coding: [label('OPTOUTE')] } })],
    'permit',
  ],
  [
    'and for others',
    asked(),
    [ruling({ provision: [permit({ actor: [to('clinic')] })] }, { policyRule: { coding: [label('OPTOUTE')] } })],
    'deny',
  ],

  ['a withdrawn consent permits nothing', asked(['PSY']), [ruling(permit({}), { status: 'inactive' })], 'wait'],
  ['nor one in error', asked(['PSY']), [ruling(permit({}), { status: 'entered-in-error' })], 'wait'],
  ['nor a draft', asked(['PSY']), [ruling(permit({}), { status: 'draft' })], 'wait'],
  ['a withdrawn denial denies nothing', asked(), [ruling(deny({}), { status: 'inactive' })], 'permit'],
  [
    'what was found not to hold permits nothing',
    asked(['PSY']),
    [ruling(permit({}), { verification: [{ verified: false }] })],
    'wait',
  ],
  ['and denies all the same', asked(), [ruling(deny({}), { verification: [{ verified: false }] })], 'deny'],
  ['an expired one permits nothing', asked(['PSY']), [ruling(permit({ period: { end: '2026-03-01' } }))], 'wait'],
  ['on its last day it does', asked(['PSY']), [ruling(permit({ period: { end: '2026-03-02' } }))], 'permit'],
  ['before it begins it does not', asked(['PSY']), [ruling(permit({ period: { start: '2026-03-03' } }))], 'wait'],
  [
    'a consent to research is about something else',
    asked(['PSY']),
    [ruling(permit({}), { scope: { coding: [{ code: 'research' }] } })],
    'wait',
  ],
  ['nobody permits itself', asked(['PSY']), [{ ...ruling(permit({})), author: 'food-bank' }], 'wait'],

  [
    'data of another time is not permitted',
    asked(['PSY']),
    [ruling(permit({ dataPeriod: { start: '2026-02-02' } }))],
    'wait',
  ],
  ['of that time it is', asked(['PSY']), [ruling(permit({ dataPeriod: { start: '2026-02-01' } }))], 'permit'],
  [
    'data of which nobody knows the time is not permitted',
    asked(['PSY'], { resource: { at: undefined } }),
    [ruling(permit({ dataPeriod: { start: '2026-02-01' } }))],
    'wait',
  ],
  [
    'and is denied',
    asked([], { resource: { at: undefined } }),
    [ruling(deny({ dataPeriod: { start: '2026-02-01' } }))],
    'deny',
  ],
  [
    'collecting is not disclosing',
    asked(['PSY']),
    [ruling(permit({ action: [{ coding: [{ code: 'collect' }] }] }))],
    'wait',
  ],
  [
    'a class is a type of resource',
    asked(['PSY']),
    [ruling(permit({ class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Condition' }] }))],
    'permit',
  ],
  [
    'another class',
    asked(['PSY']),
    [ruling(permit({ class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observation' }] }))],
    'wait',
  ],
  [
    'a code is what it is about',
    asked([], { resource: { codes: ['http://snomed.info/sct|1'] } }),
    [ruling(deny({ code: [{ coding: [{ system: 'http://snomed.info/sct', code: '1' }] }] }))],
    'deny',
  ],
  [
    'who wrote it',
    asked([]),
    [ruling(deny({ data: [{ meaning: 'authoredby', reference: { reference: 'Organization/hospital' } }] }))],
    'deny',
  ],
  [
    'from whom it comes',
    asked([]),
    [
      ruling(
        deny({ actor: [{ role: { coding: [{ code: 'CST' }] }, reference: { reference: 'Organization/clinic' } }] }),
      ),
    ],
    'permit',
  ],
  [
    'an actor that cannot be told denies',
    asked([]),
    [ruling(deny({ actor: [{ role: {}, reference: { reference: 'Group/1' } }] }))],
    'deny',
  ],
  [
    'and permits nothing',
    asked(['PSY']),
    [ruling(permit({ actor: [{ role: {}, reference: { reference: 'Group/1' } }] }))],
    'wait',
  ],

  [
    'a later permit takes a denial back',
    asked(),
    [ruling(deny({})), ruling(permit({}), { id: 'two', dateTime: '2026-02-01' })],
    'permit',
  ],
  [
    'an earlier one does not',
    asked(),
    [ruling(deny({})), ruling(permit({}), { id: 'two', dateTime: '2025-02-01' })],
    'deny',
  ],
  [
    'nor a general one what was denied by name',
    asked(),
    [ruling(deny({ actor: [to('food-bank')] })), ruling(permit({}), { id: 'two', dateTime: '2026-02-01' })],
    'deny',
  ],
  [
    'one by name does',
    asked(),
    [
      ruling(deny({ actor: [to('food-bank')] })),
      ruling(permit({ actor: [to('food-bank')] }), { id: 'two', dateTime: '2026-02-01' }),
    ],
    'permit',
  ],

  [
    'a mandated report goes to whom it is addressed',
    asked(['child-protection'], { addressed: true }),
    [ruling(deny({}))],
    'permit',
  ],
  ['and to nobody else', asked(['child-protection']), [ruling(permit({ actor: [to('food-bank')] }))], 'deny'],
];

describe('whether something may be disclosed', () => {
  test.each(CASES)('%s', (_what, request, consents, decision) => {
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
