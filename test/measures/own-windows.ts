import type { DocumentReference, Procedure } from '@medplum/fhirtypes';

/** Of codes that nobody uses: the real ones are licensed, and stored by who runs the hub. */
export const REASONS = 'https://hub.example/ValueSet/reasons';
export const VISITS = 'https://hub.example/ValueSet/visits';
export const CODES = 'https://hub.example/codes';
export const OWN = {
  id: 'after-emergency-7',
  title: 'Seen within 7 days after an emergency visit',
  source: 'An agreement',
  of: {
    classes: ['EMER'],
    reasons: REASONS,
    fromAge: 6,
    unless: { classes: ['IMP', 'ACUTE'], withinDays: 30 },
    onceInDays: 31,
  },
  followedBy: { classes: ['AMB'], types: VISITS },
  within: { days: 7 },
  sameDay: true,
};

export const SAID = 'https://hub.example/ValueSet/said';

/** Likewise what may be defined of the transitions of care, of screening, and after an overdose. */
const aStay = { classes: ['IMP', 'ACUTE', 'NONAC'], fromAge: 18 };
export const FURTHER = [
  { id: 'overdose-30', of: { ...OWN.of, fromAge: 13 }, followedBy: OWN.followedBy, within: { days: 30 } },
  {
    id: 'admission-told',
    of: aStay,
    since: 'start',
    followedBy: { documents: valueSet('notice') },
    within: { days: 2 },
  },
  { id: 'discharge-told', of: aStay, followedBy: { documents: valueSet('summary') }, within: { days: 2 } },
  { id: 'engaged-30', of: aStay, followedBy: { classes: ['AMB', 'VR'] }, within: { days: 30 }, sameDay: false },
  { id: 'reconciled-30', of: aStay, followedBy: { procedures: valueSet('reconciled') }, within: { days: 30 } },
  {
    id: 'helped-30',
    of: { observations: valueSet('screened'), values: SAID, onceInDays: 366 },
    followedBy: { requests: valueSet('pantry') },
    within: { days: 30 },
  },
].map((each) => ({ title: each.id, source: 'An agreement', sameDay: true, ...each }));

export function valueSet(code: string): string {
  return `https://hub.example/ValueSet/${code}`;
}

export interface Had {
  readonly code: 'EMER' | 'AMB' | 'IMP';
  /** When it ended; without `from` it began then, too. */
  readonly on: string;
  readonly from?: string;
  readonly reason?: string;
  readonly type?: string;
  /** The code and the rank of a diagnosis. */
  readonly diagnosis?: readonly [string, number];
}

export const emergency: Had = { code: 'EMER', on: '2026-03-06T12:00:00Z', reason: 'storm' };
export const seen = (on: string, type = 'talk'): Had => ({ code: 'AMB', on, type });

export type Of<R> = Omit<R, 'subject'>;
export const coded = (code: string): { coding: { system: string; code: string }[] } => ({
  coding: [{ system: CODES, code }],
});
export const said = (type: string, date: string): DocumentReference => ({
  resourceType: 'DocumentReference',
  status: 'current',
  type: coded(type),
  date,
  content: [{ attachment: { contentType: 'text/plain', data: 'QQ==' } }],
});
export const did = (code: string, on: string): Of<Procedure> => ({
  resourceType: 'Procedure',
  status: 'completed',
  code: coded(code),
  performedDateTime: on,
});

/** What clients had: how many such clients, how many of their emergency visits count, and after how many they were seen. */
export const CLIENTS: readonly (readonly [
  what: string,
  clients: number,
  n: number,
  numerator: number,
  had: readonly Had[],
  born?: string,
])[] = [
  ['seen on the 7th day', 6, 1, 1, [emergency, seen('2026-03-13T23:00:00Z')]],
  ['seen on the same day, later', 2, 1, 1, [emergency, seen('2026-03-06T15:00:00Z')]],
  ['seen on the 8th day', 4, 1, 0, [emergency, seen('2026-03-14T00:00:00Z')]],
  ['seen for something else', 1, 1, 0, [emergency, seen('2026-03-09T09:00:00Z', 'teeth')]],
  [
    'of that diagnosis',
    1,
    1,
    1,
    [{ ...emergency, reason: 'rain', diagnosis: ['storm', 1] }, seen('2026-03-09T09:00:00Z')],
  ],
  ['of that diagnosis, beside another', 1, 0, 0, [{ ...emergency, reason: 'rain', diagnosis: ['storm', 2] }]],
  ['for another reason', 1, 0, 0, [{ ...emergency, reason: 'rain' }]],
  ['six years old on that day', 1, 1, 0, [emergency], '2020-03-06'],
  ['not yet six years old', 1, 0, 0, [emergency], '2020-03-07'],
  ['taken in within 30 days', 1, 0, 0, [emergency, { code: 'IMP', on: '2026-04-05T23:00:00Z' }]],
  ['taken in after 31', 1, 1, 0, [emergency, { code: 'IMP', on: '2026-04-06T00:00:00Z' }]],
  // Of three the second is within 31 days of the first; the third is not.
  [
    'there three times',
    1,
    2,
    0,
    ['2026-03-02', '2026-03-20', '2026-04-02'].map((day) => ({ ...emergency, on: `${day}T12:00:00Z` })),
  ],
];
