import type { Resource } from '@medplum/fhirtypes';
import type { Found } from '../../search/parameters/compile.ts';
import type { Composite } from '../../search/parameters/composite.ts';
import { indexedParametersOf } from '../../search/parameters/indexed.ts';
import type { Parameter } from '../../search/parameters/parameter.ts';
import { groupsOf, type IndexedGroup } from './groups.ts';
import { addressKey, PRESENT, textKey, tokenKey } from './keys.ts';
import { datesOf, type IndexedRange, numbersOf } from './ranges.ts';
import { putTexts } from './texts.ts';
import { type Put, putDisplay, putReference, putToken } from './tokens.ts';

export type ParameterRange = IndexedRange & { readonly param: string };

/** What the search index holds of one resource. */
export interface ResourceIndex {
  /** Exact values, e.g. `Task.status=requested`. */
  readonly tokens: readonly string[];
  /** Texts, each folded and as written. */
  readonly texts: readonly string[];
  readonly ranges: readonly ParameterRange[];
  readonly groups: readonly IndexedGroup[];
}

/**
 * What searches can find a resource by, from the published search parameters. Pure.
 * @see https://hl7.org/fhir/R4/search.html
 */
export function indexResource(resource: Resource): ResourceIndex {
  const { resourceType: type } = resource;
  const { parameters, composites } = indexedParametersOf(type);
  const draft: Draft = { tokens: [], texts: [], ranges: [], groups: [] };
  const from: Found = { type, value: resource };
  for (const parameter of parameters) {
    const found = parameter.find(from);
    if (found.length > 0) addValues(draft, type, parameter, found);
  }
  for (const composite of composites) addGroups(draft, type, composite, from);
  return draft;
}

interface Draft {
  readonly tokens: string[];
  readonly texts: string[];
  readonly ranges: ParameterRange[];
  readonly groups: IndexedGroup[];
}

function addValues(draft: Draft, type: string, { type: kind, code }: Parameter, found: readonly Found[]): void {
  switch (kind) {
    case 'token':
      addTokens(draft, type, code, formsOf(found, putToken));
      for (const text of formsOf(found, putDisplay)) draft.texts.push(textKey(type, `${code}:text`, text));
      break;
    case 'reference':
      addTokens(draft, type, code, formsOf(found, putReference));
      break;
    case 'uri':
      addTokens(draft, type, code, formsOf(found, putReference));
      for (const { value } of found) if (typeof value === 'string') draft.texts.push(addressKey(type, code, value));
      break;
    case 'string':
      for (const text of formsOf(found, putTexts)) draft.texts.push(textKey(type, code, text));
      break;
    case 'date':
      for (const each of found) addRanges(draft, code, datesOf(each));
      break;
    case 'number':
    case 'quantity':
      for (const each of found) addRanges(draft, code, numbersOf(each));
      break;
  }
}

/** The forms of some values, each once: they are few, so that looking through them is the fastest. */
function formsOf(found: readonly Found[], putForms: (found: Found, put: Put) => void): readonly string[] {
  const forms: string[] = [];
  const put: Put = (form) => {
    if (forms.length > SOME || !forms.includes(form)) forms.push(form);
  };
  for (const each of found) putForms(each, put);
  return forms.length > SOME ? [...new Set(forms)] : forms;
}

const SOME = 16;

function addTokens({ tokens }: Draft, type: string, code: string, forms: readonly string[]): void {
  if (forms.length === 0) tokens.push(tokenKey(type, code, PRESENT));
  for (const form of forms) tokens.push(tokenKey(type, code, form));
}

function addRanges({ ranges }: Draft, param: string, found: readonly IndexedRange[]): void {
  for (const { low, high, units } of found) ranges.push({ param, low, high, units });
}

/** A group is looked for among the resources that have its first part somewhere. */
function addGroups(draft: Draft, type: string, composite: Composite, from: Found): void {
  const groups = groupsOf(composite, from);
  if (groups.length === 0) return;
  draft.groups.push(...groups);
  const firsts = groups.flatMap(({ keys }) => keys.filter((key) => key.startsWith('1=')));
  for (const key of new Set(firsts)) draft.tokens.push(tokenKey(type, composite.parameter.code, key.slice(2)));
}
