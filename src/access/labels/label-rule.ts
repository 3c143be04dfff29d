import { isForEverybody } from '../../fhir/sharing/readers.ts';
import type { WriteRule } from '../../fhir/store/transact.ts';
import type { Stored, UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import type { ConsentPolicy } from '../consent/policy.ts';
import { type LabelsOf, labelsByCodes } from './code-lists.ts';
import { labelled, sensitiveIn } from './label.ts';

/** What labelling needs. */
export interface Labelling {
  readonly policy: ConsentPolicy;
  readonly labelsOf: LabelsOf;
  /** The id of the hub's own Organization. */
  readonly hubOrg: string;
}

/**
 * What is written is labelled for what its codes tell, and for whose record it comes from. A label that a resource has
 * is kept, whatever an update leaves out.
 */
export function labelRule(labelling: Labelling): WriteRule {
  return {
    types: ['*'],
    check: async ({ before, after }, unit) => {
      if (!isLabelled(after)) return after;
      const { policy, labelsOf } = labelling;
      const labels = [
        ...sensitiveIn(before, policy),
        ...sensitiveIn(after, policy),
        ...labelsByCodes(after, labelsOf),
        ...labelsOfSource(authorOf(unit, before), policy),
      ];
      return labelled(after, labels, policy);
    },
  };
}

/** Directories and definitions are nobody's record; a Consent speaks of what it permits, and must reach who needs it. */
export function isLabelled({ resourceType }: Pick<Stored, 'resourceType'>): boolean {
  return !isForEverybody(resourceType) && !UNLABELLED.has(resourceType);
}

/** Types beside those of directories and definitions. */
export const UNLABELLED: ReadonlySet<string> = new Set(['Consent', 'Endpoint', 'Subscription', 'AuditEvent']);

function authorOf(unit: UnitOfWork, before: Stored | undefined): string {
  return (before && unit.authorOf(before.resourceType, before.id)) ?? unit.caller.organizationId;
}

/** The labels of all records of an organization. Pure. */
export function labelsOfSource(author: string, { sources }: ConsentPolicy): string[] {
  return sources.filter(({ organization }) => organization === author).flatMap(({ labels }) => labels);
}
