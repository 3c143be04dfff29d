import type { Attachment, Resource } from '@medplum/fhirtypes';
import { knownThere, seen } from '../counterparts/counterparts.ts';
import { lockNames } from '../db/locks.ts';
import type { WriteSession } from '../fhir/rest/interaction.ts';
import { create, update } from '../fhir/rest/interactions/write.ts';
import type { Had } from './referred.ts';
import { asHere, type Places, refuseOtherClient, relinked } from './relink.ts';

/** To which loop something belongs, and whose client it is about. */
export interface Belonging {
  readonly loopId: string;
  /** `Patient/id` */
  readonly client: string | undefined;
}

/**
 * Writes what came with a Task or a message, each once: what is here already, as the next version of it where it has
 * changed there.
 * @param places is given where each stands here
 * @throws AppError as any write of its organization
 */
export async function keepReferred(
  session: WriteSession,
  had: readonly Had[],
  places: Places & { readonly known: Map<string, string> },
  { loopId, client }: Belonging,
): Promise<void> {
  const { unit, caller } = session;
  const { organizationId } = caller;
  const addresses = had.map(({ there }) => there);
  // Two Tasks may list the same.
  await lockNames(unit.tx, addresses);
  const kept = await knownThere(unit.tx, organizationId, addresses);
  const placed = had.map((each) => {
    const before = kept.get(each.there);
    const id = before?.resourceId ?? unit.newId();
    places.known.set(each.there, `${each.resource.resourceType}/${id}`);
    return { ...each, id, before };
  });
  for (const { there, resource, digest, id, before } of placed) {
    if (before?.digest === digest) continue;
    const here = withContents(asHere<Resource>(resource, there, places), places);
    refuseOtherClient(here, client);
    if (before) await update(session, { ...here, id } as Resource & { id: string });
    else await create(session, here, id);
    const type = resource.resourceType;
    unit.add(seen, {
      organization_id: organizationId,
      type,
      resource_id: id,
      loop_id: loopId,
      there,
      status: null,
      digest,
      again: false,
    });
  }
}

/** Documents lead to their contents by an address that is no reference. */
function withContents(resource: Resource, places: Places): Resource {
  if (resource.resourceType !== 'DocumentReference') return resource;
  const content = resource.content.map((each) => ({ ...each, attachment: attachmentHere(each.attachment, places) }));
  return { ...resource, content };
}

/** An attachment whose content is here by now. Pure. */
export function attachmentHere(attachment: Attachment, places: Places): Attachment {
  return attachment.url === undefined ? attachment : { ...attachment, url: relinked(attachment.url, places) };
}
