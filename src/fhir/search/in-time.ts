import { isTooLong } from '../../db/database.ts';
import { AppError } from '../../errors.ts';

/**
 * Carries out a search. Some have no index to go by (`:missing`, `:contains`, `_sort`, a code that most resources have):
 * the database looks at all there is, and ends what takes too long. Histories and operations that read much say by
 * `refused` what to do of them.
 * @throws AppError (422, `too-costly`) when it was ended
 * @see https://hl7.org/fhir/R4/valueset-issue-type.html
 */
export async function inTime<T>(search: () => Promise<T>, refused = searchTooCostly): Promise<T> {
  try {
    return await search();
  } catch (thrown) {
    throw isTooLong(thrown) ? refused(thrown) : thrown;
  }
}

const TEXT =
  'This search takes longer than this server allows, and was ended. Say more of what you look for, e.g. a patient, an identifier, a code or a time; :missing, :contains, _sort and _total look at all that the rest of the search finds.';

function searchTooCostly(cause: unknown): AppError {
  return new AppError('tooCostly', 'search.too-costly', TEXT, { cause });
}
