import fc from 'fast-check';
import { mangled, nasty } from './nasty.ts';

/** FHIRPath as people write it into definitions, and as nobody should. None of it takes long: that is tested elsewhere. */
const EXPRESSIONS = [
  '%patient.birthDate > today() - 18 years',
  "%patient.name.where(use = 'official').given.first()",
  "%resource.item.where(linkId = 'a').answer.value",
  '%subject.telecom.value',
  "iif(%patient.active, 'a', 'b')",
  '%resource.descendants().where($this is Quantity).value.aggregate($total + $this, 0)',
  "%patient.name.select(given & ' ' & family)",
  "'x'.replaceMatches('(a|b)*', '$1')",
  "'2026-02-30'.toDateTime()",
  '@2026-01-01 + 5 months',
  '1 / 0',
  "5 'mg' + 3 'kg'",
  '%patient.name.constructor',
  '%__proto__',
  '%toString',
  'resolve().where(true)',
  "%patient.trace('x')",
  "memberOf('http://hl7.org/fhir/ValueSet/task-status')",
  "%factory.Quantity('x', 1)",
  '{}',
  '(((((((((1)))))))))',
  '',
];

export const expression: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...EXPRESSIONS) },
  { weight: 2, arbitrary: mangled(EXPRESSIONS) },
  { weight: 1, arbitrary: nasty.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))) },
);

const QUERIES = [
  'Observation?patient={{%patient.id}}&code=x',
  'Patient/{{%patient.id}}',
  'Patient?name={{%patient.name.family}}&_include=*',
  'Observation?{{%patient}}',
  '/{{1}}/{{2}}/{{3}}',
  '?',
];

/** A FHIR Expression: FHIRPath, a search, or in a language that is not spoken here. */
export const formula: fc.Arbitrary<object> = fc.oneof(
  { weight: 5, arbitrary: expression.map((each) => ({ language: 'text/fhirpath', expression: each })) },
  {
    weight: 2,
    arbitrary: fc
      .oneof(fc.constantFrom(...QUERIES), mangled(QUERIES))
      .map((each) => ({ language: 'application/x-fhir-query', expression: each })),
  },
  { weight: 1, arbitrary: fc.constant({ language: 'text/cql', expression: 'x' }) },
);
