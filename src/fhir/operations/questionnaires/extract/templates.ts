import type { Bundle, BundleEntryRequest, Extension, Resource } from '@medplum/fhirtypes';
import { note, orNoteLater } from '../../notes.ts';
import { evaluateIn } from '../scope.ts';
import { EXTENSIONS, extensionsOf, extensionValue, type PlacedExtension, sdc } from '../sdc.ts';
import type { Here } from './definitions.ts';
import { addEntry, type EntryOptions, type Extraction } from './extraction.ts';
import { fillIn } from './fill-in.ts';

/**
 * Adds what the templates of an element become with the answers below it.
 * @see http://hl7.org/fhir/uv/sdc/extraction.html#template-based-extraction
 */
export async function fillTemplates(extraction: Extraction, here: Here): Promise<void> {
  for (const each of extensionsOf(here.element, EXTENSIONS.templateExtract)) await fillTemplate(extraction, here, each);
  for (const { extension, at } of extensionsOf(here.element, sdc('templateExtractBundle'))) {
    const place = `${here.place}.extension[${at}]`;
    const bundle = (await filled(extraction, here, extension.valueReference?.reference, place)) as Bundle | undefined;
    for (const { fullUrl, resource, request } of bundle?.entry ?? []) {
      if (resource) addEntry(extraction, resource, { fullUrl, request });
    }
  }
}

async function fillTemplate(extraction: Extraction, here: Here, { extension, at }: PlacedExtension): Promise<void> {
  const place = `${here.place}.extension[${at}]`;
  const reference = extensionValue<{ reference?: string }>(extension, 'template')?.reference;
  const resource = await filled(extraction, here, reference, place);
  if (!resource) return;
  const say: Say = (name) => saidBy(extraction, here, extension, name, place);
  const id = await say('resourceId');
  const { id: _, ...content } = resource;
  addEntry(extraction, { ...content, ...(id ? { id } : {}) } as Resource, await entryOptions(say));
}

type Say = (name: string) => Promise<string | undefined>;

const CONDITIONS = ['ifNoneMatch', 'ifModifiedSince', 'ifMatch', 'ifNoneExist'] as const;

async function entryOptions(say: Say): Promise<EntryOptions> {
  const request: Partial<BundleEntryRequest> = {};
  for (const name of CONDITIONS) {
    const value = await say(name);
    if (value !== undefined) request[name] = value;
  }
  return { fullUrl: await say('fullUrl'), request };
}

async function saidBy(
  extraction: Extraction,
  { scope, focus, base }: Here,
  extension: Extension,
  name: string,
  place: string,
): Promise<string | undefined> {
  const expression = extensionValue<string>(extension, name);
  if (typeof expression !== 'string') return undefined;
  const formula = { name: undefined, language: 'text/fhirpath', expression, place };
  const found = await orNoteLater(extraction.notes, () => evaluateIn(extraction, scope, formula, { focus, base }));
  const [value] = found ?? [];
  return typeof value === 'string' ? value : undefined;
}

async function filled(
  extraction: Extraction,
  here: Here,
  reference: string | undefined,
  place: string,
): Promise<Resource | undefined> {
  const contained = extraction.questionnaire.contained ?? [];
  const at = contained.findIndex(({ id }) => id !== undefined && `#${id}` === reference);
  const template = contained[at];
  if (template) return fillIn(extraction, here, template, `Questionnaire.contained[${at}]`);
  note(extraction.notes, 'The template is not contained in the questionnaire. It was left out.', place, {
    code: 'not-found',
  });
  return undefined;
}
