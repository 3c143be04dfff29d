import type { Resource } from '@medplum/fhirtypes';
import type { AnsweredItem } from '../match-items.ts';
import { type Scope, withValue, withVariables } from '../scope.ts';
import { beginDefinitions, type Context, endDefinitions, placeAnswers } from './definitions.ts';
import { type Extraction, withAllocatedIds } from './extraction.ts';
import { fillTemplates } from './templates.ts';

/**
 * What the expressions of a questionnaire may name while its answers are read.
 * @param subject whom the response is about: `%subject`, and `%patient` when it is one
 */
export async function extractionScope(extraction: Extraction, subject: Resource | undefined): Promise<Scope> {
  const { questionnaire } = extraction;
  let scope: Scope = withValue({ bindings: [] }, 'questionnaire', questionnaire);
  if (subject) scope = withValue(scope, 'subject', subject);
  if (subject?.resourceType === 'Patient') scope = withValue(scope, 'patient', subject);
  return withVariables(extraction, withAllocatedIds(extraction, scope, questionnaire), questionnaire, 'Questionnaire');
}

/**
 * What items become where the questionnaire says so by definitions of elements, or by templates; an item that stands in
 * the response several times becomes it each time.
 */
export async function extractByItems(
  extraction: Extraction,
  items: readonly AnsweredItem[],
  scope: Scope,
): Promise<void> {
  const { questionnaire, response } = extraction;
  const at = { element: questionnaire, place: 'Questionnaire', focus: response, base: undefined, scope };
  const contexts = await beginDefinitions(extraction, at, []);
  await extractLevel(extraction, items, scope, contexts);
  await endDefinitions(extraction, contexts, []);
  await fillTemplates(extraction, at);
}

async function extractLevel(
  extraction: Extraction,
  items: readonly AnsweredItem[],
  outer: Scope,
  above: readonly Context[],
): Promise<void> {
  for (const each of items) {
    const { item, place, answered } = each;
    const named = withAllocatedIds(extraction, withValue(outer, 'qitem', item), item);
    const scope = await withVariables(extraction, named, item, place);
    const at = { element: item, place, focus: answered, base: 'QuestionnaireResponse.item', scope };
    const contexts = await beginDefinitions(extraction, at, above);
    const inner = placeAnswers(extraction, each, contexts);
    await extractLevel(extraction, each.inside, scope, inner);
    await endDefinitions(extraction, contexts, above);
    await fillTemplates(extraction, at);
  }
}
