import type { ValueSet, ValueSetComposeInclude } from '@medplum/fhirtypes';
import { chosenBy, expand, versioned } from './expand.ts';
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

/**
 * Whether a code belongs to a value set, also where that cannot be listed: a code that one include has is in it,
 * whatever is not known of the others. Pure.
 * @param within the value sets that are being asked: one that imports itself says nothing
 */
export function isIn(known: Known, valueSet: ValueSet, asked: Asked, within: readonly string[] = []): Verdict {
  const { url, compose } = valueSet;
  if (url !== undefined && within.includes(url)) return undefined;
  const path = url === undefined ? within : [...within, url];
  if (!compose?.include?.length) return isListed(known, valueSet, asked);
  const included = anyOf(compose.include.map((include) => selects(known, include, asked, path)));
  const excluded = anyOf((compose.exclude ?? []).map((exclude) => selects(known, exclude, asked, path)));
  return allOf([included, excluded === undefined ? undefined : !excluded]);
}

function isListed(known: Known, valueSet: ValueSet, { system, code }: Asked): Verdict {
  const expansion = expand(known, valueSet);
  if (!('members' in expansion)) return undefined;
  const { members } = expansion;
  if (system !== undefined) return members.get(system)?.has(code) ?? false;
  return [...members.values()].some((codes) => codes.has(code));
}

function selects(known: Known, include: ValueSetComposeInclude, asked: Asked, path: readonly string[]): Verdict {
  const { system, valueSet: imports = [] } = include;
  const parts = imports.map((canonical) => {
    const found = known.valueSet(canonical);
    return found ? isIn(known, found, asked, path) : undefined;
  });
  if (system !== undefined) parts.push(isOfSystem(known, include, system, asked));
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
