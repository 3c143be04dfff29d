import type { Measure } from '../measure.ts';

const SOURCE =
  'CMS50v14, Closing the Referral Loop: Receipt of Specialist Report. https://ecqi.healthit.gov/ecqm/ec/2026/cms0050v14';

/** The measure of the US programme for clinicians; each of its facts is a first referral of a client (see `clientFacts`). */
export const CMS50_MEASURES: readonly Measure[] = [
  {
    id: 'cms50',
    title: 'CMS50: receipt of specialist report',
    definition:
      'Of clients with a visit in the measurement period (from, to) and a referral in all but its last two months (for a year: until October 31), the first referral of each: the share of those for which a consultant report was received (a completed Task of that code, basedOn the referral, whose executionPeriod ends after the referral was authored and within the period). The hub keeps that Task itself when a report (DocumentReference, DiagnosticReport or Composition) becomes an outcome of such a referral. Days are those of UTC.',
    of: 'client',
    kind: 'proportion',
    denominator: 'is_first AND has_visit',
    numerator: 'has_report',
    unit: '1',
    direction: 'increase',
    source: SOURCE,
    hubOnly: true,
  },
  {
    id: 'cms50-by-referrer',
    title: 'CMS50, the first referral by each who refers',
    definition:
      'As cms50, but of the first referral of each client by each requester: the measure itself does not say whose a report is when a client is referred by two.',
    of: 'client',
    kind: 'proportion',
    denominator: 'has_visit',
    numerator: 'has_report',
    unit: '1',
    direction: 'increase',
    source: SOURCE,
    hubOnly: true,
  },
  {
    id: 'cms50-behavioral',
    title: 'CMS50, with behavioral encounters',
    definition:
      'As cms50, but an encounter of the behavioral codes (those of its procedures) counts as a visit, too: the draft in FHIR defines such encounters, and its population does not use them.',
    of: 'client',
    kind: 'proportion',
    denominator: 'is_first',
    numerator: 'has_report',
    unit: '1',
    direction: 'increase',
    source: SOURCE,
    hubOnly: true,
  },
];
