import { type Token, tokenize } from './tokens.ts';

/** A FHIRPath expression as a tree. A missing `focus` is what the expression is evaluated on. */
export type Ast =
  | { readonly kind: 'literal'; readonly value: string | number | boolean; readonly type: string }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'member'; readonly focus: Ast | undefined; readonly name: string }
  | { readonly kind: 'call'; readonly focus: Ast | undefined; readonly name: string; readonly args: readonly Ast[] }
  | { readonly kind: 'index'; readonly focus: Ast; readonly at: Ast }
  | { readonly kind: 'operation'; readonly sign: string; readonly left: Ast; readonly right: Ast }
  | { readonly kind: 'type'; readonly sign: 'is' | 'as'; readonly operand: Ast; readonly type: string };

const STRENGTH: Readonly<Record<string, number>> = {
  implies: 1,
  or: 2,
  xor: 2,
  and: 3,
  in: 4,
  contains: 4,
  '=': 5,
  '~': 5,
  '!=': 5,
  '!~': 5,
  '<': 6,
  '<=': 6,
  '>': 6,
  '>=': 6,
  '|': 7,
  is: 8,
  as: 8,
  '+': 9,
  '-': 9,
  '&': 9,
  '*': 10,
  '/': 10,
  div: 10,
  mod: 10,
};

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
}

/**
 * Parses an expression.
 * @throws SyntaxError when it is none
 * @see http://hl7.org/fhirpath/N1/
 */
export function parseExpression(expression: string): Ast {
  const reader: Reader = { tokens: tokenize(expression), at: 0 };
  const ast = operation(reader, 0);
  if (peek(reader).kind !== 'end') throw new SyntaxError(`FHIRPath: unexpected "${peek(reader).text}"`);
  return ast;
}

function peek({ tokens, at }: Reader): Token {
  return tokens[at] as Token;
}

function take(reader: Reader): Token {
  const token = peek(reader);
  reader.at += 1;
  return token;
}

function isSign(reader: Reader, text: string): boolean {
  return peek(reader).kind === 'sign' && peek(reader).text === text;
}

function expectSign(reader: Reader, text: string): void {
  if (!isSign(reader, text)) throw new SyntaxError(`FHIRPath: "${text}" expected, not "${peek(reader).text}"`);
  reader.at += 1;
}

function operation(reader: Reader, least: number): Ast {
  let left = term(reader);
  for (;;) {
    const { kind, text } = peek(reader);
    const strength = kind === 'sign' || kind === 'name' ? strengthOf(text) : 0;
    if (strength <= least) return left;
    take(reader);
    if (text === 'is' || text === 'as') left = { kind: 'type', sign: text, operand: left, type: typeName(reader) };
    else left = { kind: 'operation', sign: text, left, right: operation(reader, strength) };
  }
}

function strengthOf(text: string): number {
  return Object.hasOwn(STRENGTH, text) ? (STRENGTH[text] ?? 0) : 0;
}

function typeName(reader: Reader): string {
  const first = take(reader).text;
  if (!isSign(reader, '.')) return first;
  take(reader);
  return take(reader).text;
}

function term(reader: Reader): Ast {
  if (isSign(reader, '-') || isSign(reader, '+')) {
    const sign = take(reader).text;
    return { kind: 'operation', sign, left: { kind: 'literal', value: 0, type: 'integer' }, right: term(reader) };
  }
  let ast = primary(reader);
  for (;;) {
    if (isSign(reader, '.')) {
      take(reader);
      ast = invocation(reader, take(reader), ast);
    } else if (isSign(reader, '[')) {
      take(reader);
      ast = { kind: 'index', focus: ast, at: operation(reader, 0) };
      expectSign(reader, ']');
    } else return ast;
  }
}

function primary(reader: Reader): Ast {
  const token = take(reader);
  const { kind, text } = token;
  if (kind === 'string') return { kind: 'literal', value: text, type: 'string' };
  if (kind === 'number') {
    return { kind: 'literal', value: Number(text), type: text.includes('.') ? 'decimal' : 'integer' };
  }
  if (kind === 'date') return { kind: 'literal', value: text.slice(1), type: 'dateTime' };
  if (kind === 'variable') return { kind: 'variable', name: text };
  if (kind === 'name' && (text === 'true' || text === 'false')) {
    return { kind: 'literal', value: text === 'true', type: 'boolean' };
  }
  if (kind === 'sign' && text === '(') return closed(reader, ')', operation(reader, 0));
  if (kind === 'sign' && text === '{') return closed(reader, '}', { kind: 'nothing' });
  return invocation(reader, token, undefined);
}

function closed(reader: Reader, sign: string, ast: Ast): Ast {
  expectSign(reader, sign);
  return ast;
}

function invocation(reader: Reader, { kind, text }: Token, focus: Ast | undefined): Ast {
  if (kind === 'variable' && text === '$this' && focus) return focus;
  if (kind !== 'name') throw new SyntaxError(`FHIRPath: unexpected "${text}"`);
  if (!isSign(reader, '(')) return { kind: 'member', focus, name: text };
  take(reader);
  const args: Ast[] = [];
  while (!isSign(reader, ')')) {
    args.push(operation(reader, 0));
    if (!isSign(reader, ')')) expectSign(reader, ',');
  }
  take(reader);
  return { kind: 'call', focus, name: text, args };
}
