import type { Condition, Extension, Questionnaire, QuestionnaireItem } from '@medplum/fhirtypes';

const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-';
export const CODES = 'https://careloop.example/codes';
const YES_NO = [option('often', 2), option('sometimes', 1), option('never', 0)];

export function sdc(name: string, value: object): Extension {
  return { url: SDC + name, ...value };
}

export function fhirpath(name: string, expression: string, url = SDC + name): Extension {
  return { url, valueExpression: { language: 'text/fhirpath', expression } };
}

export function variable(name: string, expression: string, language = 'text/fhirpath'): Extension {
  const url = 'http://hl7.org/fhir/StructureDefinition/variable';
  return { url, valueExpression: { name, language: language as 'text/fhirpath', expression } };
}

export function withInitial(linkId: string, type: QuestionnaireItem['type'], expression: string): QuestionnaireItem {
  return { linkId, type, extension: [fhirpath('initialExpression', expression)] };
}

function option(code: string, score: number): NonNullable<QuestionnaireItem['answerOption']>[number] {
  const extension = [{ url: 'http://hl7.org/fhir/StructureDefinition/ordinalValue', valueDecimal: score }];
  return { extension, valueCoding: { system: CODES, code, display: code } };
}

function observed(linkId: string, text: string, type: QuestionnaireItem['type'] = 'choice'): QuestionnaireItem {
  return {
    linkId,
    text,
    type,
    code: [{ system: CODES, code: linkId }],
    extension: [
      sdc('observationExtract', { valueBoolean: true }),
      sdc('observationLinkPeriod', { valueDuration: { value: 6, code: 'mo', system: 'http://unitsofmeasure.org' } }),
    ],
    ...(type === 'choice' ? { answerOption: YES_NO } : {}),
  };
}

/** A short questionnaire about food of our own: two questions with scores, their sum, and how many live in the home. */
export const FOOD: Questionnaire = {
  resourceType: 'Questionnaire',
  url: 'https://careloop.example/Questionnaire/food',
  version: '1.0.0',
  status: 'active',
  subjectType: ['Patient'],
  extension: [
    sdc('launchContext', {
      extension: [
        {
          url: 'name',
          valueCoding: { system: 'http://hl7.org/fhir/uv/sdc/CodeSystem/launchContext', code: 'patient' },
        },
        { url: 'type', valueCode: 'Patient' },
      ],
    } as object),
    variable('given', "%patient.name.where(use = 'official').given.first()"),
  ],
  item: [
    { linkId: 'hello', type: 'display', text: 'These questions are about food in your home.' },
    {
      linkId: 'about',
      type: 'group',
      text: 'About you',
      item: [
        withInitial('name', 'string', '%given'),
        withInitial('born', 'date', '%patient.birthDate'),
        {
          linkId: 'consented',
          type: 'boolean',
          extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-hidden', valueBoolean: true }],
          initial: [{ valueBoolean: false }],
        },
      ],
    },
    {
      linkId: 'questions',
      type: 'group',
      item: [
        observed('worry', 'Have you been afraid that there would not be enough to eat?'),
        observed('ran-out', 'Was there a day on which there was nothing left to eat?'),
        observed('persons', 'How many people eat at your table?', 'integer'),
        {
          linkId: 'score',
          type: 'integer',
          readOnly: true,
          code: [{ system: CODES, code: 'score' }],
          extension: [
            sdc('observationExtract', { valueBoolean: true }),
            fhirpath(
              'calculatedExpression',
              "iif(%resource.descendants().where(linkId in ('worry' | 'ran-out')).answer.exists(), %resource.descendants().where(linkId in ('worry' | 'ran-out')).answer.value.ofType(Coding).ordinal().sum())",
            ),
          ],
        },
      ],
    },
  ],
};

/** A questionnaire about food of which answers that give cause become a Condition, by a template. */
export function withConcern(questionnaire: Questionnaire): Questionnaire {
  const concern = {
    resourceType: 'Condition',
    id: 'concern',
    extension: [
      sdc('templateExtractContext', {
        valueString: "%resource.descendants().where(linkId = 'ran-out').answer.value.where(code != 'never')",
      }),
    ],
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
    category: [
      { coding: [{ system: 'http://hl7.org/fhir/us/core/CodeSystem/condition-category', code: 'health-concern' }] },
    ],
    code: { text: 'Not enough to eat' },
    subject: {
      _reference: { extension: [sdc('templateExtractValue', { valueString: '%resource.subject.reference' })] },
    },
    _recordedDate: { extension: [sdc('templateExtractValue', { valueString: '%resource.authored' })] },
    evidence: [
      {
        detail: [
          {
            extension: [sdc('templateExtractContext', { valueString: '%resource.id' })],
            _reference: {
              extension: [sdc('templateExtractValue', { valueString: "'QuestionnaireResponse/' & $this" })],
            },
          },
        ],
      },
    ],
  };
  const category = { valueCodeableConcept: { coding: [{ system: CODES, code: 'food' }] } };
  return {
    ...questionnaire,
    contained: [concern as unknown as Condition],
    extension: [
      ...(questionnaire.extension ?? []),
      sdc('observation-extract-category', category),
      sdc('templateExtract', { extension: [{ url: 'template', valueReference: { reference: '#concern' } }] } as object),
    ],
  };
}
