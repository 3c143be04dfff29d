import type { Disclosure } from './disclosures.ts';

/** The columns of an accounting, as CSV and PDF show them. */
export const COLUMNS: readonly { readonly title: string; readonly of: (disclosure: Disclosure) => string }[] = [
  { title: 'When (UTC)', of: ({ at }) => at },
  { title: 'To whom', of: ({ recipient }) => recipient.name },
  { title: 'Organization', of: ({ recipient }) => recipient.id },
  { title: 'How', of: ({ how, perhaps }) => (perhaps ? `${how}, may not have arrived` : how) },
  { title: 'What', of: ({ what }) => what },
  { title: 'Purpose', of: ({ purpose }) => (purpose ? (PURPOSES[purpose] ?? purpose) : '') },
  { title: 'Basis', of: ({ basis }) => basis ?? '' },
  { title: 'Audit entry', of: ({ id }) => id },
];

/** @see http://terminology.hl7.org/CodeSystem/v3-ActReason */
const PURPOSES: Readonly<Record<string, string>> = { COC: 'coordination of care', TREAT: 'treatment' };
