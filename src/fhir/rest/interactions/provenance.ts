import type { Provenance, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import type { WriteSession } from '../interaction.ts';
import { create } from './write.ts';

const HEADER = 'X-Provenance';

/**
 * The Provenance that comes in a header with a change.
 * @throws AppError (400) when it is none, or names its targets itself
 * @see https://hl7.org/fhir/R4/provenance.html#header
 */
export function readProvenance(header: string | undefined): Provenance | undefined {
  if (header === undefined) return undefined;
  const provenance = parsed(header);
  if (provenance?.resourceType !== 'Provenance') {
    throw refused(`The header ${HEADER} must hold a Provenance as JSON, in ASCII (\\u00e5 for å).`);
  }
  if (provenance.target !== undefined) {
    throw refused(`The Provenance in ${HEADER} has no target: this server sets it to what the request writes.`);
  }
  return provenance;
}

/** Stores where a change came from, in the transaction of the change; its targets are the versions written. */
export async function noteProvenance(
  session: WriteSession,
  provenance: Provenance | undefined,
  written: readonly (Resource | undefined)[],
): Promise<void> {
  if (!provenance) return;
  const versions = written.flatMap((resource) => {
    const change = session.unit.changes.find(({ id, type }) => id === resource?.id && type === resource?.resourceType);
    return change?.after && change.after !== change.before ? [change.after] : [];
  });
  if (versions.length === 0) return;
  const target = versions.map(({ resourceType, id, meta }) => ({
    reference: `${resourceType}/${id}/_history/${meta?.versionId}`,
  }));
  await create(session, { ...provenance, target } as Provenance);
}

function parsed(header: string): Provenance | undefined {
  try {
    return JSON.parse(header) as Provenance | undefined;
  } catch {
    return undefined;
  }
}

function refused(text: string): AppError {
  return new AppError('invalid', 'http.x-provenance', text);
}
