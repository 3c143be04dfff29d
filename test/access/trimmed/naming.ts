import type { Bundle, Resource } from '@medplum/fhirtypes';
import { type Partner, referralBundle } from '../../support/network.ts';
import { RIDES } from './clients.ts';

/** How a client is called, and known, in what is written beside its record. */
export const CALLED = 'Robin Unspoken';
export const SSN = { system: 'http://hl7.org/fhir/sid/us-ssn', value: '900-11-4444' };
export const NARRATIVE = { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${CALLED}</div>` };

/** A referral for rides, addressed to who is to do it, with a reason and a letter; each of them says how the client is called. */
export function namingReferral(sender: Partner, receiver: Partner): Bundle {
  const bundle = referralBundle(sender, { category: RIDES, owner: `Organization/${receiver.id}`, family: 'Unspoken' });
  const [, order, task] = (bundle.entry ?? []).map(({ resource }) => resource);
  const client = { reference: bundle.entry?.[0]?.fullUrl ?? '', display: CALLED, type: 'Patient' };
  const reason = entryOf(1, {
    resourceType: 'Condition',
    subject: { ...client, identifier: SSN },
    code: { text: 'Hunger' },
    text: NARRATIVE,
  });
  const letter = entryOf(2, {
    resourceType: 'DocumentReference',
    status: 'current',
    subject: client,
    content: [{ attachment: { contentType: 'text/plain', data: 'TG9uZw==' } }],
  });
  Object.assign(order ?? {}, {
    subject: client,
    text: NARRATIVE,
    reasonReference: [{ reference: reason.fullUrl }],
    supportingInfo: [{ reference: letter.fullUrl }],
  });
  const note = [{ authorReference: client, text: 'In the morning' }];
  Object.assign(task ?? {}, { for: client, text: NARRATIVE, note });
  return { ...bundle, entry: [...(bundle.entry ?? []), reason, letter] };
}

function entryOf(at: number, resource: object): NonNullable<Bundle['entry']>[number] {
  const { resourceType } = resource as Resource;
  return {
    fullUrl: `urn:uuid:5b1f4f6e-0000-4000-8000-00000000001${at}`,
    request: { method: 'POST', url: resourceType },
    resource: resource as Resource,
  };
}
