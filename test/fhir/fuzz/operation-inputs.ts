import fc from 'fast-check';
import { FOOD, fhirpath, sdc } from '../operations/food-questionnaire.ts';
import { parameters, questionnaire, response } from '../operations/operation-calls.ts';
import { PANTRY, PROGRAMME, plan } from '../operations/plans.ts';
import { observation, patient } from '../refusal.ts';
import { expression, formula } from './expressions.ts';
import type { Asked } from './judge.ts';
import { asText, mutated } from './nasty.ts';

/** What is there to be named. */
export interface Seeds {
  readonly patient: string;
  readonly questionnaire: string;
  readonly plan: string;
  readonly group: string;
  readonly subscription: string;
}

interface Call {
  readonly path: string;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls that are served as they stand. Each is spoilt somewhere in most cases. */
function calls(seeds: Seeds): Call[] {
  const subject = { valueReference: { reference: `Patient/${seeds.patient}` } };
  const answered = response(`Patient/${seeds.patient}`, [{ linkId: 'a', answer: [{ valueString: 'x' }] }]);
  const message = {
    resourceType: 'Bundle',
    type: 'message',
    entry: [
      {
        fullUrl: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
        resource: { resourceType: 'MessageHeader', eventUri: 'urn:x', source: { endpoint: 'urn:y' } },
      },
    ],
  };
  const exporting = { prefer: 'respond-async' };
  const wanted = {
    _type: 'Patient,Observation',
    _typeFilter: 'Observation?status=final',
    _since: { valueInstant: '2026-01-01T00:00:00Z' },
    _elements: 'Patient.name,id',
  };
  return [
    { path: 'Questionnaire/$populate', body: parameters({ subject, questionnaire: FOOD }) },
    { path: `Questionnaire/${seeds.questionnaire}/$populate`, body: parameters({ subject }) },
    {
      path: 'QuestionnaireResponse/$extract',
      body: parameters({ 'questionnaire-response': answered, questionnaire: questionnaire(spoken({}, 'x')) }),
    },
    { path: 'PlanDefinition/$apply', body: parameters({ subject, planDefinition: PROGRAMME }) },
    { path: `PlanDefinition/${seeds.plan}/$apply`, body: parameters({ subject }) },
    { path: 'ActivityDefinition/$apply', body: parameters({ subject, activityDefinition: PANTRY }) },
    { path: '$process-message', body: message },
    { path: '$process-message', body: parameters({ content: message, async: 'false' }) },
    {
      path: 'Patient/$match',
      body: parameters({
        resource: patient({ name: [{ family: 'Berg', given: ['Asa'] }], birthDate: '1990-02-03', gender: 'female' }),
        onlyCertainMatches: { valueBoolean: false },
        count: { valueInteger: 3 },
      }),
    },
    {
      path: 'Observation/$validate',
      body: parameters({
        resource: observation(),
        mode: { valueCode: 'create' },
        profile: { valueUri: 'http://hl7.org/fhir/StructureDefinition/Observation' },
      }),
    },
    { path: `Patient/${seeds.patient}/$validate`, body: parameters({ mode: { valueCode: 'delete' } }) },
    { path: '$export', body: parameters(wanted), headers: exporting },
    { path: 'Patient/$export', body: parameters({ ...wanted, patient: subject }), headers: exporting },
    { path: `Group/${seeds.group}/$export`, body: parameters(wanted), headers: exporting },
    {
      path: `Patient/${seeds.patient}/$everything`,
      body: parameters({
        start: { valueDate: '2026-01-01' },
        end: { valueDate: '2026-02' },
        _count: { valueInteger: 2 },
      }),
    },
    { path: `Subscription/${seeds.subscription}/$events`, body: parameters({ eventsSinceNumber: '1' }) },
    {
      path: 'Subscription/$status',
      body: parameters({ id: { valueId: seeds.subscription }, status: { valueCode: 'active' } }),
    },
    { path: 'ValueSet/$expand', body: parameters({ url: { valueUri: 'http://hl7.org/fhir/ValueSet/task-status' } }) },
    {
      path: 'ValueSet/$validate-code',
      body: parameters({
        url: { valueUri: 'http://hl7.org/fhir/ValueSet/task-status' },
        codeableConcept: { valueCodeableConcept: { coding: [{ code: 'draft' }] } },
      }),
    },
    {
      path: 'CodeSystem/$lookup',
      body: parameters({ coding: { valueCoding: { system: 'http://hl7.org/fhir/task-status', code: 'draft' } } }),
    },
    {
      path: 'ConceptMap/$translate',
      body: parameters({
        url: { valueUri: 'urn:none' },
        code: { valueCode: 'draft' },
        target: { valueUri: 'urn:none' },
      }),
    },
  ];
}

/** Items whose expressions say something. */
function spoken(said: object, path: string): Parameters<typeof questionnaire>[0] {
  const expressed = { valueExpression: said } as object;
  return [
    {
      linkId: 'a',
      type: 'string',
      repeats: true,
      extension: [
        sdc('initialExpression', expressed),
        sdc('calculatedExpression', expressed),
        { ...fhirpath('x', path), url: 'http://hl7.org/fhir/StructureDefinition/variable' },
        sdc('definitionExtract', {
          extension: [{ url: 'definition', valueCanonical: 'http://hl7.org/fhir/StructureDefinition/Basic' }],
        }),
        sdc('templateExtract', {
          extension: [
            { url: 'template', valueReference: { reference: '#t' } },
            { url: 'fullUrl', valueString: path },
          ],
        }),
      ],
    },
    { linkId: 'g', type: 'group', repeats: true, extension: [sdc('itemPopulationContext', expressed)] },
  ];
}

/** Definitions with expressions that somebody wrote: what is worked through is not the shape, but what they say. */
function expressed(seeds: Seeds): fc.Arbitrary<Call> {
  const subject = { valueReference: { reference: `Patient/${seeds.patient}` } };
  const answered = response(`Patient/${seeds.patient}`, [{ linkId: 'a', answer: [{ valueString: 'x' }] }]);
  const template = (path: string): object => ({
    resourceType: 'Basic',
    id: 't',
    code: { text: 'x', _text: { extension: [sdc('templateExtractValue', { valueString: path })] } },
  });
  return fc.tuple(formula, expression, fc.nat(2)).map(([said, path, which]): Call => {
    const asked = questionnaire(spoken(said, path), { contained: [template(path)] as never[] });
    if (which === 0) return { path: 'Questionnaire/$populate', body: parameters({ subject, questionnaire: asked }) };
    if (which === 1)
      return {
        path: 'QuestionnaireResponse/$extract',
        body: parameters({ 'questionnaire-response': answered, questionnaire: asked }),
      };
    const action = {
      condition: [{ kind: 'applicability', expression: said }],
      dynamicValue: [{ path: 'description', expression: said }],
    };
    return {
      path: 'PlanDefinition/$apply',
      body: parameters({ subject, planDefinition: plan([action, { title: 'x' }] as never[]) }),
    };
  });
}

/** Calls of each operation with inputs that are its own: whole, spoilt, or with expressions that somebody wrote. */
export function operationInputs(seeds: Seeds): fc.Arbitrary<Asked> {
  const own = fc
    .constantFrom(...calls(seeds))
    .chain((call) =>
      fc.oneof(
        { weight: 9, arbitrary: mutated([call.body]).map((body) => ({ ...call, body: body as object })) },
        { weight: 1, arbitrary: fc.constant(call) },
      ),
    );
  return fc.oneof({ weight: 3, arbitrary: own }, { weight: 2, arbitrary: expressed(seeds) }).map(
    ({ path, body, headers = {} }): Asked => ({
      method: 'POST',
      path: `/fhir/R4/${path}`,
      headers: { 'content-type': 'application/fhir+json', ...headers },
      body: asText(body as never),
    }),
  );
}
