import { createHash } from 'node:crypto';
import type { Calendar } from '../calendars/calendar.ts';
import type { LoopKind, LoopPolicy, Policies } from '../loops/policy/policy.ts';
import { sortedKeys } from '../loops/projection/canonical.ts';
import type { PolicyFiles } from './read.ts';
import type { PolicyRule } from './schema.ts';

/** A rule, and of which programme it is. */
interface Scoped extends PolicyRule {
  readonly programme: string | undefined;
}

type Parts = Pick<LoopPolicy, 'spans' | 'ladder' | 'offersByItself' | 'demographics' | 'confirmation'>;

/**
 * The policies that files make. For each key (a span, a ladder, …) the most specific rule that says it wins: that of the
 * referral's programme before those of all, then that of its category, then that of its priority; of the like the later. Pure.
 * @param hubCalendar counts into the digest of all: when it is changed, open loops fall due at other times
 */
export function resolvePolicies(
  files: PolicyFiles,
  hubCalendar: Calendar,
  questionnaires: Policies['questionnaires'] = new Map(),
): Policies {
  const rules = rulesIn(files).sort((a, b) => specificity(a) - specificity(b));
  const spoken = new Set(rules.flatMap(({ for: { category } }) => category ?? []));
  const byAddress = new Map([...files.programmes].map(([name, { programme }]) => [programme, name]));
  const made = new Map<string, LoopPolicy>();
  const programmeOf = ({ instantiates }: LoopKind): string | undefined =>
    instantiates.map((canonical) => byAddress.get(canonical.split('|')[0] ?? '')).find((name) => name !== undefined);
  const of = (kind: LoopKind): LoopPolicy => {
    const programme = programmeOf(kind);
    const categories = kind.categories.filter((code) => spoken.has(code)).sort();
    const key = JSON.stringify([programme, categories, kind.priority]);
    const policy = made.get(key) ?? policyFor({ ...kind, categories }, programme, rules, nameOf(files, programme));
    made.set(key, policy);
    return policy;
  };
  return { digest: digestOf([rules, [...byAddress], hubCalendar]), programmeOf, of, questionnaires };
}

function rulesIn({ general, programmes }: PolicyFiles): Scoped[] {
  return [
    ...general.flatMap(({ rules }) => rules.map((rule) => ({ ...rule, programme: undefined }))),
    ...[...programmes].flatMap(([programme, { rules }]) => rules.map((rule) => ({ ...rule, programme }))),
  ];
}

function specificity({ programme, for: { category, priority } }: Scoped): number {
  return (programme === undefined ? 0 : 4) + (category === undefined ? 0 : 2) + (priority === undefined ? 0 : 1);
}

function policyFor(kind: LoopKind, programme: string | undefined, rules: readonly Scoped[], name: string): LoopPolicy {
  const parts = rules.filter((rule) => appliesTo(rule, kind, programme)).reduce(withRule, NOTHING) as Parts;
  return { ...parts, name, digest: digestOf(parts) };
}

const NOTHING: Partial<Parts> = { spans: {} as Parts['spans'], ladder: {}, confirmation: false };

function withRule(
  { demographics: before, ...parts }: Partial<Parts>,
  { spans, ladder, offersByItself, demographics, confirmation }: Scoped,
): Partial<Parts> {
  const shown = demographics ?? before;
  return {
    ...parts,
    // All is what holds where nobody says anything, and stands for the same.
    ...(shown === undefined || shown === 'all' ? {} : { demographics: shown.toSorted() }),
    spans: { ...parts.spans, ...spans } as Parts['spans'],
    ladder: { ...parts.ladder, ...ladder } as Parts['ladder'],
    ...(offersByItself === undefined ? {} : { offersByItself }),
    ...(confirmation === undefined ? {} : { confirmation }),
  };
}

function appliesTo({ programme, for: whom }: Scoped, kind: LoopKind, own: string | undefined): boolean {
  if (programme !== undefined && programme !== own) return false;
  if (whom.category !== undefined && !kind.categories.includes(whom.category)) return false;
  return whom.priority === undefined || whom.priority === kind.priority;
}

function nameOf({ general, programmes }: PolicyFiles, programme: string | undefined): string {
  const own = programme === undefined ? undefined : programmes.get(programme);
  return own?.name ?? general.at(-1)?.name ?? '';
}

/** Stands for a value: two that say the same have the same. */
function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sortedKeys(value)))
    .digest('hex')
    .slice(0, 32);
}
