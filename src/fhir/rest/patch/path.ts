import type { Resource } from '@medplum/fhirtypes';
import { compileExpression } from '../../validate/fhirpath/compile.ts';
import { type Evaluate, NotCovered } from '../../validate/fhirpath/evaluate.ts';
import { type Nodes, resourceNode } from '../../validate/fhirpath/node.ts';
import { type Ast, parseExpression } from '../../validate/fhirpath/parse.ts';
import type { JsonObject } from '../../validate/walk.ts';
import { checkNames } from './path-names.ts';

/** What an operation of a patch is about. */
export interface Path {
  /** The elements it leads to, in the resource as it stands. @throws Misfit when it can lead to none */
  readonly find: (resource: Resource) => Nodes;
}

const LONGEST = 1_000;

/**
 * Reads the path of an operation. Only what leads from an element to those within it may stand there: then it is known
 * where they are, and how long it can take.
 * @throws SyntaxError that says why it is none
 */
export function readPath(text: string): Path {
  if (text.length > LONGEST) throw new SyntaxError(`its path is longer than ${LONGEST} characters`);
  const { ast, evaluate } = compiled(text);
  const reason = against(ast);
  if (reason !== undefined) throw new SyntaxError(reason);
  return { find: (resource) => find(resource as unknown as JsonObject, ast, evaluate) };
}

function compiled(text: string): { readonly ast: Ast; readonly evaluate: Evaluate } {
  try {
    return { ast: parseExpression(text), evaluate: compileExpression(text) };
  } catch (thrown) {
    if (thrown instanceof NotCovered) throw new SyntaxError(NOT_SERVED);
    if (thrown instanceof SyntaxError) throw new SyntaxError('its path is no FHIRPath');
    throw thrown;
  }
}

function find(resource: JsonObject, ast: Ast, evaluate: Evaluate): Nodes {
  const root = resourceNode(resource);
  if (root.model) checkNames(ast, root.model);
  return evaluate([root], { resource, root: resource, context: root, isMember: () => undefined });
}

const FUNCTIONS = [
  'where first last tail single ofType as is extension exists empty not count hasValue all',
  'startsWith endsWith contains upper lower',
].flatMap((line) => line.split(' '));
const OPERATORS = '= != < <= > >= and or xor implies in contains + -'.split(' ');
const NOT_SERVED = `its path may call these functions: ${FUNCTIONS.join(', ')}; it may compare, but use no variable but $this and not join lists`;

/** Why an expression is no path for a patch. */
function against(ast: Ast | undefined): string | undefined {
  switch (ast?.kind) {
    case 'variable':
      return ast.name === '$this' ? undefined : NOT_SERVED;
    case 'member':
      return against(ast.focus);
    case 'index':
      return against(ast.focus) ?? against(ast.at);
    case 'operation':
      return OPERATORS.includes(ast.sign) ? (against(ast.left) ?? against(ast.right)) : NOT_SERVED;
    case 'type':
      return against(ast.operand);
    case 'call':
      if (!FUNCTIONS.includes(ast.name)) return NOT_SERVED;
      return [ast.focus, ...ast.args].map(against).find((reason) => reason !== undefined);
    default:
      return undefined;
  }
}
