import { asked, ruling, to } from './asked.ts';
import { type Case, deny, permit } from './cases.ts';

/** What may be disclosed of what was withdrawn, is over, was found wanting, or is about something else. */
export const CASES_IN_TIME: readonly Case[] = [
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
