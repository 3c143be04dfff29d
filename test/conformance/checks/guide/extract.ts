import type { Bundle, Observation, Questionnaire, QuestionnaireResponse } from '@medplum/fhirtypes';
import type { Verdict } from '../../requirement.ts';
import type { Server } from '../../server/server.ts';
import { pass, require, requireStatus } from '../../verdict.ts';

const EXTRACT = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-observationExtract';
const URL = 'https://conformance.example/Questionnaire/hunger';
const CODE = { system: 'http://loinc.org', code: '88122-7' };

/** Observations made of answers say which answers. @see http://hl7.org/fhir/uv/sdc/STU3/extraction.html */
export async function extractsWithOrigin(server: Server): Promise<Verdict> {
  await server.create<Questionnaire>({
    resourceType: 'Questionnaire',
    url: URL,
    status: 'active',
    item: [
      {
        linkId: '1',
        type: 'boolean',
        text: 'Example',
        code: [CODE],
        extension: [{ url: EXTRACT, valueBoolean: true }],
      },
    ],
  });
  const { id: patient } = await server.example('Patient');
  const { id } = await server.create<QuestionnaireResponse>({
    resourceType: 'QuestionnaireResponse',
    questionnaire: URL,
    status: 'completed',
    subject: { reference: `Patient/${patient}` },
    authored: '2021-03-04T05:06:07Z',
    item: [{ linkId: '1', answer: [{ valueBoolean: true }] }],
  });
  const answer = await server.call('POST', `QuestionnaireResponse/${id}/$extract`, {
    body: { resourceType: 'Parameters' },
  });
  requireStatus(answer, [200], 'POST QuestionnaireResponse/[id]/$extract');
  const observations = observationsIn(answer.json);
  require(observations.length > 0, '$extract makes no Observation of an answer that is to be one.');
  const derived = observations.every(({ derivedFrom }) =>
    derivedFrom?.some(({ reference }) => reference?.endsWith(`QuestionnaireResponse/${id}`)),
  );
  require(derived, 'An extracted Observation is not derived from the QuestionnaireResponse.');
  return pass('$extract answered Observations that are derived from the QuestionnaireResponse.');
}

/** A Bundle to be sent, alone or as the parameter `return`. */
function observationsIn(json: unknown): Observation[] {
  const { parameter } = (json ?? {}) as { parameter?: { name: string; resource?: unknown }[] };
  const bundle = (parameter?.find(({ name }) => name === 'return')?.resource ?? json) as Partial<Bundle>;
  const resources = (bundle.entry ?? []).map(({ resource }) => resource);
  return resources.filter((each): each is Observation => each?.resourceType === 'Observation');
}
