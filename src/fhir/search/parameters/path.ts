/** One step of a search parameter's expression. */
export type Step =
  | { readonly kind: 'child'; readonly name: string }
  | { readonly kind: 'type'; readonly name: string }
  /** References that lead to a resource of this type. */
  | { readonly kind: 'resolves'; readonly type: string }
  | { readonly kind: 'where'; readonly name: string; readonly value: string }
  | { readonly kind: 'at'; readonly index: number };

/** One alternative of an expression: where it begins (a resource type; undefined: where one stands), and the steps from there. */
export interface Path {
  readonly base: string | undefined;
  readonly steps: readonly Step[];
}

/**
 * Reads the forms of FHIRPath that search parameters are written in. Pure.
 * @returns undefined when it is another form
 * @see https://hl7.org/fhir/R4/searchparameter-definitions.html#SearchParameter.expression
 */
export function parsePaths(expression: string): Path[] | undefined {
  const paths = splitOutside(expression, '|').map((term) => parsePath(term.trim()));
  return paths.every((path) => path !== undefined) ? paths : undefined;
}

function parsePath(term: string): Path | undefined {
  const [first = '', ...rest] = splitOutside(term, '.');
  const head = parseHead(first);
  const tail = rest.map(parseSegment);
  if (!head || !tail.every((steps) => steps !== undefined)) return undefined;
  return { base: head.base, steps: [...head.steps, ...tail.flat()] };
}

function parseHead(segment: string): Path | undefined {
  const inner = /^\((.*)\)$/.exec(segment)?.[1];
  if (inner !== undefined) return parseGroup(inner);
  if (/^[A-Z]\w*$/.test(segment)) return { base: segment, steps: [] };
  const steps = parseSegment(segment);
  return steps && { base: undefined, steps };
}

/** What stands in parentheses: a path, or a path as a type. */
function parseGroup(inner: string): Path | undefined {
  const at = inner.lastIndexOf(' as ');
  if (at < 0) return parsePath(inner.trim());
  const path = parsePath(inner.slice(0, at).trim());
  const name = inner.slice(at + 4).trim();
  return path && /^\w+$/.test(name) ? { ...path, steps: [...path.steps, { kind: 'type', name }] } : undefined;
}

function parseSegment(segment: string): Step[] | undefined {
  const [, child, index] = /^([a-z]\w*)(?:\[(\d+)\])?$/.exec(segment) ?? [];
  if (child) {
    const step: Step = { kind: 'child', name: child };
    return index ? [step, { kind: 'at', index: Number(index) }] : [step];
  }
  const type = /^(?:ofType|as)\((\w+)\)$/.exec(segment)?.[1];
  if (type) return [{ kind: 'type', name: type }];
  const resolved = /^where\(resolve\(\) is (\w+)\)$/.exec(segment)?.[1];
  if (resolved) return [{ kind: 'resolves', type: resolved }];
  const [, name, value] = /^where\((\w+) ?= ?'([^']*)'\)$/.exec(segment) ?? [];
  return name && value !== undefined ? [{ kind: 'where', name, value }] : undefined;
}

/** Splits at a sign that stands neither in parentheses nor in quotes. */
function splitOutside(text: string, sign: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  let quoted = false;
  for (const character of text) {
    if (character === "'") quoted = !quoted;
    if (!quoted) depth += character === '(' ? 1 : character === ')' ? -1 : 0;
    if (character === sign && depth === 0 && !quoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
