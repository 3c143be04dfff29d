import type { Resource, SearchParameter } from '@medplum/fhirtypes';
import type { Found } from '../search/parameters/compile.ts';
import { parametersOf } from '../search/parameters/parameter.ts';
import { typeOfReference } from '../search/parameters/reference-type.ts';
import { type Put, putReference, putToken } from '../store/index/tokens.ts';

/** The forms in which a parameter's values of one resource may be asked for. */
export type FormsOf = (param: string) => ReadonlySet<string>;

/** The search parameter of a type, where events can be told apart by it: those of tokens and references. */
export function filterable(type: string, param: string): SearchParameter | undefined {
  const found = parametersOf(type).get(param);
  return found?.type === 'token' || found?.type === 'reference' ? found.definition : undefined;
}

/** The forms of a resource's values by parameter, each worked out when it is first asked for. */
export function formsOf(resource: Resource): FormsOf {
  const known = new Map<string, ReadonlySet<string>>();
  return (param) => {
    const forms = known.get(param) ?? readForms(resource, param);
    known.set(param, forms);
    return forms;
  };
}

function readForms(resource: Resource, name: string): ReadonlySet<string> {
  if (name === '_id') return new Set(resource.id ? [resource.id] : []);
  const { resourceType: type } = resource;
  const parameter = parametersOf(type).get(name);
  const forms = new Set<string>();
  if (parameter?.type !== 'token' && parameter?.type !== 'reference') return forms;
  const put: Put = (form) => void forms.add(form);
  for (const found of parameter.find({ type, value: resource })) {
    if (parameter.type === 'token') putToken(found, put);
    else if (parameter.only === undefined || typeOfReference(found.value) === parameter.only) putReferred(found, put);
  }
  return forms;
}

/** Also by its id alone, whichever version is referred to. @see https://hl7.org/fhir/R4/search.html#reference */
function putReferred(found: Found, put: Put): void {
  putReference(found, (form) => {
    put(form);
    const [whole = form] = form.split('/_history/', 1);
    const id = /^[A-Z][A-Za-z]+\/([^/]+)$/.exec(whole)?.[1];
    if (id) put(id);
  });
}
