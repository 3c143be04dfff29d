import type { ElementDefinition, StructureDefinition } from '@medplum/fhirtypes';
import { expandedCodes } from '../../../src/fhir/terminology/expansion.ts';
import { baseElement } from '../../../src/fhir/validate/definitions/known.ts';
import { type Tree, treeOf, valueFor } from './build.ts';

type Value = Readonly<Record<string, unknown>>;

/** A resource that breaks one rule of its profile, and what must be said of it: `code@place`. */
export interface Broken {
  readonly rule: string;
  readonly resource: Value;
  readonly expected: string;
}

type Break = (tree: Tree, valid: Value) => Broken[];

/** Resources that each break one rule a profile has for an element at its top. */
export function brokenBy(structure: StructureDefinition, valid: Value): Broken[] {
  const own = treeOf(structure).children.filter(({ name }) => name !== 'extension' && name !== 'meta');
  return own.flatMap((tree) =>
    [missing, forbidden, otherValue, otherCode, otherType].flatMap((act) => act(tree, valid)),
  );
}

const missing: Break = ({ element, name }, valid) => {
  if ((element.min ?? 0) === 0 || (element.base?.min ?? 0) > 0) return [];
  return [
    { rule: `${element.id} is required`, resource: without(valid, name), expected: `required@${placeOf(element)}` },
  ];
};

const forbidden: Break = (tree, valid) => {
  const { element, name } = tree;
  if (element.max !== '0' || name.endsWith('[x]') || element.contentReference) return [];
  const given = valueFor({ ...tree, children: [] });
  if (typeof given === 'object' && Object.keys(given ?? {}).length === 0) return [];
  const resource = { ...valid, [name]: element.base?.max === '*' ? [given] : given };
  return [{ rule: `${element.id} may not be given`, resource, expected: `structure@${placeOf(element)}` }];
};

const otherValue: Break = ({ element, name, slices }, valid) => {
  const other = { text: 'another' };
  const place = placeOf(element);
  if (element.patternCodeableConcept && element.base?.max === '1') {
    return [{ rule: `${element.id} has a pattern`, resource: { ...valid, [name]: other }, expected: `value@${place}` }];
  }
  if (element.fixedCode) {
    const [code] = codesBeside(element, [element.fixedCode]);
    return [{ rule: `${element.id} is fixed`, resource: { ...valid, [name]: code }, expected: `value@${place}` }];
  }
  const needed = slices.filter((slice) => (slice.element.min ?? 0) > 0 && slice.element.patternCodeableConcept);
  if (needed.length === 0) return [];
  return [
    {
      rule: `${element.id} has a slice`,
      resource: { ...valid, [name]: [other, other] },
      expected: `required@${place}`,
    },
  ];
};

const otherCode: Break = ({ element, name }, valid) => {
  const { binding, base, type } = element;
  const codes = binding?.strength === 'required' ? expandedCodes(binding.valueSet ?? '') : undefined;
  if (!codes || base?.max !== '1') return [];
  const said = { rule: `${element.id} is bound`, expected: `code-invalid@${placeOf(element)}` };
  if (type?.[0]?.code === 'CodeableConcept') {
    return [{ ...said, resource: { ...valid, [name]: { coding: [{ system: 'http://example.org', code: 'x' }] } } }];
  }
  const [code] =
    type?.[0]?.code === 'code'
      ? codesBeside(
          element,
          [...codes.values()].flatMap((some) => [...some]),
        )
      : [];
  return [{ ...said, resource: { ...valid, [name]: code ?? 'unheard-of' } }];
};

const otherType: Break = ({ element, name }, valid) => {
  if (!name.endsWith('[x]') || element.max === '0') return [];
  const allowed = new Set(element.type?.map(({ code }) => code));
  const type = ['boolean', 'integer', 'dateTime', 'string'].find(
    (each) => !allowed.has(each) && baseElement(element.path as string)?.types.some(({ code }) => code === each),
  );
  if (!type) return [];
  const bare = name.slice(0, -3);
  const key = bare + type.charAt(0).toUpperCase() + type.slice(1);
  const value = { boolean: true, integer: 1, dateTime: '2026-03-02', string: 'x' }[type];
  const resource = { ...without(valid, name), [key]: value };
  return [
    { rule: `${element.id} has other types`, resource, expected: `structure@${placeOf(element)}.ofType(${type})` },
  ];
};

/** Codes the base definition lets stand, but for some. */
function codesBeside({ path }: ElementDefinition, but: readonly string[]): string[] {
  const codes = expandedCodes(baseElement(path as string)?.binding?.valueSet ?? '') ?? new Map<string, Set<string>>();
  return [...codes.values()].flatMap((some) => [...some]).filter((code) => !but.includes(code));
}

function placeOf({ path }: ElementDefinition): string {
  return (path as string).replace('[x]', '');
}

function without(valid: Value, name: string): Value {
  const isChoice = name.endsWith('[x]');
  const bare = name.replace('[x]', '');
  const isIt = (key: string): boolean =>
    isChoice ? key.startsWith(bare) && /^[A-Z]/.test(key.slice(bare.length)) : key === bare;
  return Object.fromEntries(Object.entries(valid).filter(([key]) => !isIt(key)));
}
