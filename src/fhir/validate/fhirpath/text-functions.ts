import { isSafeXhtml } from '../structure/xhtml.ts';
import { bool, type Evaluate, type FhirPathFunction, numberOf, numeric, text, textOf } from './evaluate.ts';
import { NOTHING, type Nodes } from './node.ts';

const patterns = new Map<string, RegExp>();

/** Functions of strings. On anything else they give nothing. @see http://hl7.org/fhirpath/N1/#string-manipulation */
export const TEXT_FUNCTIONS: Readonly<Record<string, FhirPathFunction>> = {
  startsWith: asking((value, start) => value.startsWith(start)),
  endsWith: asking((value, end) => value.endsWith(end)),
  contains: asking((value, part) => value.includes(part)),
  indexOf: onTexts((value, part) => numeric(value.indexOf(part))),
  matches: asking((value, pattern) => compiled(pattern).test(value)),
  replaceMatches: onTexts((value, pattern, by) => text(value.replace(compiled(pattern, 'gu'), by ?? ''))),
  replace: onTexts((value, part, by) => text(value.replaceAll(part, by ?? ''))),
  substring: (focus, [start, length], context, around) => {
    const value = textOf(focus);
    const from = start && numberOf(start(context, around));
    if (value === undefined || from === undefined || from < 0 || from >= value.length) return NOTHING;
    const size = length && numberOf(length(context, around));
    return text(value.slice(from, size === undefined ? undefined : from + size));
  },
  length: onText((value) => numeric(value.length)),
  upper: onText((value) => text(value.toUpperCase())),
  lower: onText((value) => text(value.toLowerCase())),
  trim: onText((value) => text(value.trim())),
  toString: (focus: Nodes) =>
    text(focus.length === 1 && isSimple(focus[0]?.value) ? String(focus[0]?.value) : undefined),
  toInteger: (focus) => numeric(integerOf(focus)),
  toDecimal: (focus) => numeric(decimalOf(focus)),
  htmlChecks: onText((value) => bool(isSafeXhtml(value))),
};

function isSimple(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function integerOf(focus: Nodes): number | undefined {
  const value = textOf(focus) ?? numberOf(focus);
  return value !== undefined && /^[+-]?\d+$/.test(String(value)) ? Number(value) : undefined;
}

function decimalOf(focus: Nodes): number | undefined {
  const value = textOf(focus) ?? numberOf(focus);
  return value !== undefined && /^[+-]?\d+(\.\d+)?$/.test(String(value)) ? Number(value) : undefined;
}

function onText(compute: (value: string) => Nodes): FhirPathFunction {
  return (focus) => {
    const value = textOf(focus);
    return value === undefined ? NOTHING : compute(value);
  };
}

function onTexts(compute: (value: string, first: string, second: string | undefined) => Nodes): FhirPathFunction {
  return (focus, args, context, around) => {
    const value = textOf(focus);
    const [first, second] = args.map((arg: Evaluate) => textOf(arg(context, around)));
    return value === undefined || first === undefined ? NOTHING : compute(value, first, second);
  };
}

/** A question about a text that is not there is answered with no, as HL7's own validator does. */
function asking(ask: (value: string, about: string) => boolean): FhirPathFunction {
  const ifText = onTexts((value, about) => bool(ask(value, about)));
  return (focus, ...rest) => (textOf(focus) === undefined ? bool(false) : ifText(focus, ...rest));
}

/** Expressions stand in definitions, not in what partners send. */
function compiled(pattern: string, flags = 'u'): RegExp {
  const key = `${flags}:${pattern}`;
  const known = patterns.get(key) ?? toPattern(pattern, flags);
  patterns.set(key, known);
  return known;
}

/** Some published expressions escape more than the `u` flag allows. */
function toPattern(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern, flags.replace('u', ''));
  }
}
