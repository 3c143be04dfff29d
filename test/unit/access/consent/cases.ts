import type { ConsentProvision } from '@medplum/fhirtypes';
import type { Disclosure, GivenConsent, Verdict } from '../../../../src/access/consent/disclosure.ts';
import { asked, given, label, ruling, TREATING, to } from './asked.ts';

export type Case = readonly [what: string, asked: Disclosure, consents: readonly GivenConsent[], decision: Verdict];

const PART_2 = { securityLabel: [label('42CFRPart2')] };
export const permit = (rule: Partial<ConsentProvision>): ConsentProvision => ({ type: 'permit', ...rule });
export const deny = (rule: Partial<ConsentProvision>): ConsentProvision => ({ type: 'deny', ...rule });
const provider = { organizationId: 'clinic', types: ['prov'] };

/** What may be disclosed by which labels, provisions and exceptions. */
export const CASES: readonly Case[] = [
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
];
