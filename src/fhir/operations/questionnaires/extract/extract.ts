import type { Bundle, Parameters, Questionnaire, QuestionnaireResponse } from '@medplum/fhirtypes';
import { AppError } from '../../../../errors.ts';
import type { PathRunner } from '../../../expressions/path-runner.ts';
import { pathBudget } from '../../../expressions/question.ts';
import type { Store } from '../../../store/transact.ts';
import { validate } from '../../../validate/validate.ts';
import { type Desk, deskOf, findDefinition, readOrNothing, readReference } from '../../find-definition.ts';
import { type Inputs, readInputs, required, requireServed, resourceInput } from '../../inputs.ts';
import { note, orNote, outcomeOf } from '../../notes.ts';
import type { Operation, OperationAnswer, OperationCall } from '../../operation.ts';
import { assemble } from '../assemble.ts';
import { checkQuestionnaire } from '../bounds.ts';
import { enabledItems } from '../enabled.ts';
import { matchItems } from '../match-items.ts';
import { EXTENSIONS, extensionsOf } from '../sdc.ts';
import { extractByItems, extractionScope } from './by-items.ts';
import type { Extraction } from './extraction.ts';
import { extractObservations } from './observations.ts';

/**
 * `QuestionnaireResponse/$extract`: what the answers mean, as a transaction that the caller may send. Nothing is stored.
 * @see http://hl7.org/fhir/uv/sdc/OperationDefinition-QuestionnaireResponse-extract.html
 */
export function extractOperation(store: Store, paths: PathRunner): Operation {
  return {
    name: 'extract',
    definition: 'http://hl7.org/fhir/uv/sdc/OperationDefinition/QuestionnaireResponse-extract',
    levels: ['type', 'instance'],
    types: ['QuestionnaireResponse'],
    affectsState: false,
    run: (call) => extract(store, paths, call),
  };
}

/** `resource` is the body. */
const SERVED = ['questionnaire', 'resource'];

async function extract(store: Store, paths: PathRunner, call: OperationCall): Promise<OperationAnswer> {
  const desk = deskOf(store, call);
  const inputs = readInputs(call);
  requireServed(inputs, call.id === undefined ? ['questionnaire-response', ...SERVED] : SERVED);
  const response = await responseOf(desk, call, inputs);
  requireFinished(response);
  const notes = { issues: [] };
  const questionnaire = await assemble(desk, notes, await questionnaireFor(desk, response, inputs));
  checkQuestionnaire(questionnaire);
  const { items, issues } = matchItems(questionnaire, response);
  if (issues.length > 0) {
    const text = 'This response does not fit its questionnaire.';
    throw new AppError('unprocessable', 'questionnaire.response-not-fitting', text, { issues });
  }
  const budget = pathBudget(store.now());
  const source = await sourceOf(desk, response);
  const extraction: Extraction = {
    desk,
    paths,
    budget,
    notes,
    response,
    questionnaire,
    source,
    queriesLeft: 20,
    newId: store.newId,
    entries: [],
  };
  if (extensionsOf(questionnaire, EXTENSIONS.targetStructureMap).length > 0) {
    const text = 'Nothing is extracted by a StructureMap here. Use definitions, templates or observations instead.';
    note(notes, text, 'Questionnaire.extension', { code: 'not-supported' });
  }
  const subject = response.subject?.reference ? await readReference(desk, response.subject.reference) : undefined;
  const scope = await extractionScope(extraction, subject);
  const enabled = await enabledItems(extraction, items, scope);
  extractObservations(extraction, enabled);
  await extractByItems(extraction, enabled, scope);
  return { status: 200, resource: resultOf(extraction) };
}

async function responseOf(desk: Desk, call: OperationCall, inputs: Inputs): Promise<QuestionnaireResponse> {
  if (call.id === undefined) {
    const sent = resourceInput<QuestionnaireResponse>(inputs, 'QuestionnaireResponse', 'questionnaire-response');
    return required(sent, 'questionnaire-response', 'a QuestionnaireResponse');
  }
  const found = await readOrNothing<QuestionnaireResponse>(desk, 'QuestionnaireResponse', call.id);
  if (found) return found;
  throw new AppError('notFound', 'resource.not-found', `There is no QuestionnaireResponse/${call.id} here.`);
}

function requireFinished({ status }: QuestionnaireResponse): void {
  if (status === 'completed' || status === 'amended') return;
  const text = `This response is ${status}: facts are taken from completed or amended ones.`;
  const issues = [{ text, expression: 'QuestionnaireResponse.status' }];
  throw new AppError('unprocessable', 'questionnaire.response-not-finished', text, { issues });
}

async function questionnaireFor(desk: Desk, response: QuestionnaireResponse, inputs: Inputs): Promise<Questionnaire> {
  const sent = resourceInput<Questionnaire>(inputs, 'Questionnaire', 'questionnaire');
  if (sent) return sent;
  const canonical = response.questionnaire ?? '';
  const inside = (response.contained ?? []).find(
    ({ id, resourceType }) => resourceType === 'Questionnaire' && `#${id}` === canonical,
  );
  const found =
    (inside as Questionnaire | undefined) ??
    (canonical ? await findDefinition<Questionnaire>(desk, 'Questionnaire', canonical) : undefined);
  if (found) return found;
  const text = 'The questionnaire of this response is not here. Create it first, or send it as "questionnaire".';
  const issues = [{ text, expression: 'QuestionnaireResponse.questionnaire', code: 'not-found' as const }];
  throw new AppError('unprocessable', 'questionnaire.unknown', text, { issues });
}

/** The address to be referred to: that of a response which is stored. */
async function sourceOf(desk: Desk, { id }: QuestionnaireResponse): Promise<string | undefined> {
  const stored = id ? await readOrNothing(desk, 'QuestionnaireResponse', id) : undefined;
  return stored && `QuestionnaireResponse/${stored.id}`;
}

function resultOf({ entries, notes }: Extraction): Parameters {
  for (const { resource } of entries) orNote(notes, () => resource && validate(resource));
  if (entries.length === 0)
    note(notes, 'Nothing was extracted: no answer says what it becomes.', undefined, { severity: 'information' });
  const bundle: Bundle = { resourceType: 'Bundle', type: 'transaction', entry: entries };
  const issues = outcomeOf(notes);
  return {
    resourceType: 'Parameters',
    parameter: [
      ...(entries.length > 0 ? [{ name: 'return', resource: bundle }] : []),
      ...(issues ? [{ name: 'issues', resource: issues }] : []),
    ],
  };
}
