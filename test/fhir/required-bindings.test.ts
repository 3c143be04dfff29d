import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Resource, StructureDefinition } from '@medplum/fhirtypes';
import { loadDefinitions, readDefinitions } from '../../src/fhir/definitions.ts';
import { expandedCodes, isMember, loadTerminology, whyUnlisted } from '../../src/fhir/terminology/expansion.ts';
import { toDefinition } from '../../src/fhir/validate/definitions/definition.ts';
import { examine } from '../../src/fhir/validate/validate.ts';
import { isPublishedHere, profilesIn, SDOHCC, US_CORE } from './published.ts';

beforeAll(loadDefinitions);

type Kind = 'listed' | 'by rule' | 'in part' | 'not here';

/** How codes of a value set are told: by a list, by the rules of its systems, or for some or for all not at all. */
function kindOf(valueSet: string): Kind {
  if (expandedCodes(valueSet)) return 'listed';
  // Nothing has such a code: where that is not told, some are not.
  if (isMember(valueSet, { code: ' ' }) === false) return 'by rule';
  return isMember(valueSet, { system: 'urn:nobody', code: 'x' }) === false ? 'in part' : 'not here';
}

/** The value sets that definitions let no code be outside of. */
function required(structures: readonly StructureDefinition[]): string[] {
  const bindings = structures.flatMap((each) => toDefinition(each)?.elements.flatMap(({ binding }) => binding ?? []));
  const urls = bindings.flatMap((binding) => [binding?.strength === 'required' && binding.valueSet, binding?.max]);
  return [...new Set(urls)].filter((url) => typeof url === 'string');
}

function byKind(urls: readonly string[]): Record<Kind, string[]> {
  const found: Record<Kind, string[]> = { listed: [], 'by rule': [], 'in part': [], 'not here': [] };
  for (const url of urls) found[kindOf(url)].push(url.replace('http://hl7.org/fhir/', ''));
  return found;
}

function r4(): StructureDefinition[] {
  const files = ['profiles-types.json', 'profiles-resources.json'];
  const resources = files.flatMap((file) => readDefinitions<Bundle>(file).entry ?? []).map(({ resource }) => resource);
  return resources.filter((each): each is StructureDefinition => each?.resourceType === 'StructureDefinition');
}

describe('required bindings', () => {
  test('of R4 are told by a list or by rules, all but those of other versions and one of LOINC', () => {
    const { listed, ...others } = byKind(required(r4()));
    expect(listed).toHaveLength(222);
    expect(Object.entries(others).map(([kind, urls]) => [kind, urls.sort()])).toEqual([
      [
        'by rule',
        [
          'ValueSet/all-distance-units',
          'ValueSet/all-languages',
          'ValueSet/all-time-units',
          'ValueSet/mimetypes|4.0.1',
          'ValueSet/ucum-units|4.0.1',
          'http://www.rfc-editor.org/bcp/bcp13.txt',
        ],
      ],
      ['in part', []],
      [
        'not here',
        [
          // Of two resources that are not of R4, and a list of LOINC answers.
          'ValueSet/characteristic-combination|5.0.0',
          'ValueSet/subscription-notification-type|4.3.0',
          'ValueSet/subscription-status|4.3.0',
          'http://loinc.org/vs/LL379-9|4.0.1',
        ],
      ],
    ]);
  });

  (isPublishedHere ? test : test.skip)('of the guides are told as far as their code systems are here', () => {
    for (const folder of [SDOHCC, US_CORE]) loadTerminology(folder);
    const { listed, ...others } = byKind(required([...profilesIn(SDOHCC), ...profilesIn(US_CORE)]));
    expect(listed).toHaveLength(83);
    expect(Object.entries(others).map(([kind, urls]) => [kind, urls.sort()])).toEqual([
      [
        'by rule',
        [
          'ValueSet/all-languages',
          'ValueSet/mimetypes|4.0.1',
          'ValueSet/ucum-units',
          'http://terminology.hl7.org/ValueSet/v3-UnitsOfMeasureCaseSensitive',
          'http://terminology.hl7.org/ValueSet/v3-UnitsOfMeasureCaseSensitive|3.0.0',
        ],
      ],
      [
        // A code of a system that none of these draws on is refused.
        'in part',
        [
          'us/core/ValueSet/us-core-condition-code|7.0.0',
          'us/core/ValueSet/us-core-documentreference-type',
          'us/core/ValueSet/us-core-procedure-code|7.0.0',
          'us/core/ValueSet/us-core-survey-codes|7.0.0',
        ],
      ],
      [
        // Published by a terminology service alone, or made of what is.
        'not here',
        [
          'http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.113762.1.4.1021.24',
          'http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.113883.3.2074.1.1.3|20240606',
          'us/core/ValueSet/detailed-ethnicity',
          'us/core/ValueSet/detailed-race',
          'us/core/ValueSet/detailed-race|7.0.0',
          'us/core/ValueSet/omb-ethnicity-category',
          'us/core/ValueSet/omb-race-category',
          'us/sdoh-clinicalcare/ValueSet/SDOHCC-ValueSetObservationDataAbsentReason',
        ],
      ],
    ]);
  });

  test('that cannot be told here are said so by $validate, and refuse nothing', () => {
    const sequence = {
      resourceType: 'MolecularSequence',
      coordinateSystem: 0,
      structureVariant: [{ variantType: { coding: [{ system: 'http://loinc.org', code: 'LA9658-1' }] } }],
    };
    const found = examine(sequence as Resource, []);
    expect([found.faults, found.findings.filter(({ code }) => code === 'incomplete')]).toEqual([
      0,
      [
        {
          severity: 'warning',
          code: 'incomplete',
          expression: 'MolecularSequence.structureVariant[0].variantType',
          text: 'It could not be checked whether this is a code of the value set http://loinc.org/vs/LL379-9, because this value set is not known here. Ask a terminology server.',
        },
      ],
    ]);
    expect(whyUnlisted('http://hl7.org/fhir/ValueSet/encounter-reason')).toBe(
      'not every code of a code system it draws on is known here (http://snomed.info/sct)',
    );
  });
});

describe('codes that are told by rules', () => {
  const faults = (resource: object): string[] =>
    examine(resource as Resource, [])
      .findings.filter(({ severity }) => severity === 'error')
      .map(({ expression, text }) => `${expression}: ${text}`);

  test.each<[string, object, string[]]>([
    [
      'a media type',
      { resourceType: 'Binary', contentType: 'a picture' },
      [
        'Binary.contentType: This is not a code of the value set http://hl7.org/fhir/ValueSet/mimetypes. Write a media type, e.g. "application/pdf".',
      ],
    ],
    ['a media type that is one', { resourceType: 'Binary', contentType: 'image/svg+xml; charset=utf-8' }, []],
    [
      'a language, which may be any but must be one',
      { resourceType: 'Patient', language: 'en_US' },
      [
        'Patient.language: This is not a code of the value set http://hl7.org/fhir/ValueSet/all-languages. Write a language tag, e.g. "en-US".',
      ],
    ],
    ['a rare language', { resourceType: 'Patient', language: 'gsw-CH' }, []],
    [
      'an age in kilograms',
      condition({ onsetAge: { value: 40, system: 'http://unitsofmeasure.org', code: 'kg' } }),
      [
        'Condition.onset.ofType(Age): This is not a code of the value set http://hl7.org/fhir/ValueSet/all-time-units. Use a unit of UCUM (system http://unitsofmeasure.org).',
      ],
    ],
    ['an age in weeks', condition({ onsetAge: { value: 40, system: 'http://unitsofmeasure.org', code: 'wk' } }), []],
    [
      'a code of few, which are named',
      { resourceType: 'Patient', gender: 'f' },
      [
        'Patient.gender: "f" is not a code of the value set http://hl7.org/fhir/ValueSet/administrative-gender. Use one of: male, female, other, unknown.',
      ],
    ],
    [
      'a concept of another system',
      { ...condition({}), clinicalStatus: { coding: [{ system: 'http://snomed.info/sct', code: '55561003' }] } },
      [
        'Condition.clinicalStatus: This is not a code of the value set http://hl7.org/fhir/ValueSet/condition-clinical. Use one of: active, recurrence, relapse, inactive, remission, resolved (system http://terminology.hl7.org/CodeSystem/condition-clinical).',
      ],
    ],
  ])('%s', (_what, resource, expected) => {
    expect(faults(resource)).toEqual(expected);
  });
});

function condition(fields: object): object {
  const active = { system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' };
  return {
    resourceType: 'Condition',
    clinicalStatus: { coding: [active] },
    subject: { reference: 'Patient/1' },
    ...fields,
  };
}
