import type { Definition, ElementRules, TypeRules } from './definition.ts';
import { typeDefinition } from './known.ts';

/** A type as its values stand in JSON: what a value may hold, by the names JSON has for it. */
export interface TypeModel {
  /** `Patient`, `HumanName`, `code`; of a part of a resource its path, e.g. `Patient.contact`. */
  readonly name: string;
  readonly kind: 'primitive' | 'complex' | 'resource';
  /** The rules of the type itself (its invariants). */
  readonly rules: ElementRules | undefined;
  /** In the order of the definition; a choice has one for each type. */
  readonly elements: readonly ElementModel[];
  /** By their names in JSON, e.g. `valueQuantity`. */
  readonly byKey: ReadonlyMap<string, ElementModel>;
  /** By their names in FHIRPath, e.g. `value`. */
  readonly byName: ReadonlyMap<string, readonly ElementModel[]>;
  /** The name of the type it specialises. */
  readonly base: string | undefined;
}

export interface ElementModel {
  readonly name: string;
  readonly key: string;
  /** Where JSON has the id and the extensions of a primitive. */
  readonly extraKey: string;
  readonly isChoice: boolean;
  readonly type: TypeRules;
  readonly rules: ElementRules;
  /** `undefined` where any resource may stand. */
  readonly model: () => TypeModel | undefined;
}

/** The type of what stands in an element: `HumanName`, `code`; of a part of a resource its path, e.g. `Patient.contact`. */
export function typeOf({ model, type }: ElementModel): string {
  return model()?.name ?? type.code;
}

const models = new Map<string, TypeModel>();

/** The model of an R4 type, made at the first question. */
export function modelOf(type: string): TypeModel | undefined {
  const known = models.get(type);
  if (known) return known;
  const definition = typeDefinition(type);
  if (!definition) return undefined;
  const model = buildModel(definition, definition.elements[0] as ElementRules);
  models.set(type, model);
  return model;
}

function buildModel(definition: Definition, root: ElementRules): TypeModel {
  const kind = kindOf(definition, root);
  const depth = root.path.split('.').length + 1;
  const own = definition.elements.filter(
    ({ path }) => path.startsWith(`${root.path}.`) && path.split('.').length === depth,
  );
  const elements = kind === 'primitive' ? [] : own.flatMap((rules) => elementsOf(definition, rules));
  return {
    name: root.path,
    kind,
    rules: root,
    elements,
    byKey: new Map(elements.map((element) => [element.key, element])),
    byName: Map.groupBy(elements, ({ name }) => name),
    base: baseOf(definition, root),
  };
}

function kindOf({ kind, elements }: Definition, root: ElementRules): TypeModel['kind'] {
  if (kind === 'primitive-type') return 'primitive';
  return kind === 'resource' && root === elements[0] ? 'resource' : 'complex';
}

function baseOf({ base, elements }: Definition, root: ElementRules): string | undefined {
  if (root !== elements[0]) return root.types[0]?.code;
  return base?.slice(base.lastIndexOf('/') + 1);
}

function elementsOf(definition: Definition, rules: ElementRules): ElementModel[] {
  const last = rules.path.slice(rules.path.lastIndexOf('.') + 1);
  const isChoice = last.endsWith('[x]');
  const name = isChoice ? last.slice(0, -3) : last;
  const types = rules.contentOf ? [{ code: 'Element', profiles: [], targetProfiles: [] }] : rules.types;
  return types.map((given) => {
    const type = name === 'id' && isOfResource(definition, rules) ? { ...given, code: 'id' } : given;
    const key = isChoice ? name + type.code.charAt(0).toUpperCase() + type.code.slice(1) : name;
    return {
      name,
      key,
      extraKey: `_${key}`,
      isChoice,
      type,
      rules,
      model: once(() => contentModel(definition, rules, type.code)),
    };
  });
}

function isOfResource({ kind }: Definition, { path }: ElementRules): boolean {
  return kind === 'resource' && path.split('.').length === 2;
}

function contentModel(definition: Definition, rules: ElementRules, type: string): TypeModel | undefined {
  if (type === 'Resource') return undefined;
  if (rules.contentOf) return partModel(definition, rules.contentOf);
  if (type === 'BackboneElement' || (type === 'Element' && hasParts(definition, rules.path))) {
    return partModel(definition, rules.path);
  }
  return modelOf(type);
}

function hasParts({ elements }: Definition, path: string): boolean {
  return elements.some((each) => each.path.startsWith(`${path}.`));
}

function partModel(definition: Definition, path: string): TypeModel | undefined {
  const known = models.get(path);
  const rules = known ? undefined : definition.elements.find((each) => each.path === path);
  if (!rules) return known;
  const model = buildModel(definition, rules);
  models.set(path, model);
  return model;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Whether a type is another one, or specialises it: a `code` is a `string`. */
export function isA(type: string, other: string): boolean {
  for (let at: string | undefined = type; at !== undefined; at = modelOf(at)?.base) if (at === other) return true;
  return false;
}
