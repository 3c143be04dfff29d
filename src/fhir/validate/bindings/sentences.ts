import { type Codes, systemsIn, whyUnlisted } from '../../terminology/expansion.ts';
import { isObject, type JsonObject } from '../walk.ts';

const SHORT_CODE = /^[A-Za-z0-9-]{1,40}$/;
/** How many codes, and systems, are told one by one. */
const FEW = 15;
const FEW_SYSTEMS = 3;

/** The sentence for a value that has no code of its value set. A code is named only where it looks like one. */
export function unbound(value: unknown, valueSet: string, codes: Codes | undefined): string {
  if (isObject(value) && value.coding === undefined && value.code === undefined)
    return `There is no code here. Add one of the value set ${urlOf(valueSet)}.`;
  const systemless = codings(value).find(({ system, code }) => system === undefined && typeof code === 'string');
  if (systemless)
    return `This code names no system, so it is none of the value set ${urlOf(valueSet)}. ${advice(codes, false, valueSet)}`;
  const code = typeof value === 'string' && SHORT_CODE.test(value) ? `"${value}"` : 'This';
  return `${code} is not a code of the value set ${urlOf(valueSet)}. ${advice(codes, typeof value === 'string', valueSet)}`;
}

/** Which codes there are: all of them where they are few, with their systems where a value names one. */
function advice(codes: Codes | undefined, isAlone: boolean, valueSet: string): string {
  const all = [...(codes ?? [])].map(([system, some]) => ({ system, codes: [...some] }));
  if (!codes) return adviceBySystems(systemsIn(valueSet), isAlone);
  const count = all.reduce((sum, each) => sum + each.codes.length, 0);
  if (count === 0 || (count > FEW && (isAlone || all.length > FEW_SYSTEMS))) return 'Use one of its codes.';
  if (count > FEW) return ofSystems(all.map(({ system }) => system));
  if (isAlone) return `Use one of: ${[...new Set(all.flatMap((each) => each.codes))].join(', ')}.`;
  return `Use one of: ${all.map((each) => `${each.codes.join(', ')} (system ${each.system})`).join('; ')}.`;
}

/** What is written where a system has a grammar instead of a list. */
const GRAMMARS: ReadonlyMap<string, string> = new Map([
  ['urn:ietf:bcp:13', 'Write a media type, e.g. "application/pdf".'],
  ['urn:ietf:bcp:47', 'Write a language tag, e.g. "en-US".'],
  ['http://unitsofmeasure.org', 'Use a unit of UCUM (system http://unitsofmeasure.org).'],
]);

function adviceBySystems(systems: readonly string[], isAlone: boolean): string {
  const [only, ...others] = systems;
  const written = others.length === 0 && only !== undefined ? GRAMMARS.get(only) : undefined;
  return written ?? ofSystems(isAlone ? [] : systems);
}

function ofSystems(systems: readonly string[]): string {
  return systems.length === 0 ? 'Use one of its codes.' : `Use one of its codes, of ${systems.join(' or ')}.`;
}

/** The codings of a concept, or a coding itself. */
function codings(value: unknown): JsonObject[] {
  if (!isObject(value)) return [];
  return (Array.isArray(value.coding) ? (value.coding as unknown[]) : [value]).filter(isObject);
}

/** The sentence for a value of which nobody here can tell whether it has a code of a value set. */
export function doubt(valueSet: string): string {
  const question = `It could not be checked whether this is a code of the value set ${urlOf(valueSet)}`;
  return `${question}, because ${whyUnlisted(valueSet)}. Ask a terminology server.`;
}

function urlOf(valueSet: string): string {
  return valueSet.split('|')[0] as string;
}
