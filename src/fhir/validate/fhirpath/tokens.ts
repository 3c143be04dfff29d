/** One word of a FHIRPath expression. */
export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'date' | 'sign' | 'variable' | 'end';
  readonly text: string;
}

const SPACE = /(?:\s|\/\/[^\n]*)*/y;
const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['date', /@T?[\d:.TZ+-]+/y],
  ['number', /\d+(?:\.\d+)?/y],
  ['name', /[A-Za-z_]\w*/y],
  ['sign', /<=|>=|!=|!~|[-.()[\]{},|+*/&=~<>]/y],
];

/**
 * Splits an expression into its words.
 * @throws SyntaxError
 */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipSpace(expression, 0); at < expression.length; ) {
    const [token, end] = next(expression, at);
    tokens.push(token);
    at = skipSpace(expression, end);
  }
  return [...tokens, { kind: 'end', text: '' }];
}

function skipSpace(expression: string, from: number): number {
  SPACE.lastIndex = from;
  return SPACE.test(expression) ? SPACE.lastIndex : from;
}

function next(expression: string, at: number): readonly [Token, number] {
  const first = expression.charAt(at);
  if (first === "'" || first === '"') return quoted(expression, at, 'string');
  if (first === '`') return quoted(expression, at, 'name');
  if (first === '$' || first === '%') return variable(expression, at);
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const found = pattern.exec(expression);
    if (found) return [{ kind, text: found[0] }, pattern.lastIndex];
  }
  throw new SyntaxError(`FHIRPath: unexpected character at ${at}`);
}

function variable(expression: string, at: number): readonly [Token, number] {
  const first = expression.charAt(at);
  const [name, end] = next(expression, at + 1);
  return [{ kind: 'variable', text: first + name.text }, end];
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' };

function quoted(expression: string, from: number, kind: 'string' | 'name'): readonly [Token, number] {
  const quote = expression.charAt(from);
  let text = '';
  for (let at = from + 1; at < expression.length; at++) {
    const character = expression.charAt(at);
    if (character === quote) return [{ kind, text }, at + 1];
    if (character !== '\\') text += character;
    else if (expression.charAt(at + 1) === 'u') {
      text += String.fromCharCode(Number.parseInt(expression.slice(at + 2, at + 6), 16));
      at += 5;
    } else {
      at += 1;
      text += ESCAPES[expression.charAt(at)] ?? expression.charAt(at);
    }
  }
  throw new SyntaxError('FHIRPath: a quote is not closed');
}
