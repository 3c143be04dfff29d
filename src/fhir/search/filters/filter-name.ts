/** How a search parameter's name is put together. @see https://hl7.org/fhir/R4/search.html#chaining */
export type FilterName =
  | { readonly kind: 'plain'; readonly code: string; readonly modifier: string | undefined }
  /** `subject:Patient.name`: a parameter of what a reference leads to. */
  | { readonly kind: 'chain'; readonly code: string; readonly type: string | undefined; readonly rest: string }
  /** `_has:Observation:patient:code`: a parameter of what refers here. */
  | { readonly kind: 'has'; readonly source: string; readonly reference: string; readonly rest: string };

const HAS = '_has';

/** Takes a name apart, one step deep. Pure. @returns undefined when it is none */
export function parseFilterName(name: string): FilterName | undefined {
  if (name === HAS || name.startsWith(`${HAS}:`)) return parseHas(name);
  const dot = name.indexOf('.');
  const head = dot < 0 ? name : name.slice(0, dot);
  const [code = '', modifier, ...more] = head.split(':');
  if (more.length > 0 || code === '' || modifier === '') return undefined;
  if (dot < 0) return { kind: 'plain', code, modifier };
  const rest = name.slice(dot + 1);
  return rest === '' ? undefined : { kind: 'chain', code, type: modifier, rest };
}

function parseHas(name: string): FilterName | undefined {
  const [, source, reference, ...rest] = name.split(':');
  if (!source || !reference || rest.length === 0 || rest[0] === '') return undefined;
  return { kind: 'has', source, reference, rest: rest.join(':') };
}
