import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import type { Answer, Interaction, Session } from '../interaction.ts';
import { readAnew } from '../request/read-anew.ts';
import { entryOf, readEntry, refusedEntry } from './entry.ts';

/**
 * Carries out each entry of a batch by itself, in order; one that is refused does not harm the others.
 * @param perform carries out one interaction
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export async function runBatch(
  session: Session,
  bundle: Bundle,
  perform: (session: Session, asked: Interaction) => Promise<Answer>,
): Promise<Bundle> {
  const answers: BundleEntry[] = [];
  for (const [at, entry] of (bundle.entry ?? []).entries()) answers.push(await runEntry(session, entry, at, perform));
  return { resourceType: 'Bundle', type: 'batch-response', entry: answers };
}

async function runEntry(
  session: Session,
  entry: BundleEntry,
  at: number,
  perform: (session: Session, asked: Interaction) => Promise<Answer>,
): Promise<BundleEntry> {
  let asked: Interaction | undefined;
  try {
    asked = readEntry(entry, at, session.base);
    return entryOf(await perform(session, asked), readAnew(session.caller, asked));
  } catch (thrown) {
    return refusedEntry(thrown, at, asked);
  }
}
