import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import { allowed } from '../../scopes/allowed.ts';
import type { Session } from '../interaction.ts';
import { readVersion } from '../interactions/read.ts';
import { parseAddress } from '../request/address.ts';
import { confirmation } from '../request/confirmation.ts';
import type { Preference } from '../request/prefer.ts';

/** The answer to a Bundle with what each of its entries wrote, when its sender wants to see it. */
export async function withWritten(session: Session, answer: Bundle, returns: Preference['returns']): Promise<Bundle> {
  if (returns === 'OperationOutcome') return { ...answer, entry: (answer.entry ?? []).map(confirmed) };
  if (returns !== 'representation') return answer;
  const entry: BundleEntry[] = [];
  for (const each of answer.entry ?? []) entry.push(await withResource(session, each));
  return { ...answer, entry };
}

async function withResource(session: Session, entry: BundleEntry): Promise<BundleEntry> {
  const address = entry.response?.location ? parseAddress(entry.response.location) : undefined;
  if (entry.resource || address?.kind !== 'version') return entry;
  // Who may write and not read is not shown what was written.
  if (allowed(session.caller, 'r', address.type) !== 'all') return entry;
  return { resource: await readVersion(session.store.db, session.caller, address), ...entry };
}

/** What was read, or refused, says so itself. */
function confirmed(entry: BundleEntry): BundleEntry {
  const { response } = entry;
  if (!response || entry.resource || response.outcome || !/^2/.test(response.status ?? '')) return entry;
  const address = response.location ? parseAddress(response.location) : undefined;
  const written = address?.kind === 'version' ? { resourceType: address.type, id: address.id } : undefined;
  return { ...entry, response: { ...response, outcome: confirmation(Number(response.status), written) } };
}
