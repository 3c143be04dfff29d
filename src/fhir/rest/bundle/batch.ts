import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import type { Answer, Interaction, Session } from '../interaction.ts';
import { entryOf, readEntry, refusedEntry } from './entry.ts';

/**
 * Carries out each entry of a batch by itself; one that is refused does not harm the others.
 * @param perform carries out one interaction
 * @throws AppError when the conditions of the batch cannot be read, before anything is done
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export async function runBatch(
  session: Session,
  bundle: Bundle,
  perform: (session: Session, asked: Interaction) => Promise<Answer>,
): Promise<Bundle> {
  const entries = (bundle.entry ?? []).map(readEntry);
  const answers: BundleEntry[] = [];
  for (const [at, asked] of entries.entries()) {
    answers.push(
      await perform(session, asked).then(
        (answer) => entryOf(answer, asked),
        (thrown: unknown) => refusedEntry(thrown, at, asked),
      ),
    );
  }
  return { resourceType: 'Bundle', type: 'batch-response', entry: answers };
}
