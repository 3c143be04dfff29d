import { type Codes, expandedCodes, isMember } from '../../terminology/expansion.ts';
import { isObject } from '../walk.ts';
import { doubt, unbound } from './sentences.ts';

/** Whether a value has a code of a value set; undefined when that cannot be told here. */
export type IsBound = (value: unknown) => boolean | undefined;

/** A binding to a value set, ready to be asked. */
export interface Binding {
  readonly isBound: IsBound;
  /** The sentence for a value that has no code of it. */
  readonly refusal: (value: unknown) => string;
  /** The sentence for a value of which nobody here can tell. */
  readonly doubt: () => string;
}

/** Whether a code, of a system where the value names one, is in the value set. */
type Ask = (system: string | undefined, code: string) => boolean | undefined;

const byType: Readonly<Record<string, (ask: Ask) => IsBound>> = {
  code: ofAnySystem,
  string: ofAnySystem,
  uri: ofAnySystem,
  Coding: (ask) => (value) => isCoding(value, ask),
  CodeableConcept: (ask) => (value) => isConcept(value, ask),
  Quantity: (ask) => (value) => isCoding(value, ask),
};

/** They are quantities, and bound as such. */
const QUANTITIES: ReadonlySet<string> = new Set(['Age', 'Count', 'Distance', 'Duration']);

function typeOf(type: string): string {
  return QUANTITIES.has(type) ? 'Quantity' : type;
}

export function isBindable(type: string): boolean {
  return Object.hasOwn(byType, typeOf(type));
}

/** Whether values of a type say of which system their codes are; else they are of that of their value set. */
export function namesSystem(type: string): boolean {
  return (byType[typeOf(type)] ?? ofAnySystem) !== ofAnySystem;
}

/** Whether a value says anything by a code: a concept may be text alone. */
export function hasCode(value: unknown): boolean {
  return !isObject(value) || value.coding !== undefined || value.code !== undefined;
}

/**
 * Compiles a binding: by the list of its codes where there is one, else by the rules of its code systems.
 * @param type one that is bindable
 * @see https://hl7.org/fhir/R4/terminologies.html#binding
 */
export function compileBinding(valueSet: string, type: string): Binding {
  const compile = byType[typeOf(type)] ?? ofAnySystem;
  const codes = expandedCodes(valueSet);
  return {
    isBound: codes && compile === ofAnySystem ? ofListed(codes) : compile(codes ? asking(codes) : byRules(valueSet)),
    refusal: (value) => unbound(value, valueSet, codes),
    doubt: () => doubt(valueSet),
  };
}

/** A code alone is understood to be of the system of its value set. */
function ofListed(codes: Codes): IsBound {
  const all = new Set([...codes.values()].flatMap((some) => [...some]));
  return (value) => typeof value !== 'string' || all.has(value);
}

function ofAnySystem(ask: Ask): IsBound {
  return (value) => typeof value !== 'string' || ask(undefined, value);
}

function asking(codes: Codes): Ask {
  return (system, code) => system !== undefined && (codes.get(system)?.has(code) ?? false);
}

function byRules(valueSet: string): Ask {
  return (system, code) => isMember(valueSet, { system, code });
}

function isCoding(value: unknown, ask: Ask): boolean | undefined {
  if (!isObject(value)) return true;
  const { system, code } = value;
  if (code === undefined && isObject(value._code)) return true;
  return typeof system === 'string' && typeof code === 'string' && ask(system, code);
}

/** One of its codings must be of the value set. What says by an extension why it has none is let be. */
function isConcept(value: unknown, ask: Ask): boolean | undefined {
  if (!isObject(value)) return true;
  const { coding, extension } = value;
  if (!Array.isArray(coding)) return Array.isArray(extension);
  let verdict: boolean | undefined = false;
  for (const each of coding) {
    const is = isCoding(each, ask);
    if (is) return true;
    if (is === undefined) verdict = undefined;
  }
  return verdict;
}
