import type { Patient, Questionnaire, Reference, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../../errors.ts';
import { isVariableName } from '../../../expressions/question.ts';
import { type Desk, findDefinition, readOrNothing, readReference } from '../../find-definition.ts';
import {
  choiceValue,
  type Inputs,
  inputsNamed,
  required,
  requireServed,
  resourceInput,
  textInput,
  textOf,
} from '../../inputs.ts';
import { type Notes, note } from '../../notes.ts';
import type { OperationCall } from '../../operation.ts';
import { EXTENSIONS, extensionsOf, extensionValue } from '../sdc.ts';

/**
 * The questionnaire a call is about: the one it is called on, sent, or named by its canonical address.
 * @throws AppError (400) when none is named, (404) when there is none for the caller
 */
export async function questionnaireOf(desk: Desk, call: OperationCall, inputs: Inputs): Promise<Questionnaire> {
  if (call.id !== undefined) {
    const found = await readOrNothing<Questionnaire>(desk, 'Questionnaire', call.id);
    if (found) return found;
    throw unknown(`There is no Questionnaire/${call.id} here.`, undefined);
  }
  const sent = resourceInput<Questionnaire>(inputs, 'Questionnaire', 'questionnaire');
  if (sent) return sent;
  const name = 'canonical';
  const canonical = required(
    textInput(inputs, name, 'url', 'questionnaireRef'),
    'questionnaire',
    'a Questionnaire, or "canonical" with its address',
  );
  const found = await findDefinition<Questionnaire>(desk, 'Questionnaire', canonical);
  if (found) return found;
  throw unknown(
    'There is no Questionnaire of this address here. Create it first, or send it as "questionnaire".',
    name,
  );
}

function unknown(text: string, expression: string | undefined): AppError {
  return new AppError('notFound', 'questionnaire.unknown', text, { issues: [{ text, expression }] });
}

/** Whom the answers are about: a reference, and the resource. */
export interface Subject {
  readonly reference: Reference;
  readonly resource: Resource;
}

/** @throws AppError (400) when there is no subject, (422) when it is not here, or the questionnaire is not for such */
export async function subjectOf(desk: Desk, questionnaire: Questionnaire, inputs: Inputs): Promise<Subject> {
  const reference = required(textInput(inputs, 'subject'), 'subject', 'Patient/123');
  const resource = await readReference(desk, reference);
  if (!resource) throw unusable('The subject is not here: name a resource of this server, e.g. Patient/123.');
  const types: readonly string[] = questionnaire.subjectType ?? [];
  if (types.length > 0 && !types.includes(resource.resourceType)) {
    throw unusable(`This questionnaire is about ${types.join(' or ')}, not about a ${resource.resourceType}.`);
  }
  return { reference: { reference: `${resource.resourceType}/${resource.id}` }, resource };
}

function unusable(text: string): AppError {
  return new AppError('unprocessable', 'questionnaire.subject', text, { issues: [{ text, expression: 'subject' }] });
}

/**
 * What the questionnaire's expressions may name: `%patient` and the other contexts of its launch.
 * @see http://hl7.org/fhir/uv/sdc/StructureDefinition-sdc-questionnaire-launchContext.html
 */
export async function launchContexts(
  desk: Desk,
  notes: Notes,
  questionnaire: Questionnaire,
  subject: Resource,
  inputs: Inputs,
): Promise<ReadonlyMap<string, unknown>> {
  const values = new Map<string, unknown>([['subject', subject]]);
  if (subject.resourceType === 'Patient') values.set('patient', subject satisfies Patient);
  for (const { part = [] } of inputsNamed(inputs, 'context', 'launchContext')) {
    requireServed(part, ['name', 'content'], ['content']);
    const name = textInput(part, 'name');
    if (name === undefined || !isVariableName(name) || RESERVED.has(name)) {
      note(
        notes,
        'A context needs a name of letters, digits, - and _ that expressions can use. It was left out.',
        'context.name',
      );
      continue;
    }
    const contents = await Promise.all(inputsNamed(part, 'content').map((each) => contentOf(desk, notes, name, each)));
    values.set(name, contents.flat());
  }
  for (const { name, place } of declaredContexts(questionnaire)) {
    if (values.has(name)) continue;
    note(notes, `The context %${name} was not given: what is filled in from it stays empty.`, place);
    values.set(name, []);
  }
  return values;
}

const RESERVED = new Set(['resource', 'context', 'rootResource', 'questionnaire', 'ucum', 'sct', 'loinc']);

async function contentOf(desk: Desk, notes: Notes, name: string, input: Inputs[number]): Promise<unknown[]> {
  if (input.resource) return [input.resource];
  const reference = textOf(input);
  if (reference === undefined) return [choiceValue(input)].filter((value) => value !== undefined);
  const found = await readReference(desk, reference);
  if (!found) note(notes, `What the context %${name} refers to is not here.`, 'context.content', { code: 'not-found' });
  return found ? [found] : [];
}

function declaredContexts(questionnaire: Questionnaire): { name: string; place: string }[] {
  return extensionsOf(questionnaire, EXTENSIONS.launchContext).flatMap(({ extension, at }) => {
    const said = extensionValue<string | { code?: string }>(extension, 'name');
    const name = typeof said === 'string' ? said : said?.code;
    return name && isVariableName(name) ? [{ name, place: `Questionnaire.extension[${at}]` }] : [];
  });
}
