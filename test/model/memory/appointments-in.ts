import type { Appointment } from '@medplum/fhirtypes';
import type { Tables } from './tables.ts';

/** All appointments, changed last at the end. */
export function appointmentsIn({ resources }: Tables): (Appointment & { id: string; author: string })[] {
  const rows = [...resources.values()].flatMap(({ content, deleted, author_org }) =>
    content.resourceType === 'Appointment' && !deleted ? [{ ...content, author: author_org }] : [],
  );
  return rows.sort((a, b) => placeOf(a).localeCompare(placeOf(b)));
}

function placeOf({ meta, id }: Appointment): string {
  return `${meta?.lastUpdated} ${id}`;
}
