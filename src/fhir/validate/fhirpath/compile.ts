import { bool, type Evaluate, NotCovered, numberOf } from './evaluate.ts';
import { FUNCTIONS } from './functions.ts';
import { hasStep, isOfType, NOTHING, type Nodes, resourceNode, step, valueNode } from './node.ts';
import { compileOperation } from './operators.ts';
import { type Ast, parseExpression } from './parse.ts';

/**
 * Compiles an expression to a closure: nothing of it is interpreted when it is evaluated.
 * @throws SyntaxError when it is none
 * @throws NotCovered when it uses a function, an operator or a variable that is not compiled here
 */
export function compileExpression(expression: string): Evaluate {
  return compile(parseExpression(expression));
}

function compile(ast: Ast): Evaluate {
  switch (ast.kind) {
    case 'literal':
      return constant([valueNode(ast.value, ast.type)]);
    case 'nothing':
      return constant(NOTHING);
    case 'variable':
      return variable(ast.name);
    case 'member':
      return member(ast.focus, ast.name);
    case 'index':
      return at(compile(ast.focus), compile(ast.at));
    case 'operation':
      return compileOperation(ast.sign, compile(ast.left), compile(ast.right));
    case 'type':
      return ofType(ast.sign, compile(ast.operand), ast.type);
    case 'call':
      return call(ast);
  }
}

function constant(nodes: Nodes): Evaluate {
  return () => nodes;
}

const CODE_SYSTEMS: Readonly<Record<string, string>> = {
  '%ucum': 'http://unitsofmeasure.org',
  '%sct': 'http://snomed.info/sct',
  '%loinc': 'http://loinc.org',
};

function variable(name: string): Evaluate {
  if (name === '$this') return (context) => context;
  if (name === '%context') return (_context, { context }) => [context];
  if (name === '%resource') return (_context, { resource }) => [resourceNode(resource)];
  if (name === '%rootResource') return (_context, { root }) => [resourceNode(root)];
  const system = CODE_SYSTEMS[name];
  if (system === undefined) throw new NotCovered(name);
  return constant([valueNode(system, 'string')]);
}

function member(focus: Ast | undefined, name: string): Evaluate {
  if (!focus) return /^[A-Z]/.test(name) ? named(name) : (context) => steps(context, name);
  const on = compile(focus);
  return (context, around) => steps(on(context, around), name);
}

/** A type at the start of an expression is the thing itself, when it is of that type. */
function named(type: string): Evaluate {
  return (context) => context.filter((node) => isOfType(node, type));
}

function steps(nodes: Nodes, name: string): Nodes {
  const [first] = nodes;
  if (!first) return NOTHING;
  return nodes.length === 1 ? step(first, name) : nodes.flatMap((node) => step(node, name));
}

function at(focus: Evaluate, index: Evaluate): Evaluate {
  return (context, around) => {
    const place = numberOf(index(context, around));
    return place === undefined ? NOTHING : focus(context, around).slice(place, place + 1);
  };
}

function ofType(sign: 'is' | 'as', operand: Evaluate, type: string): Evaluate {
  if (sign === 'as') return (context, around) => operand(context, around).filter((node) => isOfType(node, type));
  return (context, around) => {
    const nodes = operand(context, around);
    return nodes.length === 0 ? NOTHING : bool(nodes.every((node) => isOfType(node, type)));
  };
}

function call({ focus, name, args }: Extract<Ast, { kind: 'call' }>): Evaluate {
  const on: Evaluate = focus ? compile(focus) : (context) => context;
  if (name === 'is' || name === 'as') return ofType(name, on, typeArgument(args[0]));
  if (name === 'ofType') return ofType('as', on, typeArgument(args[0]));
  if ((name === 'exists' || name === 'empty') && args.length === 0) {
    const present = presence(focus);
    if (present)
      return name === 'exists' ? (...given) => bool(present(...given)) : (...given) => bool(!present(...given));
  }
  const run = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!run) throw new NotCovered(name);
  const compiled = args.map(compile);
  return (context, around) => run(on(context, around), compiled, context, around);
}

/** Whether an element is there is seen without looking into it: most invariants ask just that. */
function presence(focus: Ast | undefined): ((...given: Parameters<Evaluate>) => boolean) | undefined {
  if (focus?.kind !== 'member' || (!focus.focus && /^[A-Z]/.test(focus.name))) return undefined;
  const { name } = focus;
  const on: Evaluate = focus.focus ? compile(focus.focus) : (context) => context;
  return (context, around) => on(context, around).some((node) => hasStep(node, name));
}

function typeArgument(ast: Ast | undefined): string {
  if (ast?.kind === 'member') return ast.name;
  throw new NotCovered('type');
}
