/** What the FHIRPath expressions of one call may cost together, and what time it is to them. */
export interface PathBudget {
  readonly now: Date;
  /** Milliseconds that are left; each evaluation takes from it. */
  leftMs: number;
  /** Milliseconds that one expression may take. */
  readonly longestMs: number;
}

/** What expressions may cost in one call of an operation. @param now what `now()` and `today()` are */
export function pathBudget(now: Date): PathBudget {
  return { now, leftMs: 3_000, longestMs: 1_000 };
}

/** An expression, and where it stands, as a FHIRPath, e.g. `Questionnaire.item[2].extension[0]`. */
export interface Formula {
  readonly expression: string;
  readonly place: string;
}

/** A name an expression may use, and what it stands for: a value, or an expression over what stands before it. */
export type Binding =
  | { readonly name: string; readonly value: unknown }
  | { readonly name: string; readonly formula: Formula };

/** One expression, and what it is asked of. */
export interface PathQuestion extends Formula {
  /** What the path begins at. */
  readonly focus: unknown;
  /** The path of the focus in its resource, when it is a part of one: types of `value[x]` are known by it. */
  readonly base?: string | undefined;
  /** Environment variables (`%name`) in order, `%resource` among them: what formulas are asked of, too. */
  readonly bindings: readonly Binding[];
}

/** Whether a text can be the name of an environment variable. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name) && !name.startsWith('__');
}

/** Functions that read a variable without naming it. @see http://hl7.org/fhir/uv/sdc/expressions.html#fhirpath-supplements */
const UNNAMED: ReadonlyMap<string, readonly string[]> = new Map([['questionnaire', ['weight', 'ordinal']]]);

/**
 * The bindings an expression may use, directly or by a formula it uses: those whose names stand in it. What is not used
 * is neither worked out nor carried to where expressions are evaluated. Pure.
 */
export function neededBy(expression: string, bindings: readonly Binding[]): Binding[] {
  const texts = [expression];
  const needed: Binding[] = [];
  for (const binding of bindings.toReversed()) {
    const words = [binding.name, ...(UNNAMED.get(binding.name) ?? [])];
    const isResource = binding.name === 'resource';
    if (!isResource && !texts.some((text) => words.some((word) => text.includes(word)))) continue;
    needed.unshift(binding);
    if ('formula' in binding) texts.push(binding.formula.expression);
  }
  return needed;
}
