import { AppError } from '../../errors.ts';
import type { WriteRule } from '../store/transact.ts';
import type { Stored, UnitOfWork } from '../store/unit-of-work.ts';

/**
 * What an organization wrote, it changes and deletes, and nobody else: being shown a resource is no right to change it.
 * The hub's people may.
 * @param hasOwnRule whether a rule of its own says who may change a resource, and what of it; or of one such change of it
 */
export function authorWrites(hasOwnRule: (before: Stored, after: Stored | undefined) => boolean): WriteRule {
  return {
    types: ['*'],
    check: async ({ before, after }, unit) => {
      if (before && !hasOwnRule(before, after)) requireAuthor(before, unit);
      return after;
    },
    settle: async ({ before, after }, unit) => {
      if (before && !after && !hasOwnRule(before, after)) requireAuthor(before, unit);
    },
  };
}

/** @throws AppError when another organization than the caller's wrote it */
export function requireAuthor({ resourceType: type, id }: Stored, unit: UnitOfWork): void {
  if (unit.caller.kind !== 'client' || unit.authorOf(type, id) === unit.caller.organizationId) return;
  const text = `${type}/${id} was written by another organization, and only that may change it. Write a resource of your own that refers to it.`;
  throw new AppError('forbidden', 'resource.not-yours', text, {
    issues: [{ text, expression: type }],
    subject: { type, id },
  });
}
