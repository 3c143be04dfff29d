import type { Resource, Task } from '@medplum/fhirtypes';

/**
 * The id of everything said about one referral, as `X-Correlation-Id` has it on each hop: that of the outermost Task. Of a
 * Task about another Task (a request to stop) it is not told here: which is the outermost stands in that.
 */
export function correlationOf(resource: Resource | undefined): string | undefined {
  if (resource?.resourceType !== 'Task') return undefined;
  const { id, partOf, focus }: Task = resource;
  if (focus?.reference?.startsWith('Task/')) return undefined;
  const around = partOf?.[0]?.reference;
  return around?.startsWith('Task/') ? around.slice('Task/'.length) : id;
}
