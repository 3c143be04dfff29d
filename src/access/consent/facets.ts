import { CONFIDENTIALITY } from '../../fhir/sharing/confidentiality.ts';
import type { DisclosedResource } from './disclosure.ts';
import { type ConsentPolicy, type LabelRule, ruleOf } from './policy.ts';

/** One side of a resource that is decided by itself: what it tells beside all labels, and what each label stands for. */
export interface Facet {
  readonly label: string | undefined;
  /** What the policy says of it; undefined for what carries no label. */
  readonly rule: LabelRule | undefined;
  /** Whether a security label of a provision speaks of it. */
  readonly isSpokenOfBy: (label: string, type: 'permit' | 'deny') => boolean;
}

/** Labels within others. @see http://terminology.hl7.org/CodeSystem/v3-ActCode */
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  ETHUD: ['SUD', 'ETH'],
  OPIOIDUD: ['SUD', 'ETH'],
  SUD: ['ETH'],
  ETH: ['SUD'],
  PSYTHPN: ['PSY'],
};

/**
 * The facets of a resource: each must be permitted, so a further label never permits more. What its sensitive labels make
 * restricted is so however it is marked. Pure.
 */
export function facetsOf({ labels }: DisclosedResource, policy: ConsentPolicy): readonly [Facet, ...Facet[]] {
  const marked = Math.max(NORMAL, ...labels.map((label) => CONFIDENTIALITY.indexOf(label)));
  const sensitive = [...new Set(labels)].flatMap((label) => {
    const rule = ruleOf(policy, label);
    return rule ? [facet(label, rule, Math.max(RESTRICTED, marked))] : [];
  });
  return [facet(undefined, undefined, sensitive.length > 0 ? NORMAL : marked), ...sensitive];
}

const NORMAL = CONFIDENTIALITY.indexOf('N');
const RESTRICTED = CONFIDENTIALITY.indexOf('R');

function facet(label: string | undefined, rule: LabelRule | undefined, confidentiality: number): Facet {
  const names = label === undefined ? [] : [label, ...(WITHIN[label] ?? [])];
  return {
    label,
    rule,
    isSpokenOfBy: (spoken, type) => {
      const level = CONFIDENTIALITY.indexOf(spoken);
      if (level < 0) return names.includes(spoken);
      // A permit is a high-water mark: up to so much; a denial is one from below. A mark alone names no label.
      if (type === 'permit') return confidentiality <= level && label === undefined;
      return confidentiality >= level;
    },
  };
}
