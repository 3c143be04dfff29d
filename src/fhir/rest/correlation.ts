import type { Resource, Task } from '@medplum/fhirtypes';
import { fromJsonText } from '../json-text.ts';

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

interface Read {
  readonly type: string;
  readonly id: string;
  /** Its JSON. */
  readonly text: string;
}

/** The same of what is read, which is looked into only where it may be a part of a Task, or about one. */
export function correlationIn({ type, id, text }: Read): string | undefined {
  if (type !== 'Task') return undefined;
  return text.includes('Task/') ? correlationOf(fromJsonText(text)) : id;
}
