import type { Span } from '../../calendars/end-of.ts';
import type { Rung } from './policy.ts';
import type { PolicyContent } from './policy-rows.ts';

/** What of a policy is other than it was, in words. */
export interface PolicyChange {
  /** The key: `spans.decide`, `ladder.default`, `offersByItself`, `demographics` */
  readonly what: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** How two policies differ, key by key. Pure. */
export function policyChanges(before: PolicyContent, after: PolicyContent): PolicyChange[] {
  const [was, is] = [inWords(before), inWords(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((what) => ({ what, from: was.get(what) ?? null, to: is.get(what) ?? null }))
    .filter(({ from, to }) => from !== to);
}

function inWords(content: PolicyContent): ReadonlyMap<string, string> {
  const { spans, ladder, offersByItself, demographics, confirmation = false } = content;
  return new Map([
    ...Object.entries(spans).map(([name, span]) => [`spans.${name}`, spanInWords(span)] as const),
    ...Object.entries(ladder).map(([name, rungs]) => [`ladder.${name}`, rungs.map(rungInWords).join(', ')] as const),
    ['offersByItself', String(offersByItself)] as const,
    ['demographics', demographics?.join(', ') ?? 'all'] as const,
    ['confirmation', confirmation ? `${confirmation.questionnaire}, asked by ${confirmation.ask}` : 'false'] as const,
  ]);
}

function rungInWords({ after, do: action }: Rung): string {
  return `${action} after ${spanInWords(after)}`;
}

const UNITS = { workingDays: 'working days', workingHours: 'working hours', hours: 'hours' } as const;

function spanInWords(span: Span): string {
  const [[unit, amount] = []] = Object.entries(span) as [keyof typeof UNITS, number][];
  return unit === undefined ? '' : `${amount} ${amount === 1 ? UNITS[unit].slice(0, -1) : UNITS[unit]}`;
}
