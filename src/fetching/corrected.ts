import type { Task } from '@medplum/fhirtypes';
import { digestOf } from '../channels/digest.ts';
import { readThere, unlessAway } from '../channels/fhir-fetch.ts';
import { knownThere } from '../counterparts/counterparts.ts';
import type { Sql } from '../db/database.ts';
import { addressThere } from './relink.ts';
import type { Source } from './source.ts';

/**
 * Whether an outcome that was taken with a Task reads otherwise on its server by now, though the Task is as it was.
 * What is not given any more was given once: nothing is corrected by that.
 */
export async function isCorrected(sql: Sql, source: Source, task: Task): Promise<boolean> {
  const addresses = listedIn(task.output).flatMap((reference) => addressThere(reference, source) ?? []);
  const known = await knownThere(sql, source.organizationId, addresses);
  for (const [there, { digest }] of known) {
    const answer = await readThere(there, source.context).catch(unlessAway);
    if (answer && 'resource' in answer && digestOf(answer.resource) !== digest) return true;
  }
  return false;
}

/** A Task that was refused is read again, too, and nothing of it may be as it should: what is no reference leads nowhere. */
function listedIn(output: unknown): string[] {
  const list: unknown[] = Array.isArray(output) ? output : [];
  return list.flatMap((each) => {
    const reference = (each as { valueReference?: { reference?: unknown } | null } | null)?.valueReference?.reference;
    return typeof reference === 'string' ? [reference] : [];
  });
}
