import { RESOLVED } from './loop-measures.ts';
import type { Measure } from './measure.ts';

const SOURCE = 'Network metrics of closed-loop referral; the statement is the client’s own.';
const ASKED = 'confirmation IS NOT NULL';
const ANSWERED = `confirmation IN ('received', 'partly', 'not-received')`;

/** What clients say themselves, where they are asked. Told to the hub only: what an organization is told, its policy says. */
export const CLIENT_MEASURES: readonly Measure[] = [
  {
    id: 'need-resolved-by-source',
    title: 'Need resolved, by who says so',
    definition:
      'Of the referrals that ended with services provided, partially provided, or an enrolment that goes on, the share of each whose word that is: of the client (client), where it says that it was received, whole or in part; else of an organization that completed its part (agency); else of the people of the hub (navigator).',
    of: 'loop',
    kind: 'shares',
    denominator: RESOLVED,
    value: `CASE WHEN confirmation IN ('received', 'partly') THEN 'client' WHEN done_elsewhere THEN 'agency' ELSE 'navigator' END`,
    unit: '1',
    direction: null,
    source: 'Network metrics of closed-loop referral: the source of the statement that a need was resolved.',
    hubOnly: true,
  },
  {
    id: 'client-answered',
    title: 'Clients who answered',
    definition: 'Referrals whose client said whether it was received, out of those whose client was asked.',
    of: 'loop',
    kind: 'proportion',
    denominator: ASKED,
    numerator: ANSWERED,
    open: `confirmation = 'asked'`,
    unit: '1',
    direction: 'increase',
    source: SOURCE,
    hubOnly: true,
  },
  {
    id: 'not-received-client-says',
    title: 'Not received, as the client says',
    definition:
      'Referrals that were reported as provided and whose client says that nothing was received, out of those whose client answered.',
    of: 'loop',
    kind: 'proportion',
    denominator: ANSWERED,
    numerator: `confirmation = 'not-received'`,
    unit: '1',
    direction: 'decrease',
    source: SOURCE,
    hubOnly: true,
  },
  {
    id: 'need-remains-client-says',
    title: 'Need remains, as the client says',
    definition: 'Referrals whose client says that help is still needed, out of those whose client answered.',
    of: 'loop',
    kind: 'proportion',
    denominator: ANSWERED,
    numerator: 'need_remains',
    unit: '1',
    direction: 'decrease',
    source: SOURCE,
    hubOnly: true,
  },
  {
    id: 'need-resolved-client-says',
    title: 'Need resolved, as the client says',
    definition:
      'Referrals whose client says that it was received, whole or in part, out of all received. The same as need-resolved, by the word of the client and not of the agency.',
    of: 'loop',
    kind: 'proportion',
    numerator: `confirmation IN ('received', 'partly')`,
    open: `ended_at IS NULL OR confirmation = 'asked'`,
    unit: '1',
    direction: 'increase',
    source: SOURCE,
    hubOnly: true,
  },
];
