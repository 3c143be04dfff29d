import { expandedCodes } from '../terminology/expansion.ts';
import { isObject } from './walk.ts';

type Codes = ReadonlyMap<string, ReadonlySet<string>>;

/** Whether a value has a code of a value set. */
export type IsBound = (value: unknown) => boolean;

const byType: Readonly<Record<string, (codes: Codes) => IsBound>> = {
  code: anySystem,
  string: anySystem,
  uri: anySystem,
  Coding: (codes) => (value) => isCoding(value, codes),
  CodeableConcept: (codes) => (value) => isConcept(value, codes),
  Quantity: (codes) => (value) => isCoding(value, codes),
};

export function isBindable(type: string): boolean {
  return Object.hasOwn(byType, type);
}

/** Whether a value says anything by a code: a concept may be text alone. */
export function hasCode(value: unknown): boolean {
  return !isObject(value) || value.coding !== undefined || value.code !== undefined;
}

/**
 * Compiles a binding.
 * @returns undefined when its value set cannot be expanded here, or a value of this type has no code
 * @see https://hl7.org/fhir/R4/terminologies.html#binding
 */
export function compileBinding(valueSet: string, type: string): IsBound | undefined {
  const compile = Object.hasOwn(byType, type) ? byType[type] : undefined;
  const codes = compile && expandedCodes(valueSet);
  return codes && compile?.(codes);
}

/** A code alone is understood to be of the system of its value set. */
function anySystem(codes: Codes): IsBound {
  const all = new Set([...codes.values()].flatMap((some) => [...some]));
  return (value) => typeof value !== 'string' || all.has(value);
}

function isCoding(value: unknown, codes: Codes): boolean {
  if (!isObject(value)) return true;
  const { system, code } = value;
  if (code === undefined && isObject(value._code)) return true;
  return typeof system === 'string' && typeof code === 'string' && (codes.get(system)?.has(code) ?? false);
}

/** One of its codings must be of the value set. What says by an extension why it has none is let be. */
function isConcept(value: unknown, codes: Codes): boolean {
  if (!isObject(value)) return true;
  const { coding, extension } = value;
  if (!Array.isArray(coding)) return Array.isArray(extension);
  return coding.some((each) => isCoding(each, codes));
}

const SHORT_CODE = /^[A-Za-z0-9-]{1,40}$/;

/** The sentence for a value that has no code of its value set. A code is named only where it looks like one. */
export function unbound(value: unknown, valueSet: string): string {
  const [url] = valueSet.split('|');
  const code = typeof value === 'string' && SHORT_CODE.test(value) ? `"${value}"` : 'This';
  return `${code} is not a code of the value set ${url}. Use one of its codes.`;
}
