import type { Finding } from '../../../src/fhir/validate/walk.ts';
import { isObject } from '../../../src/fhir/validate/walk.ts';

/** A kind of disagreement: ours is right, and the specification says so. */
interface Disagreement {
  readonly name: string;
  /** What Medplum's validator does, and why that is not right. */
  readonly why: string;
  /** Where the specification says what is right. */
  readonly rule: string;
}

/** A kind of fault that Medplum's validator lets pass. */
export interface Stricter extends Disagreement {
  /** What we say of it, the whole sentence. */
  readonly says: readonly (string | RegExp)[];
  /** Where it stands. */
  readonly at?: RegExp;
  /** What stands there. */
  readonly value?: (value: unknown) => boolean;
  /** A resource that only ours refuses, for this reason. */
  readonly example: object;
}

/** Whether a finding of ours is of a kind; `value` is what stands at its place. */
export function fits(kind: Stricter, { text, expression }: Finding, value: unknown): boolean {
  const isSaid = kind.says.some((each) => (typeof each === 'string' ? each === text : each.test(text)));
  return isSaid && (kind.at?.test(expression) ?? true) && (kind.value?.(value) ?? true);
}

const R4 = 'https://hl7.org/fhir/R4';
const task = (fields: object): object => ({ resourceType: 'Task', status: 'draft', intent: 'order', ...fields });
const patient = (fields: object): object => ({ resourceType: 'Patient', ...fields });
const rule = (key: string, of: string): RegExp => new RegExp(`\\(Rule ${key} of ${of}\\.\\)$`);
const isEmpty = (value: unknown): boolean => value === '' || (isObject(value) && Object.keys(value).length === 0);
/** What is no character in XML. @see https://www.w3.org/TR/xml/#charsets */
const NO_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

const TEXT = 'Write text here, in quotes.';
const UNKNOWN =
  /^There is no such element in R4\. (Leave it out, or correct its name|Is \w+ meant\? Correct its name, or leave it out|Its name says its type: write (\w+, )+(\w+|…))\.$/;
const LIST = 'This element may repeat. Write a list ([…]), even for one value.';
const UNEQUAL = 'The lists of values and of their extensions are of different lengths. Fill the gaps with null.';
const OBJECT = /^Write an object \(\{…\}\) with the elements of [A-Z][\w.]+ here(, e\.g\. \{.*\})?\.$/;
const MALFORMED =
  /^This is not (an? (id|code|URI|URL|canonical address|OID|date|UUID|time)\b|base64).* (Correct it|Encode the content with padding)\.$/;

export const STRICTER: readonly Stricter[] = [
  {
    name: 'required bindings',
    why: 'it collects codes for a terminology server, and checks none itself',
    rule: `${R4}/terminologies.html#required`,
    says: [
      /^("[A-Za-z0-9-]{1,40}"|This) is not a code of the value set https?:\S+\. (Use one of( its codes(, of \S+)?\.|: [^.].*\.)|Write a .*\.|Use a unit of UCUM .*\.)$/,
      /^There is no code here\. Add one of the value set https?:\S+\.$/,
      /^This code names no system, so it is none of the value set https?:\S+\. (Use|Write) \w.*\.$/,
    ],
    example: patient({ gender: 'unheard-of' }),
  },
  {
    name: 'empty lists',
    why: 'it takes them for an element that is missing, and lets them stand where none is required',
    rule: `${R4}/json.html#2.6.2`,
    says: [
      'A list may not be empty. Give a value, or leave the element out.',
      'Only one value may stand here. Write it without a list.',
      TEXT,
    ],
    value: (value) => Array.isArray(value) && value.length === 0,
    example: patient({ name: [] }),
  },
  {
    name: 'empty elements',
    why: 'it leaves ele-1 out, and sees empty objects only in elements it knows as such',
    rule: `${R4}/element.html#invs`,
    says: ['Nothing is said here. Give a value or an element, or leave this out. (Rule ele-1.)'],
    // Beside the value of a primitive it is its `_name` that says nothing.
    value: (value) => !isObject(value) || Object.keys(value).every((key) => key === 'id'),
    example: patient({ name: [{ id: 'only-an-id' }] }),
  },
  {
    name: 'org-1',
    why: 'it is on a list of rules it does not evaluate',
    rule: `${R4}/organization.html#invs`,
    says: [rule('org-1', 'Organization')],
    at: /(^Organization|\.resource|\.contained\[\d+\])$/,
    example: { resourceType: 'Organization', active: true },
  },
  {
    name: 'repeated link ids',
    why: 'its descendants() of a Questionnaire gives no link ids, so that any are distinct',
    rule: `${R4}/questionnaire.html#invs`,
    says: [rule('que-2', 'Questionnaire')],
    example: {
      resourceType: 'Questionnaire',
      status: 'draft',
      item: [1, 2].map(() => ({ linkId: 'a', type: 'string' })),
    },
  },
  {
    name: 'the invariants of data types',
    why: 'it evaluates those of a resource and its elements, not those of the types of the elements',
    rule: `${R4}/conformance-rules.html#constraints`,
    says: [
      rule('per-1', 'Period'),
      rule('cpt-2', 'ContactPoint'),
      rule('att-1', 'Attachment'),
      rule('exp-1', 'Expression'),
      'There is no contained resource with this id. Contain it, or refer to where it is. (Rule ref-1.)',
    ],
    example: task({ executionPeriod: { start: '2026-03-02', end: '2026-03-01' } }),
  },
  {
    name: 'ids and extensions of what is no primitive',
    why: '`_name` is for primitives; it takes it beside any element',
    rule: `${R4}/json.html#primitive`,
    says: [UNKNOWN],
    at: /\._[a-z]\w*$/,
    example: patient({ name: [{ family: 'x' }], _name: [{ id: 'a' }] }),
  },
  {
    name: 'objects where a primitive stands',
    why: 'it takes an object there for the extensions of the primitive, which stand in `_name`',
    rule: `${R4}/json.html#primitive`,
    says: [TEXT, 'Write true or false here, without quotes.', 'Write a number here, without quotes.'],
    value: isObject,
    example: patient({ birthDate: { extension: [{ url: 'http://example.org', valueCode: 'x' }] } }),
  },
  {
    name: 'primitives where an object stands',
    why: 'it looks into what should be an object and finds nothing there to object to',
    rule: `${R4}/json.html#2.6.2`,
    says: [OBJECT, 'A resource stands here. Set its resourceType to an R4 type, e.g. "Patient".'],
    value: (value) => !isObject(value),
    example: patient({ name: [true] }),
  },
  {
    name: 'empty texts',
    why: 'it takes them, and empty objects, for elements that are missing',
    rule: `${R4}/datatypes.html#string`,
    says: [LIST, 'This text is empty. Write something, or leave the element out.', MALFORMED],
    value: isEmpty,
    example: patient({ contact: [{ name: { family: 'x', text: '' } }] }),
  },
  {
    name: 'the extensions of repeated primitives',
    why: 'they must stand in a list of the same length; it takes any',
    rule: `${R4}/json.html#primitive`,
    says: [LIST, UNEQUAL],
    value: (value) => Array.isArray(value) && value.length > 0,
    example: patient({
      name: [{ given: ['a'], _given: { extension: [{ url: 'http://example.org', valueCode: 'x' }] } }],
    }),
  },
  {
    name: 'choices of no type, or of one there is not',
    why: 'in JSON the name says the type (`valueString`); it takes any name that starts as the choice does',
    rule: `${R4}/formats.html#choice`,
    says: [UNKNOWN],
    at: /\.(value|deceased|onset)([A-Z]\w*)?x?$/,
    example: { resourceType: 'Parameters', parameter: [{ name: 'x', valueString: 'y', value: 'z' }] },
  },
  {
    name: 'several types of one choice',
    why: 'it warns of them only',
    rule: `${R4}/formats.html#choice`,
    says: [/^Only one of [a-z]\w*\[x\] may be given\. Leave the others out\.$/],
    example: patient({ deceasedBoolean: true, deceasedDateTime: '2026' }),
  },
  {
    name: 'what references may point to',
    why: 'it warns of them only',
    rule: `${R4}/references.html#Reference`,
    says: [/^This may refer only to: [A-Z]\w+(, [A-Z]\w+)*\. Refer to one of them\.$/],
    value: (value) => isObject(value) && (typeof value.reference === 'string' || typeof value.type === 'string'),
    example: task({ for: { reference: 'Patient/1' }, owner: { reference: 'Medication/1' } }),
  },
  {
    name: 'times without a zone',
    why: 'R4 wants a zone, and seconds, wherever there is a time; it reads them without',
    rule: `${R4}/datatypes.html#dateTime`,
    says: [
      'This is not a date, or a date with a time to the second and a time zone, e.g. "2026-03-02T09:00:00Z". Correct it.',
      'This is not a date with a time to the second and a time zone, e.g. "2026-03-02T09:00:00Z". Correct it.',
    ],
    value: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(value),
    example: task({ authoredOn: '2026-03-02T09:00:00' }),
  },
  {
    name: 'characters that XML cannot hold',
    why: 'every resource must have an XML form, and XML 1.0 has no such characters; it lets them stand in codes and URIs',
    rule: `${R4}/datatypes.html#string`,
    says: ['This text holds control characters other than tab and line breaks. Leave them out.'],
    value: (value) => typeof value === 'string' && NO_CHARACTER.test(value),
    example: patient({ maritalStatus: { coding: [{ system: 'http://example.org', code: '\u0001' }] } }),
  },
  {
    name: 'ids of resources',
    why: 'the published definition of Resource.id names "string"; the specification, whose ids stand in addresses, "id"',
    rule: `${R4}/resource.html#id`,
    says: ['This is not an id: 1 to 64 letters, digits, dots and hyphens. Correct it.'],
    at: /(^[A-Za-z]+|\.resource|\.contained\[\d+\])\.id$/,
    value: (value) => typeof value === 'string' && value !== '' && !/^[A-Za-z0-9.-]{1,64}$/.test(value),
    example: patient({ id: 'not an id' }),
  },
];

/** A kind of issue that Medplum's validator raises wrongly. */
export interface Milder extends Disagreement {
  readonly fits: (text: string, resource: object) => boolean;
  /** A resource that only Medplum refuses, for this reason. */
  readonly example: object;
}

export const MILDER: readonly Milder[] = [
  {
    name: 'the times of a Task',
    why: 'it compares them as texts: to it, 09:00:01Z is before 10:00:00+01:00',
    rule: `http://hl7.org/fhirpath/N1/#datetime-comparison`,
    fits: (text, resource) =>
      text === 'Constraint inv-1 not met: Last modified date must be greater than or equal to authored-on date.' &&
      /"(authoredOn|lastModified)":"[^"]+[+-]\d\d:\d\d"/.test(JSON.stringify(resource)),
    example: task({ authoredOn: '2026-03-02T10:00:00+01:00', lastModified: '2026-03-02T09:00:01Z' }),
  },
  {
    name: 'full addresses with extensions',
    why: 'it boxes them, and its functions of strings do not know what is boxed',
    rule: `${R4}/bundle.html#invs`,
    fits: (text, resource) =>
      /^(Constraint bdl-[78] not met: |Error evaluating invariant expression$)/.test(text) &&
      /"_fullUrl":/.test(JSON.stringify(resource)),
    example: {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ fullUrl: 'http://a/Patient/1', _fullUrl: { id: 'x' }, resource: patient({}) }],
    },
  },
];
