import type { Finding } from '../../../src/fhir/validate/walk.ts';
import { isObject } from '../../../src/fhir/validate/walk.ts';

/** A kind of fault that Medplum's validator lets pass, and why ours does not. */
export interface Stricter {
  readonly name: string;
  readonly why: string;
  /** Whether a finding of ours is of this kind; `value` is what stands at its place. */
  readonly fits: (finding: Finding, value: unknown) => boolean;
  /** A resource that only ours refuses, for this reason. */
  readonly example: object;
}

const task = (fields: object): object => ({ resourceType: 'Task', status: 'draft', intent: 'order', ...fields });
const patient = (fields: object): object => ({ resourceType: 'Patient', ...fields });
const says = (start: string) => (finding: Finding) => finding.text.startsWith(start);
/** What is no character in XML. @see https://www.w3.org/TR/xml/#charsets */
const NO_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const breaks = (...rules: readonly string[]) => {
  return ({ text }: Finding): boolean => rules.some((rule) => new RegExp(`\\(Rule ${rule}( of .*)?\\.\\)$`).test(text));
};

export const STRICTER: readonly Stricter[] = [
  {
    name: 'required bindings',
    why: 'it collects codes for a terminology server, and checks none itself',
    fits: ({ code }) => code === 'code-invalid',
    example: patient({ gender: 'unheard-of' }),
  },
  {
    name: 'empty lists',
    why: 'JSON in FHIR has none; it takes them for an element that is missing, and lets them stand where none is required',
    fits: (_finding, value) => Array.isArray(value) && value.length === 0,
    example: patient({ name: [] }),
  },
  {
    name: 'empty elements',
    why: 'it leaves ele-1 out, and sees empty objects only in elements it knows as such',
    fits: breaks('ele-1'),
    example: patient({ name: [{ id: 'only-an-id' }] }),
  },
  {
    name: 'rules it leaves out',
    why: 'dom-3 and org-1 are on a list of rules it does not evaluate',
    fits: breaks('dom-3', 'org-1'),
    example: { resourceType: 'Organization', active: true },
  },
  {
    name: 'repeated link ids',
    why: 'its descendants() of a Questionnaire gives no link ids, so that any are distinct',
    fits: breaks('que-2'),
    example: {
      resourceType: 'Questionnaire',
      status: 'draft',
      item: [1, 2].map(() => ({ linkId: 'a', type: 'string' })),
    },
  },
  {
    name: 'the invariants of data types',
    why: 'it evaluates those of a resource and its elements, not those of the types of the elements',
    fits: breaks(
      'per-1',
      'qty-3',
      'cpt-2',
      'att-1',
      'rng-2',
      'ext-1',
      'ref-1',
      'sqty-1',
      'tim-\\d+',
      'txt-1',
      'exp-1',
      'rat-1',
    ),
    example: task({ executionPeriod: { start: '2026-03-02', end: '2026-03-01' } }),
  },
  {
    name: 'ids and extensions of what is no primitive',
    why: '`_name` is for primitives; it takes it beside any element',
    fits: ({ text, expression }) => text.startsWith('There is no such element') && /(^|\.)_\w+$/.test(expression),
    example: patient({ name: [{ family: 'x' }], _name: [{ id: 'a' }] }),
  },
  {
    name: 'objects where a primitive stands',
    why: 'it takes an object there for the extensions of the primitive, which stand in `_name`',
    fits: ({ code }, value) => code === 'value' && isObject(value),
    example: patient({ birthDate: { extension: [{ url: 'http://example.org', valueCode: 'x' }] } }),
  },
  {
    name: 'primitives where an object stands',
    why: 'it looks into what should be an object and finds nothing there to object to',
    fits: ({ text }, value) => /^(Write an object|A resource stands here)/.test(text) && !isObject(value),
    example: patient({ name: [true] }),
  },
  {
    name: 'empty texts',
    why: 'it takes them, and empty objects, for elements that are missing',
    fits: (_finding, value) => value === '' || (isObject(value) && Object.keys(value).length === 0),
    example: patient({ contact: [{ name: { family: 'x', text: '' } }] }),
  },
  {
    name: 'the extensions of repeated primitives',
    why: 'they must stand in a list of the same length; it takes any',
    fits: ({ text }, value) => /^(This element may repeat|The lists of values)/.test(text) && Array.isArray(value),
    example: patient({
      name: [{ given: ['a'], _given: { extension: [{ url: 'http://example.org', valueCode: 'x' }] } }],
    }),
  },
  {
    name: 'choices of no type, or of one there is not',
    why: 'in JSON the name says the type (`valueString`); it takes any name that starts as the choice does',
    fits: ({ text, expression }) =>
      text.startsWith('There is no such element') && /\.(value|deceased|onset)\w*$/.test(expression),
    example: { resourceType: 'Parameters', parameter: [{ name: 'x', valueString: 'y', value: 'z' }] },
  },
  {
    name: 'what follows from an empty element',
    why: 'to us an empty request or response is there, and wrong; to it there is none',
    fits: (finding, value) =>
      breaks('ele-1')(finding) ||
      (breaks('bdl-3', 'bdl-4')(finding) && /"(request|response)":(\{\}|\[\]|"")/.test(JSON.stringify(value))),
    example: { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient({}), request: {} }] },
  },
  {
    name: 'several types of one choice',
    why: 'it warns of them only',
    fits: says('Only one of '),
    example: patient({ deceasedBoolean: true, deceasedDateTime: '2026' }),
  },
  {
    name: 'what references may point to',
    why: 'it warns of them only',
    fits: says('This may refer only to: '),
    example: task({ for: { reference: 'Patient/1' }, owner: { reference: 'Medication/1' } }),
  },
  {
    name: 'times without a zone',
    why: 'R4 wants a zone, and seconds, wherever there is a time; it reads them without',
    fits: ({ code }, value) => code === 'value' && typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value),
    example: task({ authoredOn: '2026-03-02T09:00:00' }),
  },
  {
    name: 'characters that XML cannot hold',
    why: 'every resource must have an XML form, and XML 1.0 has no such characters; it lets them stand in codes and URIs',
    fits: ({ text }, value) =>
      text.startsWith('This text holds control characters') && typeof value === 'string' && NO_CHARACTER.test(value),
    example: patient({ maritalStatus: { coding: [{ system: 'http://example.org', code: '\u0001' }] } }),
  },
  {
    name: 'ids of resources',
    why: 'the published definition of Resource.id names "string"; the specification, whose ids stand in addresses, "id"',
    fits: ({ code, expression }) => code === 'value' && /(^[A-Za-z]+|resource|contained\[\d+\])\.id$/.test(expression),
    example: patient({ id: 'not an id' }),
  },
];

/** A kind of issue that Medplum's validator raises wrongly, and why it is none. */
export interface Milder {
  readonly name: string;
  readonly why: string;
  readonly fits: (text: string, resource: object) => boolean;
  /** A resource that only Medplum refuses, for this reason. */
  readonly example: object;
}

export const MILDER: readonly Milder[] = [
  {
    name: 'the times of a Task',
    why: 'it compares them as texts: to it, 09:00:01Z is before 10:00:00+01:00',
    fits: (text, resource) =>
      text.startsWith('Constraint inv-1 not met') && 'resourceType' in resource && resource.resourceType === 'Task',
    example: task({ authoredOn: '2026-03-02T10:00:00+01:00', lastModified: '2026-03-02T09:00:01Z' }),
  },
  {
    name: 'invariants over primitives with extensions',
    why: 'it boxes them, and its functions of strings do not know what is boxed',
    fits: (text, resource) => /^(Constraint|Error evaluating)/.test(text) && /"_\w+":/.test(JSON.stringify(resource)),
    example: {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ fullUrl: 'http://a/Patient/1', _fullUrl: { id: 'x' }, resource: patient({}) }],
    },
  },
];
