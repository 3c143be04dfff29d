import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { SUBSETTED } from '../sharing/subsetted.ts';
import type { WriteRule } from '../store/transact.ts';

/**
 * Who was given a part of a resource, by `_elements`, `_summary` or because no more is for it, does not put the part in the
 * place of the whole: what it was not given would be erased.
 * @see https://hl7.org/fhir/R4/search.html#elements
 */
export const wholeWrites: WriteRule = {
  types: ['*'],
  check: async ({ type, id, before, after }) => {
    if (!before || isPart(before) || !isPart(after)) return after;
    const text = `This is a part of ${type}/${id}: it is marked SUBSETTED. Read the whole, without _elements and _summary, change that, and send it; or send a patch.`;
    throw new AppError('unprocessable', 'resource.subsetted', text, {
      issues: [{ text, expression: `${type}.meta.tag` }],
      subject: { type, id },
    });
  },
};

function isPart({ meta }: Resource): boolean {
  return (meta?.tag ?? []).some(({ system, code }) => system === SUBSETTED.system && code === SUBSETTED.code);
}
