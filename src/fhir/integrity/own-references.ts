import { findReferences, mapReferences } from '../references.ts';
import type { WriteRule } from '../store/transact.ts';
import type { Stored } from '../store/unit-of-work.ts';
import { isBelow } from './known-servers.ts';

/**
 * A reference to this hub by its full address is kept as `Type/id`: it is found by searches, it is held to be there,
 * and stays right when the hub's address changes. A Bundle is kept as it was sent: in it, `Type/id` is relative to where the
 * entry comes from.
 * @param base the address of this hub's FHIR API
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
export function ownReferences(base: string): WriteRule {
  return {
    types: ['*'],
    check: async ({ after }) => {
      if (after.resourceType === 'Bundle') return after;
      if (!findReferences(after).some(({ reference }) => isBelow(reference, base))) return after;
      return mapReferences<Stored>(after, (reference) =>
        isBelow(reference, base) ? reference.slice(base.length + 1) : reference,
      );
    },
  };
}
