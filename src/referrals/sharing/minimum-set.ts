import type { Reference, ServiceRequest, Task } from '@medplum/fhirtypes';
import { type LocalReference, parseLocal } from '../../fhir/references.ts';
import { isForEverybody } from '../../fhir/sharing/readers.ts';
import type { ShareReason } from '../../fhir/sharing/shared.ts';
import type { Stored } from '../../fhir/store/unit-of-work.ts';

/** One of the resources that an organization must read to do what it is asked. */
export interface Needed extends LocalReference {
  readonly reason: ShareReason;
}

/**
 * What an organization must read to decide on a Task and to do it, and nothing else: the Task, what is asked, for whom,
 * why, and what was sent along. Pure.
 */
export function minimumSet(task: Stored<Task>, request: Stored<ServiceRequest>): Needed[] {
  const needed: Needed[] = [
    { type: 'Task', id: task.id, reason: 'task' },
    { type: 'ServiceRequest', id: request.id, reason: 'request' },
    ...referred([task.for ?? request.subject], 'client').filter(({ type }) => type === 'Patient'),
    ...referred(
      [...(task.reasonReference ? [task.reasonReference] : []), ...(request.reasonReference ?? [])],
      'reason',
    ),
    ...referred(request.supportingInfo, 'supporting-information'),
  ];
  const first = new Map(needed.toReversed().map((each) => [`${each.type}/${each.id}`, each]));
  return needed.filter((each) => first.get(`${each.type}/${each.id}`) === each && !isForEverybody(each.type));
}

function referred(references: readonly Reference[] | undefined, reason: ShareReason): Needed[] {
  return (references ?? []).flatMap(({ reference }) => {
    const local = parseLocal(reference);
    return local ? [{ ...local, reason }] : [];
  });
}

/** The resources here that a Task lists as its outcome. Pure. */
export function outcomesOf({ output }: Task): LocalReference[] {
  return (output ?? []).flatMap(({ valueReference }) => parseLocal(valueReference?.reference) ?? []);
}

/** The Binaries here that hold the content of a document. Pure. */
export function contentsOf(document: { readonly content?: unknown }): LocalReference[] {
  const contents = (document.content ?? []) as { attachment?: { url?: string } }[];
  const local = contents.flatMap(({ attachment }) => parseLocal(attachment?.url) ?? []);
  return local.filter(({ type }) => type === 'Binary');
}
