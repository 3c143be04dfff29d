import type { Parameters, Questionnaire, QuestionnaireResponse } from '@medplum/fhirtypes';
import type { PathRunner } from '../../../expressions/path-runner.ts';
import { pathBudget } from '../../../expressions/question.ts';
import type { Store } from '../../../store/transact.ts';
import { type Desk, deskOf } from '../../find-definition.ts';
import { readInputs, requireServed } from '../../inputs.ts';
import { outcomeOf } from '../../notes.ts';
import type { Operation, OperationAnswer, OperationCall } from '../../operation.ts';
import { assemble } from '../assemble.ts';
import { checkQuestionnaire, itemsOf } from '../bounds.ts';
import { type Scope, withVariables } from '../scope.ts';
import { calculate } from './calculate.ts';
import { fillItems } from './fill-items.ts';
import type { Filling } from './filling.ts';
import { launchContexts, questionnaireOf, subjectOf } from './population-inputs.ts';
import { withSourceQueries } from './source-queries.ts';

/**
 * `Questionnaire/$populate`: a response with what is known already. Nothing is stored.
 * @see http://hl7.org/fhir/uv/sdc/OperationDefinition-Questionnaire-populate.html
 */
export function populateOperation(store: Store, paths: PathRunner): Operation {
  return {
    name: 'populate',
    definition: 'http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-populate',
    levels: ['type', 'instance'],
    types: ['Questionnaire'],
    affectsState: false,
    run: (call) => populate(store, paths, call),
  };
}

const SERVED = ['subject', 'context', 'launchContext'];
/** Parameters that say which questionnaire it is; `resource` is the body. */
const NAMING = ['questionnaire', 'canonical', 'url', 'questionnaireRef', 'resource'];

async function populate(store: Store, paths: PathRunner, call: OperationCall): Promise<OperationAnswer> {
  const desk = deskOf(store, call);
  const inputs = readInputs(call);
  requireServed(inputs, call.id === undefined ? [...NAMING, ...SERVED] : SERVED, ['context', 'launchContext']);
  const named = await questionnaireOf(desk, call, inputs);
  checkQuestionnaire(named);
  const subject = await subjectOf(desk, named, inputs);
  const notes = { issues: [] };
  const questionnaire = await assemble(desk, notes, named);
  checkQuestionnaire(questionnaire);
  const budget = pathBudget(store.now());
  const response = begin(desk, questionnaire, subject.reference, budget.now);
  const filling: Filling = {
    desk,
    paths,
    budget,
    notes,
    response,
    questionnaire,
    queriesLeft: 20,
    calculated: [],
    filled: 0,
  };
  await fill(filling, await launchContexts(desk, notes, questionnaire, subject.resource, inputs));
  return { status: 200, resource: resultOf(filling) };
}

function begin(
  { base }: Desk,
  { url, version, id }: Questionnaire,
  subject: NonNullable<QuestionnaireResponse['subject']>,
  now: Date,
): QuestionnaireResponse {
  const canonical = url ? [url, version].filter(Boolean).join('|') : id && `${base}/Questionnaire/${id}`;
  return {
    resourceType: 'QuestionnaireResponse',
    ...(canonical ? { questionnaire: canonical } : {}),
    status: 'in-progress',
    subject,
    authored: now.toISOString(),
  };
}

async function fill(filling: Filling, contexts: ReadonlyMap<string, unknown>): Promise<void> {
  const { questionnaire, response } = filling;
  const given: Scope = {
    bindings: [['questionnaire', questionnaire] as const, ...contexts].map(([name, value]) => ({ name, value })),
  };
  const sourced = await withSourceQueries(filling, given);
  const scope = await withVariables(filling, sourced, questionnaire, 'Questionnaire');
  const items = await fillItems(filling, itemsOf(questionnaire, 'Questionnaire'), scope);
  if (items.length > 0) response.item = items;
  await calculate(filling);
}

function resultOf({ response, notes }: Filling): Parameters {
  const issues = outcomeOf(notes);
  return {
    resourceType: 'Parameters',
    parameter: [{ name: 'response', resource: response }, ...(issues ? [{ name: 'issues', resource: issues }] : [])],
  };
}
