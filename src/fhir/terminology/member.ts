import type { ValueSet, ValueSetComposeInclude } from '@medplum/fhirtypes';
import { chosenBy, expand, versioned, withoutRepeats } from './expand.ts';
import { type Known, urlOf } from './known.ts';
import { hasForm } from './syntax.ts';
import { isOfDimension, UCUM } from './ucum.ts';

/** A code in question. Without a system it may be of any (elements of type `code`). */
export interface Asked {
  readonly system?: string | undefined;
  readonly code: string;
}

/** Whether something is so; undefined when it cannot be told here. */
export type Verdict = boolean | undefined;

/** Of what is asked. */
interface Asking {
  readonly known: Known;
  readonly asked: Asked;
  /** The value sets that are being asked: one that imports itself says nothing. */
  readonly within: readonly string[];
  /** What others have said: many may import the same, and each is asked once. */
  readonly said: Map<ValueSet, Verdict>;
}

/**
 * Whether a code belongs to a value set, also where that cannot be listed: a code that one include has is in it,
 * whatever is not known of the others. Pure.
 */
export function isIn(known: Known, valueSet: ValueSet, asked: Asked): Verdict {
  return ask({ known, asked, within: [], said: new Map() }, valueSet);
}

function ask(asking: Asking, valueSet: ValueSet): Verdict {
  const { within, said } = asking;
  const { url } = valueSet;
  if (url !== undefined && within.includes(url)) return undefined;
  if (said.has(valueSet)) return said.get(valueSet);
  const verdict = isComposed({ ...asking, within: url ? [...within, url] : within }, valueSet);
  said.set(valueSet, verdict);
  return verdict;
}

function isComposed(asking: Asking, valueSet: ValueSet): Verdict {
  const { include = [], exclude = [] } = valueSet.compose ?? { include: [] };
  if (include.length === 0) return isListed(asking.known, valueSet, asking.asked);
  const included = anyOf(withoutRepeats(include).map((each) => selects(asking, each)));
  const excluded = anyOf(withoutRepeats(exclude).map((each) => selects(asking, each)));
  return allOf([included, excluded === undefined ? undefined : !excluded]);
}

function isListed(known: Known, valueSet: ValueSet, { system, code }: Asked): Verdict {
  const expansion = expand(known, valueSet);
  if (!('members' in expansion)) return undefined;
  const { members } = expansion;
  if (system !== undefined) return members.get(system)?.has(code) ?? false;
  return [...members.values()].some((codes) => codes.has(code));
}

function selects(asking: Asking, include: ValueSetComposeInclude): Verdict {
  const { system, valueSet: imports = [] } = include;
  const parts = imports.map((canonical) => {
    const found = asking.known.valueSet(canonical);
    return found ? ask(asking, found) : undefined;
  });
  if (system !== undefined) parts.push(isOfSystem(asking.known, include, system, asking.asked));
  return parts.length === 0 ? undefined : allOf(parts);
}

function isOfSystem(
  known: Known,
  include: ValueSetComposeInclude,
  system: string,
  { system: of, code }: Asked,
): Verdict {
  if (of !== undefined && of !== urlOf(system)) return false;
  if (include.concept) return include.concept.some((concept) => concept.code === code);
  const content = known.codeSystem(versioned(system, include.version));
  const filters = include.filter ?? [];
  if (content?.complete) return chosenBy(content, filters)?.some((concept) => concept.code === code);
  if (filters.length > 0) return passesByForm(urlOf(system), filters, code);
  // What is known of a part of a system is true of the whole.
  return content?.concepts.has(code) || hasForm(urlOf(system), code);
}

/** R4's units of time and of length are those of UCUM with one dimension. */
function passesByForm(system: string, filters: NonNullable<ValueSetComposeInclude['filter']>, code: string): Verdict {
  const [{ property, op, value }] = filters as [(typeof filters)[number]];
  const isDimension = filters.length === 1 && property === 'canonical' && op === '=' && value !== undefined;
  return system === UCUM && isDimension ? isOfDimension(value, code) : undefined;
}

function anyOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(true)) return true;
  return verdicts.includes(undefined) ? undefined : false;
}

function allOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(false)) return false;
  return verdicts.includes(undefined) ? undefined : true;
}
