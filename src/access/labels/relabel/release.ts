import type { LocalReference } from '../../../fhir/references.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../../fhir/store/unit-of-work.ts';
import { carriedBy, forgetCarried } from '../carried.ts';
import { DERIVED_SQL } from '../carry-labels.ts';
import { contentsOf, keysOfDerived } from '../derived.ts';
import { labelsIn, unlabelled } from '../label.ts';
import type { Labelling } from '../label-rule.ts';
import { whyDue } from './due.ts';

/**
 * Takes labels that were taken off a resource off what came by them from it alone, and so on from there. What has them for
 * another reason keeps them: a code, whose record it is, something else it comes from, or that its author gave it them.
 */
export async function releaseDerived(
  unit: UnitOfWork,
  labelling: Labelling,
  from: Stored,
  labels: readonly string[],
): Promise<void> {
  const released = [{ resource: from, labels }];
  for (let next = released.shift(); next; next = released.shift()) {
    for (const { type, id } of await derivedOf(unit, next.resource)) {
      const derived = await unit.lock(type, id, BY_HUB);
      const off = derived ? await removable(unit, labelling, derived, next.labels) : [];
      if (!derived || off.length === 0) continue;
      await unit.put(unlabelled(derived, new Set(off), labelling.policy), BY_HUB);
      await forgetCarried(unit, { type, id }, off);
      released.push({ resource: unit.staged(type, id) ?? derived, labels: off });
    }
  }
}

async function derivedOf(unit: UnitOfWork, resource: Stored): Promise<LocalReference[]> {
  const keys = keysOfDerived({ type: resource.resourceType, id: resource.id });
  return [...(await unit.tx.query<LocalReference>(DERIVED_SQL, [keys])), ...contentsOf(resource)];
}

/** What a Provenance says of a label that was taken off is for those who might know of the label. */
const KEEPS_LABELS = 'Provenance';

async function removable(
  unit: UnitOfWork,
  labelling: Labelling,
  derived: Stored,
  labels: readonly string[],
): Promise<string[]> {
  const { resourceType: type, id } = derived;
  if (type === KEEPS_LABELS) return [];
  const has = new Set(labelsIn(derived));
  const carried = await carriedBy(unit, { type, id });
  const isHubs = unit.authorOf(type, id) === unit.hubOrg;
  const possible = labels.filter((label) => has.has(label) && (isHubs || carried.has(label)));
  const removed: string[] = [];
  for (const label of possible) if (!(await whyDue(unit, labelling, derived, label))) removed.push(label);
  return removed;
}
