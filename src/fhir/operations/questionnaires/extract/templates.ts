import type { Bundle, BundleEntryRequest, Extension, Resource } from '@medplum/fhirtypes';
import { note, orNote } from '../../notes.ts';
import { evaluateIn } from '../scope.ts';
import { EXTENSIONS, extensionsOf, extensionValue, type PlacedExtension, sdc } from '../sdc.ts';
import type { Here } from './definitions.ts';
import { addEntry, type EntryOptions, type Extraction } from './extraction.ts';
import { fillIn } from './fill-in.ts';

/**
 * Adds what the templates of an element become with the answers below it.
 * @see http://hl7.org/fhir/uv/sdc/extraction.html#template-based-extraction
 */
export function fillTemplates(extraction: Extraction, here: Here): void {
  for (const each of extensionsOf(here.element, EXTENSIONS.templateExtract)) fillTemplate(extraction, here, each);
  for (const { extension, at } of extensionsOf(here.element, sdc('templateExtractBundle'))) {
    const place = `${here.place}.extension[${at}]`;
    const bundle = filled(extraction, here, extension.valueReference?.reference, place) as Bundle | undefined;
    for (const { fullUrl, resource, request } of bundle?.entry ?? []) {
      if (resource) addEntry(extraction, resource, { fullUrl, request });
    }
  }
}

function fillTemplate(extraction: Extraction, here: Here, { extension, at }: PlacedExtension): void {
  const place = `${here.place}.extension[${at}]`;
  const reference = extensionValue<{ reference?: string }>(extension, 'template')?.reference;
  const resource = filled(extraction, here, reference, place);
  if (!resource) return;
  const say = (name: string): string | undefined => saidBy(extraction, here, extension, name, place);
  const id = say('resourceId');
  const { id: _, ...content } = resource;
  addEntry(extraction, { ...content, ...(id ? { id } : {}) } as Resource, entryOptions(say));
}

const CONDITIONS = ['ifNoneMatch', 'ifModifiedSince', 'ifMatch', 'ifNoneExist'] as const;

function entryOptions(say: (name: string) => string | undefined): EntryOptions {
  const request: Partial<BundleEntryRequest> = {};
  for (const name of CONDITIONS) {
    const value = say(name);
    if (value !== undefined) request[name] = value;
  }
  return { fullUrl: say('fullUrl'), request };
}

function saidBy(
  extraction: Extraction,
  { scope, focus, base }: Here,
  extension: Extension,
  name: string,
  place: string,
): string | undefined {
  const expression = extensionValue<string>(extension, name);
  if (typeof expression !== 'string') return undefined;
  const formula = { name: undefined, language: 'text/fhirpath', expression, place };
  const [value] = orNote(extraction.notes, () => evaluateIn(extraction, scope, formula, { focus, base })) ?? [];
  return typeof value === 'string' ? value : undefined;
}

function filled(
  extraction: Extraction,
  here: Here,
  reference: string | undefined,
  place: string,
): Resource | undefined {
  const contained = extraction.questionnaire.contained ?? [];
  const at = contained.findIndex(({ id }) => id !== undefined && `#${id}` === reference);
  const template = contained[at];
  if (template) return fillIn(extraction, here, template, `Questionnaire.contained[${at}]`);
  note(extraction.notes, 'The template is not contained in the questionnaire. It was left out.', place, {
    code: 'not-found',
  });
  return undefined;
}
