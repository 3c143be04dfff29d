import type { Bundle, BundleEntry, Reference, Resource } from '@medplum/fhirtypes';
import { isVariableName } from '../../../expressions/question.ts';
import { note, orNoteLater } from '../../notes.ts';
import { evaluateLater, type Scope, withValue } from '../scope.ts';
import { EXTENSIONS, extensionsOf } from '../sdc.ts';
import type { Filling } from './filling.ts';

/**
 * A scope that knows what the searches found which a questionnaire contains as a batch, under the batch's id: a Bundle
 * with the answers in the order of the questions.
 * @see http://hl7.org/fhir/uv/sdc/StructureDefinition-sdc-questionnaire-sourceQueries.html
 */
export async function withSourceQueries(filling: Filling, outer: Scope): Promise<Scope> {
  const { questionnaire, notes } = filling;
  if (extensionsOf(questionnaire, EXTENSIONS.sourceStructureMap).length > 0) {
    const text = 'Nothing is filled in by a StructureMap here. Write expressions (initialExpression) instead.';
    note(notes, text, 'Questionnaire.extension', { code: 'not-supported' });
  }
  let scope = outer;
  for (const { extension, at } of extensionsOf(questionnaire, EXTENSIONS.sourceQueries)) {
    const place = `Questionnaire.extension[${at}]`;
    const batch = batchOf(questionnaire.contained ?? [], extension.valueReference);
    if (batch?.bundle.id && isVariableName(batch.bundle.id)) {
      const entry = await answersOf(filling, scope, batch.bundle, batch.place);
      scope = withValue(scope, batch.bundle.id, { resourceType: 'Bundle', type: 'batch-response', entry });
    } else {
      const text =
        'The searches are no batch that the questionnaire contains, with an id of letters, digits, - and _. They were not made.';
      note(notes, text, place, { code: 'not-found' });
    }
  }
  return scope;
}

function batchOf(
  contained: readonly Resource[],
  reference: Reference | undefined,
): { readonly bundle: Bundle; readonly place: string } | undefined {
  const at = contained.findIndex(({ id }) => id !== undefined && `#${id}` === reference?.reference);
  const bundle = contained[at];
  return bundle?.resourceType === 'Bundle' ? { bundle, place: `Questionnaire.contained[${at}]` } : undefined;
}

async function answersOf(filling: Filling, scope: Scope, { entry = [] }: Bundle, at: string): Promise<BundleEntry[]> {
  const answers: BundleEntry[] = [];
  for (const [number, { request }] of entry.entries()) {
    const place = `${at}.entry[${number}].request`;
    const query = { name: undefined, language: 'application/x-fhir-query', expression: request?.url ?? '', place };
    const isRead = request?.method === 'GET';
    if (!isRead)
      note(filling.notes, 'Only searches (GET) are made to fill in a questionnaire: this was left out.', place);
    const [found] = isRead
      ? ((await orNoteLater(filling.notes, () => evaluateLater(filling, scope, query))) ?? [])
      : [];
    answers.push({ response: { status: found ? '200' : '404' }, ...(found ? { resource: found as Resource } : {}) });
  }
  return answers;
}
