import type { Bundle, Resource } from '@medplum/fhirtypes';
import { withNumbersOf } from '../../../db/written-numbers.ts';
import { AppError } from '../../../errors.ts';
import { SUBSETTED } from '../../sharing/subsetted.ts';
import { type ElementModel, modelOf } from '../../validate/definitions/model.ts';
import type { Params } from './address.ts';

const SUMMARIES = ['true', 'text', 'data', 'count', 'false'];

/**
 * An answer with the elements that were asked for (`_summary`, `_elements`), each resource marked as shortened. Pure.
 * @throws AppError when the parameters say what cannot be
 * @see https://hl7.org/fhir/R4/search.html#summary
 */
export function shorten(resource: Resource, params: Params): Resource {
  // One without a value asks for nothing.
  const given = params.filter(([, value]) => value !== '');
  const summary = new Map(given).get('_summary');
  const elements = given.some(([name]) => name === '_elements')
    ? given.flatMap(([name, value]) => (name === '_elements' ? value.split(',') : []))
    : undefined;
  if (summary !== undefined && !SUMMARIES.includes(summary)) {
    throw new AppError('invalid', 'search.summary', `_summary must be one of ${SUMMARIES.join(', ')}.`);
  }
  if (summary !== undefined && summary !== 'false' && elements !== undefined) {
    const text = '_summary and _elements ask for different things. Send one of them.';
    throw new AppError('invalid', 'search.summary-and-elements', text);
  }
  if (elements !== undefined) {
    return inside(resource, (each) => withElements(each, [...elements, ...mandatory(each)]));
  }
  if (summary === 'true') return inside(resource, (each) => withElements(each, inSummary(each)));
  if (summary === 'text') return inside(resource, (each) => withElements(each, ['text', ...mandatory(each)]));
  return summary === 'data' ? inside(resource, withoutText) : resource;
}

/** Matches and what they include are shortened; the Bundle they come in is not. */
function inside(resource: Resource, change: (resource: Resource) => Resource): Resource {
  if (resource.resourceType === 'OperationOutcome') return resource;
  if (resource.resourceType !== 'Bundle' || !resource.link) return change(resource);
  const entry = resource.entry?.map((each) =>
    each.resource ? { ...each, resource: inside(each.resource, change) } : each,
  );
  return { ...resource, ...(entry ? { entry } : {}) } as Bundle;
}

/** What every shortened resource keeps: what it is, and what modifies its meaning. */
const ALWAYS = ['resourceType', 'id', 'meta', 'implicitRules'];

function withElements(resource: Resource, names: readonly string[]): Resource {
  // Elements may be named with their type before them.
  const wanted = [...ALWAYS, ...names.map((name) => name.trim().replace(`${resource.resourceType}.`, ''))];
  const kept = Object.entries(resource).filter(([key]) =>
    wanted.some((name) => isElement(resource.resourceType, key, name)),
  );
  return withNumbersOf(resource, marked(Object.fromEntries(kept) as unknown as Resource));
}

/** Whether a property of the JSON form is of an element: `_status` is of `status`, `valueString` of `value[x]` and of `value`. */
function isElement(type: string, key: string, name: string): boolean {
  const property = key.replace(/^_/, '');
  if (property === name) return true;
  const choice = name.replace('[x]', '');
  const isChoice = modelOf(type)?.byName.get(choice)?.[0]?.isChoice === true;
  return isChoice && property.startsWith(choice) && /^[A-Z]/.test(property.slice(choice.length));
}

function withoutText(resource: Resource): Resource {
  const { text: _text, ...kept } = resource as Resource & { text?: unknown };
  return marked(kept as Resource);
}

/** What is a part already is marked so already. */
function marked(resource: Resource): Resource {
  const tag = (resource.meta?.tag ?? []).filter(({ code }) => code !== SUBSETTED.code);
  return { ...resource, meta: { ...resource.meta, tag: [...tag, SUBSETTED] } };
}

function inSummary({ resourceType }: Resource): string[] {
  return namesOf(resourceType, ({ rules }) => rules.isSummary);
}

function mandatory({ resourceType }: Resource): string[] {
  return namesOf(resourceType, ({ rules }) => rules.min > 0);
}

function namesOf(type: string, holds: (element: ElementModel) => boolean): string[] {
  return [...new Set((modelOf(type)?.elements ?? []).filter(holds).map(({ name }) => name))];
}
