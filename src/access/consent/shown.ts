import type { ShownOf } from '../../fhir/sharing/subsetted.ts';
import { labelsIn } from '../labels/label.ts';
import { type ConsentPolicy, type LabelRule, ruleOf } from './policy.ts';

/** What is shown of any resource: what it is, and under which rules. */
const ALWAYS = ['resourceType', 'id', 'meta', 'implicitRules', 'language'];

/**
 * What of a resource others than its author are shown, by the labels it carries: where several say something of it, only
 * what all of them do. Undefined where none does.
 */
export function shownToOthers(policy: ConsentPolicy): ShownOf {
  const spoken = new Set(policy.labels.flatMap(({ shows, labels }) => (shows ? labels : [])));
  return (resource) => {
    const lists = labelsIn(resource)
      .filter((label) => spoken.has(label))
      .flatMap((label) => namedBy(ruleOf(policy, label), resource.resourceType) ?? []);
    const [first, ...others] = lists.map((names) => [...ALWAYS, ...names]);
    return first?.filter((name) => others.every((names) => names.includes(name)));
  };
}

/** Whether others are shown a part of what a rule speaks of, if it is of this type. Pure. */
export function isShownInPart(rule: LabelRule, type: string): boolean {
  return namedBy(rule, type) !== undefined;
}

function namedBy(rule: LabelRule | undefined, type: string): string[][] | undefined {
  const elements = rule?.shows?.elements[type];
  return elements && [[...elements, ...(rule?.shows?.extensions ?? [])]];
}
