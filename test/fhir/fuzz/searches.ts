import fc from 'fast-check';
import type { Asked } from './judge.ts';

const TYPES = [
  'Patient',
  'Observation',
  'Task',
  'ServiceRequest',
  'Organization',
  'ValueSet',
  'Basic',
  'Questionnaire',
  'Widget',
  '',
  '__proto__',
];
const PARAMS = [
  '_id',
  '_lastUpdated',
  '_tag',
  '_profile',
  '_security',
  '_source',
  '_text',
  '_content',
  '_filter',
  '_query',
  '_list',
  '_has',
  '_type',
  '_sort',
  '_count',
  '_total',
  '_include',
  '_revinclude',
  '_summary',
  '_elements',
  '_format',
  '_pretty',
  '_contained',
  '_containedType',
  '_cursor',
  '_offset',
  'name',
  'family',
  'identifier',
  'birthdate',
  'gender',
  'subject',
  'patient',
  'status',
  'code',
  'value-quantity',
  'value-string',
  'code-value-quantity',
  'component-code-value-concept',
  'date',
  'owner',
  'requester',
  'focus',
  'url',
  'probability',
  'near',
  'organization',
  'constructor',
  '__proto__',
  'toString',
  '',
  'a.b',
  '_has:',
  '_has:Observation:subject:code',
  '_has:Observation:subject:_has:Task:focus:status',
  'subject:Patient.name',
  'subject.organization.name',
  'patient.name.x',
  'subject:Widget.name',
  'organization.partof.partof.partof.partof.name',
];
/** None, and all there are, and some there are not. */
export const MODIFIERS = [
  '',
  '',
  '',
  '',
  ':exact',
  ':contains',
  ':missing',
  ':not',
  ':text',
  ':in',
  ':not-in',
  ':of-type',
  ':above',
  ':below',
  ':identifier',
  ':iterate',
  ':Patient',
  ':__proto__',
  ':',
  '::',
  ':exact:exact',
];
export const PREFIXES = ['', '', '', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap', 'xx'];
const VALUES = [
  '',
  'x',
  'true',
  'false',
  'null',
  '0',
  '-1',
  '5.40',
  '1e400',
  '9'.repeat(400),
  '5.4|http://unitsofmeasure.org|mg',
  '5|',
  '|',
  '||',
  '|||',
  'a|b',
  '\\',
  '\\|',
  '\\,',
  'a\\,b',
  ',',
  ',,,',
  '$',
  'a$b',
  'a$b$c',
  'x$5',
  '2026',
  '2026-02-30',
  '2026-01-01T00:00:00.000000001Z',
  '0000',
  '9999',
  '9999-12-31T23:59:59Z',
  'now',
  'Patient/1',
  'Patient/',
  '/',
  'http://x/Patient/1',
  '#a',
  'urn:uuid:x',
  '*',
  'Patient:*',
  'Observation:subject',
  'Observation:subject:Patient',
  'Task:focus:Widget',
  '-birthdate',
  '-_id,-name,status',
  'count',
  'data',
  'accurate',
  'none',
  'http://hl7.org/fhir/ValueSet/task-status',
  '%',
  '_',
  "'",
  '"',
  ';',
  "' OR 1=1 --",
  '%00',
  '%',
  '%zz',
  '%ED%A0%80',
  '%c0%80',
  '\ud800',
  '+',
  '&',
  '=',
  '?',
  'é',
  'x'.repeat(3_000),
  'MQ',
  'eyJ4IjoxfQ==',
  '12.5|-8.1|10|km',
];

export const value = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
);
const list = fc
  .array(fc.tuple(fc.constantFrom(...PREFIXES), value), { minLength: 1, maxLength: 3 })
  .map((all) => all.map((each) => each.join('')).join(','));

/** As it stands, with every sign encoded, or in between: what is encoded twice or not at all is a case too. */
export const encodings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => encodeURIComponent(text.toWellFormed()),
  (text) => encodeURIComponent(encodeURIComponent(text.toWellFormed())),
];

const param = fc
  .tuple(
    fc.constantFrom(...PARAMS),
    fc.constantFrom(...MODIFIERS),
    list,
    fc.constantFrom(...encodings),
    fc.constantFrom(...encodings.slice(0, 2)),
  )
  .map(([name, modifier, said, encode, encodeName]) => `${encodeName(name + modifier)}=${encode(said)}`);

/** A query without its `?`. */
export const query: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.array(param, { minLength: 1, maxLength: 4 }).map((all) => all.join('&')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);

/** A path below the base, its segments as anybody might write them. */
export const path: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...TYPES,
        '1',
        'x',
        '_history',
        '_search',
        '$expand',
        '$validate',
        '$',
        '_',
        '..',
        '.',
        '%2e%2e',
        '%2F',
        '%00',
        '%',
        '%E0%A4%A',
        'a'.repeat(300),
        '1|2',
        ';x',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 5 },
  )
  .map((segments) => segments.map((each) => `/${each}`).join(''));

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const strict = fc.constantFrom<Record<string, string>>(
  {},
  {},
  { prefer: 'handling=strict' },
  { prefer: 'x; handling = "' },
  { accept: 'application/fhir+xml' },
  { accept: 'text/html' },
);

export const searches: fc.Arbitrary<Asked> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...TYPES.slice(0, 8)), query, strict)
      .map(([type, said, headers]) => ({ method: 'GET', path: `/fhir/R4/${type}?${said}`, headers })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...TYPES.slice(0, 8)), query, query, strict)
      .map(([type, said, body, headers]) => ({
        method: 'POST',
        path: `/fhir/R4/${type}/_search?${said}`,
        headers: { ...FORM, ...headers },
        body,
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('GET', 'HEAD', 'DELETE', 'PUT', 'PATCH', 'POST'), path, query, strict)
      .map(([method, where, said, headers]) => ({ method, path: `/fhir/R4${where}?${said}`, headers })),
  },
);
