import { isA, modelOf, type TypeModel } from '../../validate/definitions/model.ts';
import type { Ast } from '../../validate/fhirpath/parse.ts';
import { Misfit, shown } from './misfit.ts';

type Models = readonly TypeModel[];

/**
 * Refuses a path that names what its type does not have: it would lead to nothing, whatever the resource holds.
 * @throws Misfit that says which name
 */
export function checkNames(path: Ast, root: TypeModel): void {
  leadsTo(path, [root]);
}

/** The types of what a path leads to; undefined where that depends on the resource. */
function leadsTo(ast: Ast, root: Models): Models | undefined {
  switch (ast.kind) {
    case 'member':
      return member(ast, root);
    case 'index':
      return leadsTo(ast.focus, root);
    case 'type':
      return ast.sign === 'as' ? narrowed(leadsTo(ast.operand, root), ast.type) : undefined;
    case 'call':
      return called(ast, root);
    default:
      return undefined;
  }
}

function member({ focus, name }: Extract<Ast, { kind: 'member' }>, root: Models): Models | undefined {
  if (!focus && /^[A-Z]/.test(name)) {
    if (root.some((model) => isA(model.name, name))) return root;
    throw new Misfit(`It begins at ${shown(name)}, but this resource is of type ${root[0]?.name}.`);
  }
  const on = focus ? leadsTo(focus, root) : root;
  if (!on) return undefined;
  const elements = on.flatMap((model) => partsOf(model).byName.get(name) ?? []);
  if (elements.length === 0) throw noSuch(name, on);
  const models = elements.map((element) => element.model());
  return models.every((model) => model !== undefined) ? models : undefined;
}

/** Of a primitive: what may stand beside its value. */
export function partsOf(model: TypeModel): TypeModel {
  return model.kind === 'primitive' ? (modelOf('Element') ?? model) : model;
}

function noSuch(name: string, on: Models): Misfit {
  const there = `There is no element ${shown(name)} in ${[...new Set(on.map((model) => model.name))].join(', ')}.`;
  const choice = on.map(({ byKey }) => byKey.get(name)).find((element) => element?.isChoice);
  if (!choice) return new Misfit(`${there} Correct its name.`);
  return new Misfit(`${there} In FHIRPath it is ${choice.name}.ofType(${choice.type.code}).`);
}

const SAME: ReadonlySet<string> = new Set(['where', 'first', 'last', 'tail', 'single']);

function called({ focus, name, args }: Extract<Ast, { kind: 'call' }>, root: Models): Models | undefined {
  const on = focus ? leadsTo(focus, root) : root;
  if (SAME.has(name)) return on;
  if (name === 'extension') return [modelOf('Extension')].flatMap((model) => model ?? []);
  const [type] = args;
  return (name === 'ofType' || name === 'as') && type?.kind === 'member' ? narrowed(on, type.name) : undefined;
}

function narrowed(on: Models | undefined, type: string): Models | undefined {
  if (!on) return undefined;
  const kept = on.filter((model) => isA(model.name, type));
  if (kept.length > 0) return kept;
  const types = on.map(({ name }) => name).join(', ');
  const named = /^\w{1,40}$/.test(type) ? `type ${type}` : 'that type';
  throw new Misfit(`What stands there is never of ${named}, but of one of these types: ${types}.`);
}
