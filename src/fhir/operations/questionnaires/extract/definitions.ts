import type { Bundle, Extension, QuestionnaireItem, Resource, StructureDefinition } from '@medplum/fhirtypes';
import { isKnownType } from '../../../definitions.ts';
import { copied } from '../../../rest/patch/copied.ts';
import { addElement, placeValue, type Target } from '../../elements/place-value.ts';
import { findDefinition, readOrNothing } from '../../find-definition.ts';
import { choiceValue } from '../../inputs.ts';
import { note, orNoteLater } from '../../notes.ts';
import type { AnsweredItem } from '../match-items.ts';
import { evaluateIn, evaluateLater, type Focus, type Scope } from '../scope.ts';
import {
  EXTENSIONS,
  type Extended,
  expressionsOf,
  extensionsOf,
  extensionValue,
  type PlacedExtension,
} from '../sdc.ts';
import { addEntry, type Extraction } from './extraction.ts';

/** A resource, or an element of it, that answers are being put into. */
export interface Context {
  /** The path it stands for, e.g. `Patient` or `Patient.contact`. */
  readonly path: string;
  readonly target: Target;
  readonly made: Made;
}

/** A resource being made. */
interface Made {
  readonly resource: Record<string, unknown> & { resourceType: string };
  readonly fullUrl: string | undefined;
  /** The version it was made from, when it is one that is stored. */
  readonly from: Resource | undefined;
  /** How many values were put into it. */
  placed: number;
}

/** A questionnaire or an item of it, and what answers it. */
export interface Here extends Focus {
  readonly element: Extended & Pick<QuestionnaireItem, never>;
  readonly place: string;
  readonly scope: Scope;
}

/**
 * The resources that answers are put into from here on: those above, and those this element begins.
 * @see http://hl7.org/fhir/uv/sdc/extraction.html#definition-based-extraction
 */
export async function beginDefinitions(
  extraction: Extraction,
  here: Here,
  above: readonly Context[],
): Promise<Context[]> {
  const begun: Context[] = [];
  for (const { extension, at } of extensionsOf(here.element, EXTENSIONS.definitionExtract)) {
    const definition = extensionValue<string>(extension, 'definition') ?? '';
    const type = await typeOf(extraction, definition);
    const place = `${here.place}.extension[${at}]`;
    if (type) begun.push(contextOf(type, undefined, await fullUrlOf(extraction, here, extension, place)));
    else
      note(extraction.notes, 'The definition of what is to be extracted is not here. It was left out.', place, {
        code: 'not-found',
      });
  }
  begun.push(...(await queriedContexts(extraction, here)));
  const contexts = [...above, ...begun];
  for (const each of extensionsOf(here.element, EXTENSIONS.definitionExtractValue))
    await placeFixed(extraction, here, each, contexts);
  return contexts;
}

async function fullUrlOf(
  extraction: Extraction,
  { scope, focus, base }: Here,
  extension: Extension,
  place: string,
): Promise<string | undefined> {
  const expression = extensionValue<string>(extension, 'fullUrl');
  if (expression === undefined) return undefined;
  const formula = { name: undefined, language: 'text/fhirpath', expression, place };
  const found = await orNoteLater(extraction.notes, () => evaluateIn(extraction, scope, formula, { focus, base }));
  const [value] = found ?? [];
  return typeof value === 'string' ? value : undefined;
}

/** Older questionnaires name a type, or a search for what is to be changed. */
async function queriedContexts(extraction: Extraction, here: Here): Promise<Context[]> {
  const type = extensionValue<unknown>(here.element, EXTENSIONS.itemExtractionContext);
  if (typeof type === 'string' && isKnownType(type)) return [contextOf(type, undefined, undefined)];
  const [query] = expressionsOf(here.element, EXTENSIONS.itemExtractionContext, here.place);
  if (!query) return [];
  const found = await orNoteLater(extraction.notes, () => evaluateLater(extraction, here.scope, query));
  const resources = (found ?? []).flatMap((each) => matchesIn(each as Bundle | Resource));
  if (resources.length > 1) {
    note(extraction.notes, 'The search finds several resources, so that none of them is changed.', query.place, {
      code: 'multiple-matches',
    });
    return [];
  }
  const asked = /^\/?([A-Za-z]+)/.exec(query.expression)?.[1] ?? '';
  const [from] = resources;
  return found && isKnownType(asked) ? [contextOf(from?.resourceType ?? asked, from, undefined)] : [];
}

function matchesIn(found: Bundle | Resource): Resource[] {
  if (found.resourceType !== 'Bundle') return [found];
  return (found.entry ?? []).flatMap(({ resource, search }) =>
    resource && search?.mode !== 'outcome' ? [resource] : [],
  );
}

function contextOf(type: string, from: Resource | undefined, fullUrl: string | undefined): Context {
  const resource = { ...(copied(from) ?? {}), resourceType: type } as Made['resource'];
  return { path: type, target: { node: resource, type }, made: { resource, from, fullUrl, placed: 0 } };
}

async function typeOf({ desk }: Extraction, canonical: string): Promise<string | undefined> {
  const [, core] = /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/([A-Za-z]+)$/.exec(canonical) ?? [];
  if (core && isKnownType(core)) return core;
  const profile = canonical
    ? await findDefinition<StructureDefinition>(desk, 'StructureDefinition', canonical)
    : undefined;
  return profile?.type && isKnownType(profile.type) ? profile.type : undefined;
}

/** Puts the answers of an item where its definition says. @returns what the items within it are put into */
export function placeAnswers(
  extraction: Extraction,
  { item, place, answered, answeredAt }: AnsweredItem,
  contexts: readonly Context[],
): readonly Context[] {
  const path = pathOf(item.definition);
  const context = path === undefined ? undefined : contextFor(contexts, path);
  if (path === undefined || !context) return contexts;
  const below = path.slice(context.path.length + 1);
  if (item.type === 'group') return below === '' ? contexts : within(context, below, path, contexts);
  for (const answer of answered.answer ?? []) {
    const value = choiceValue(answer);
    if (value !== undefined) put(extraction, context, below, value, answeredAt, `${place}.definition`);
  }
  return contexts;
}

function within(context: Context, below: string, path: string, contexts: readonly Context[]): readonly Context[] {
  const target = addElement(context.target, below);
  return target ? [...contexts, { path, target, made: context.made }] : contexts;
}

function put(
  { notes }: Extraction,
  context: Context,
  below: string,
  value: unknown,
  ...places: [string, string]
): void {
  const why = below === '' ? 'It names no element.' : placeValue(context.target, below, value);
  if (why === undefined) context.made.placed += 1;
  else
    note(
      notes,
      `A value was left out: where the definition says, it cannot be. ${why}`,
      places[why.startsWith('The value') ? 0 : 1],
    );
}

/** The path of `http://hl7.org/fhir/StructureDefinition/Patient#Patient.name.family`. */
function pathOf(definition: string | undefined): string | undefined {
  return definition?.split('#', 2)[1];
}

/** The innermost element that a path is below, of those that are being made. */
function contextFor(contexts: readonly Context[], path: string): Context | undefined {
  return contexts.findLast((each) => path === each.path || path.startsWith(`${each.path}.`));
}

async function placeFixed(
  extraction: Extraction,
  { scope, focus, base, place }: Here,
  { extension, at }: PlacedExtension,
  contexts: readonly Context[],
): Promise<void> {
  const path = pathOf(extensionValue<string>(extension, 'definition'));
  const context = path === undefined ? undefined : contextFor(contexts, path);
  const where = `${place}.extension[${at}]`;
  if (path === undefined || !context) {
    note(extraction.notes, 'A value was left out: nothing is being made here that it belongs to.', where);
    return;
  }
  const fixed = extensionValue<unknown>(extension, 'fixed-value');
  const [formula] = expressionsOf(extension, 'expression', where);
  const found = formula
    ? await orNoteLater(extraction.notes, () => evaluateIn(extraction, scope, formula, { focus, base }))
    : undefined;
  for (const value of fixed === undefined ? (found ?? []) : [fixed])
    put(extraction, context, path.slice(context.path.length + 1), value, where, where);
}

/** Adds the resources that were begun here, where anything was put into them. */
export async function endDefinitions(
  extraction: Extraction,
  contexts: readonly Context[],
  above: readonly Context[],
): Promise<void> {
  for (const { made } of contexts.slice(above.length)) {
    if (made.placed === 0) continue;
    const { resource, fullUrl } = made;
    const id = typeof resource.id === 'string' ? resource.id : undefined;
    const from = made.from ?? (id ? await readOrNothing(extraction.desk, resource.resourceType, id) : undefined);
    // What the answers do not speak of stays as it is.
    const { meta, ...whole } = { ...from, ...resource } as Resource;
    const version = from?.meta?.versionId;
    const kept = meta?.profile ? { ...whole, meta: { profile: meta.profile } } : whole;
    addEntry(extraction, kept as Resource, { fullUrl, request: version ? { ifMatch: `W/"${version}"` } : undefined });
  }
}
