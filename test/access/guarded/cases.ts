import type { Consent } from '@medplum/fhirtypes';
import { consentOf, label, toOrganization } from '../../support/consents.ts';

/** Labels, and none at all. */
export const LABELS = ['none', 'SUD', '42CFRPart2', 'HIV', 'PSY', 'address-confidential', 'child-protection'] as const;
export type Label = (typeof LABELS)[number];

/** Who is asked: an organization like any other, one that treats, one with an agreement about Part 2 records. */
export const KINDS = ['plain', 'treating', 'agreed'] as const;
export type Kind = (typeof KINDS)[number];

/** Whom a label is open to: everybody asked, nobody, or some kinds. */
type Opens = 'all' | 'nobody' | readonly Kind[];

/** What a client says, whom it is said of, and to whom what carries which label is open then: written down by hand. */
export interface ConsentCase {
  readonly name: string;
  readonly given: (patient: string, to: string, label: Label) => readonly Consent[];
  /** What becomes of the first of them afterwards. */
  readonly becomes?: 'inactive' | 'entered-in-error' | 'deleted';
  readonly opens: Readonly<Record<Exclude<Label, 'child-protection'>, Opens>>;
  /** What it was open to before that. */
  readonly before?: ConsentCase['opens'];
  /** What it is open to when only the first of them is given yet. */
  readonly meanwhile?: ConsentCase['opens'];
}

type Table = ConsentCase['opens'];
const table = (none: Opens, SUD: Opens, part2: Opens, HIV: Opens, PSY: Opens, address: Opens): Table => ({
  none,
  SUD,
  '42CFRPart2': part2,
  HIV,
  PSY,
  'address-confidential': address,
});

// Columns: without a label, SUD, 42CFRPart2, HIV, PSY, address-confidential: that is of the client, who is shown without it.
export const NOTHING_SAID = table('all', 'nobody', ['agreed'], 'nobody', 'nobody', 'all');
const DENIED = table('nobody', 'nobody', 'nobody', 'nobody', 'nobody', 'nobody');
const LABEL_DENIED = table('all', 'nobody', 'nobody', 'nobody', 'nobody', 'nobody');
const ANYBODY = table('all', 'nobody', ['agreed'], 'nobody', 'all', 'all');
const NAMED = table('all', 'all', ['agreed'], 'nobody', 'all', 'all');
const NAMED_WITH_LABEL = table('all', 'all', 'all', 'all', 'all', 'all');
const TREATING = table('all', ['treating'], ['agreed'], 'nobody', ['treating'], 'all');
const TREATING_WITH_LABEL = table('all', ['treating'], ['treating', 'agreed'], 'nobody', ['treating'], 'all');

const HUB_LABELS = 'https://careloop.dev/fhir/CodeSystem/label';
export const labelCoding = (code: Label): { system: string; code: string } =>
  code === 'address-confidential' || code === 'child-protection' ? { system: HUB_LABELS, code } : label(code);
/** What carries none is asked about with a label all the same. */
const securityLabel = (code: Label): { system: string; code: string }[] => [
  labelCoding(code === 'none' ? 'PSY' : code),
];
const LATER = { dateTime: '2026-02-20' };
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const TREATING_ACTOR = [
  {
    role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass', code: 'PROV' }] },
    reference: { display: 'Who treats' },
  },
] as never;
const GROUP = [{ role: { coding: [{ system: PARTICIPATION, code: 'IRCP' }] }, reference: { display: 'Some people' } }];
const REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const names = (to: string, code: Label) => ({ actor: toOrganization(to), securityLabel: securityLabel(code) }) as const;
const withLabel = (patient: string, to: string, code: Label, more = {}): Consent =>
  consentOf(patient, { type: 'permit', ...names(to, code), ...more });

export const CASES: readonly ConsentCase[] = [
  { name: 'nothing is said', given: () => [], opens: NOTHING_SAID },
  { name: 'anybody may know', given: (p) => [consentOf(p, { type: 'permit' })], opens: ANYBODY },
  {
    name: 'it may know',
    given: (p, to) => [consentOf(p, { type: 'permit', actor: toOrganization(to) })],
    opens: NAMED,
  },
  { name: 'it may know what carries this label', given: (p, to, l) => [withLabel(p, to, l)], opens: NAMED_WITH_LABEL },
  {
    name: 'who treats may know',
    given: (p) => [consentOf(p, { type: 'permit', actor: TREATING_ACTOR })],
    opens: TREATING,
  },
  {
    name: 'who treats may know what carries this label',
    given: (p, _to, l) => [consentOf(p, { type: 'permit', actor: TREATING_ACTOR, securityLabel: securityLabel(l) })],
    opens: TREATING_WITH_LABEL,
  },
  { name: 'somebody else may know', given: (p, _to, l) => [withLabel(p, 'careloop', l)], opens: NOTHING_SAID },
  {
    name: 'some group may know, whoever that is',
    given: (p, _to, l) => [consentOf(p, { type: 'permit', actor: GROUP, securityLabel: securityLabel(l) })],
    opens: NOTHING_SAID,
  },
  {
    name: 'some group may not know, whoever that is',
    given: (p) => [consentOf(p, { type: 'deny', actor: GROUP })],
    opens: DENIED,
  },
  {
    name: 'it may not know',
    given: (p, to) => [consentOf(p, { type: 'deny', actor: toOrganization(to) })],
    opens: DENIED,
  },
  { name: 'nobody may know', given: (p) => [consentOf(p, { type: 'deny' })], opens: DENIED },
  {
    name: 'opted out, without a word more',
    given: (p) => {
      const { provision: _provision, ...consent } = consentOf(p, {});
      const policyRule = { coding: [label('OPTOUT')] };
      return [{ ...consent, policyRule }];
    },
    opens: DENIED,
  },
  {
    name: 'an agreement to disclose to the organizations it names',
    given: (p, to) => {
      const { provision: _provision, ...consent } = consentOf(p, {});
      return [{ ...consent, policyRule: { text: 'As agreed' }, organization: [{ reference: `Organization/${to}` }] }];
    },
    opens: NAMED,
  },
  {
    name: 'it may not know; later, it may',
    given: (p, to) => [
      consentOf(p, { type: 'deny', actor: toOrganization(to) }),
      consentOf(p, { type: 'permit', actor: toOrganization(to) }, LATER),
    ],
    meanwhile: DENIED,
    opens: NAMED,
  },
  {
    name: 'it may know; later, it may not',
    given: (p, to, l) => [withLabel(p, to, l), consentOf(p, { type: 'deny', actor: toOrganization(to) }, LATER)],
    meanwhile: NAMED_WITH_LABEL,
    opens: DENIED,
  },
  {
    name: 'it may know; later, anybody may not',
    given: (p, to, l) => [withLabel(p, to, l), consentOf(p, { type: 'deny' }, LATER)],
    meanwhile: NAMED_WITH_LABEL,
    opens: DENIED,
  },
  {
    name: 'anybody may know, but not it',
    given: (p, to) => [consentOf(p, { type: 'permit', provision: [{ type: 'deny', actor: toOrganization(to) }] })],
    opens: DENIED,
  },
  {
    name: 'nobody may know, but it may',
    given: (p, to) => [consentOf(p, { type: 'deny', provision: [{ type: 'permit', actor: toOrganization(to) }] })],
    opens: NAMED,
  },
  {
    name: 'it may know, but not what carries this label',
    given: (p, to, l) => [
      consentOf(p, {
        type: 'permit',
        actor: toOrganization(to),
        provision: [{ type: 'deny', securityLabel: securityLabel(l) }],
      }),
    ],
    opens: LABEL_DENIED,
  },
  {
    name: 'it might know until some years ago',
    given: (p, to, l) => [withLabel(p, to, l, { period: { end: '2020-12-31' } })],
    opens: NOTHING_SAID,
  },
  {
    name: 'it may know in some hundred years',
    given: (p, to, l) => [withLabel(p, to, l, { period: { start: '2190' } })],
    opens: NOTHING_SAID,
  },
  {
    name: 'it may know for some hundred years',
    given: (p, to, l) => [withLabel(p, to, l, { period: { start: '2020', end: '2190' } })],
    opens: NAMED_WITH_LABEL,
  },
  {
    name: 'it may know, to treat',
    given: (p, to, l) => [withLabel(p, to, l, { purpose: [{ system: REASON, code: 'TREAT' }] })],
    opens: NAMED_WITH_LABEL,
  },
  {
    name: 'it may know, for its advertising',
    given: (p, to, l) => [withLabel(p, to, l, { purpose: [{ system: REASON, code: 'HMARKT' }] })],
    opens: NOTHING_SAID,
  },
  {
    name: 'it may know, but that was only proposed',
    given: (p, to, l) => [{ ...withLabel(p, to, l), status: 'proposed' }],
    opens: NOTHING_SAID,
  },
  {
    name: 'it may know, but the client says they never said so',
    given: (p, to, l) => [{ ...withLabel(p, to, l), verification: [{ verified: false }] }],
    opens: NOTHING_SAID,
  },
  {
    name: 'it might know, and that is withdrawn',
    given: (p, to, l) => [withLabel(p, to, l)],
    becomes: 'inactive',
    before: NAMED_WITH_LABEL,
    opens: NOTHING_SAID,
  },
  {
    name: 'it might know, and that was a mistake',
    given: (p, to, l) => [withLabel(p, to, l)],
    becomes: 'entered-in-error',
    before: NAMED_WITH_LABEL,
    opens: NOTHING_SAID,
  },
  {
    name: 'it might know, and that is deleted',
    given: (p, to, l) => [withLabel(p, to, l)],
    becomes: 'deleted',
    before: NAMED_WITH_LABEL,
    opens: NOTHING_SAID,
  },
  {
    name: 'it may not know, and that is withdrawn',
    given: (p, to) => [consentOf(p, { type: 'deny', actor: toOrganization(to) })],
    becomes: 'inactive',
    before: DENIED,
    opens: NOTHING_SAID,
  },
];

/** Whether what carries a label is open to who is asked. A mandated report goes to whom its sender addressed it, whatever is said. */
export function isOpen(opens: Table, label: Label, kind: Kind, direct: boolean): boolean {
  if (label === 'child-protection') return direct;
  const to = opens[label];
  return to === 'all' || (to !== 'nobody' && to.includes(kind));
}
