/**
 * What is recorded of what is asked of the FHIR API, as data: by its interaction, the action of its entry, or that there
 * is none here. Writes are recorded by the store, with what they write; the metadata says nothing of anybody.
 * @see https://hl7.org/fhir/R4/valueset-audit-event-action.html
 */
export const RECORDED = {
  read: 'R',
  vread: 'R',
  'history-instance': 'R',
  'history-type': 'E',
  'history-system': 'E',
  'search-type': 'E',
  'search-system': 'E',
  operation: 'E',
} as const;

export type ReadInteraction = keyof typeof RECORDED;

/** Operations that answer from definitions and codes alone, or only how far something is: nothing of anybody. */
export const NOT_RECORDED: ReadonlySet<string> = new Set([
  'expand',
  'lookup',
  'validate-code',
  'translate',
  'export-status',
]);

/** What says how to answer rather than what to find. */
export const RESULT_PARAMETERS: ReadonlySet<string> = new Set([
  '_count',
  '_cursor',
  '_sort',
  '_total',
  '_summary',
  '_elements',
  '_format',
  '_pretty',
]);

/** Parameters of every search, beside those of its type. Other names are the caller's own words, and kept nowhere. */
export const GENERAL_PARAMETERS: ReadonlySet<string> = new Set([
  ...RESULT_PARAMETERS,
  '_id',
  '_lastUpdated',
  '_tag',
  '_profile',
  '_security',
  '_source',
  '_text',
  '_content',
  '_list',
  '_has',
  '_type',
  '_query',
  '_filter',
  '_include',
  '_revinclude',
  '_contained',
  '_since',
  '_at',
]);
