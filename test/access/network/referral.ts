import type { Bundle, BundleEntry, Coding, Consent, Patient, Resource } from '@medplum/fhirtypes';
import { call, done } from '../../support/api.ts';
import type { Partner } from '../../support/network.ts';

/** How a referral is sent. */
export interface Sending {
  readonly number: number;
  readonly status: 'requested' | 'draft';
  /** Whom the sender wants asked first; or (direct) whom it asks itself. */
  readonly asks: Partner;
  readonly direct: boolean;
  /** Whether somebody else can be asked when that one declines. */
  readonly others: boolean;
  /** What of it the sender has labelled, and with what. */
  readonly labels?: Readonly<Partial<Record<StoryPart, readonly Coding[]>>>;
  /** What the client's record says beside. */
  readonly patient?: Partial<Patient>;
  /** Consents that are sent along. @param patient a reference */
  readonly consents?: (patient: string) => readonly Consent[];
}

/** What a sender wrote down, by what it is: `Type/id`. */
export type Sent = Readonly<Record<StoryPart, string>>;
export type StoryPart = (typeof STORY_PARTS)[number];

/** In the order of the Bundle. What is private concerns the same person, and no referral says so. */
export const STORY_PARTS = [
  'patient',
  'reason',
  'scan',
  'document',
  'supporting',
  'privateNote',
  'privateCover',
  'privatePlan',
  'request',
  'root',
] as const;

export const FOOD = 'food-insecurity';
const SDOHCC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';

/**
 * Sends a referral with a reason, a document and a finding; and writes down more about the same person.
 * @returns also the Consents that were sent along, in order
 */
export async function sendStory(
  hub: { fhir: string },
  sender: Partner,
  sending: Sending,
): Promise<Sent & { readonly consents: readonly string[] }> {
  const body: Bundle = { resourceType: 'Bundle', type: 'transaction', entry: entriesOf(sender, sending) };
  const answer = await done<Bundle>(call('POST', hub.fhir, { token: sender.token, body }));
  const names = (answer.entry ?? []).map(({ response }) => (response?.location ?? '').split('/').slice(0, 2).join('/'));
  const sent = Object.fromEntries(STORY_PARTS.map((name, at) => [name, names[at] ?? ''])) as Sent;
  return { ...sent, consents: names.slice(STORY_PARTS.length) };
}

function entriesOf(sender: Partner, sending: Sending): BundleEntry[] {
  const { number, status, asks, direct, others, labels = {}, consents, patient } = sending;
  const at = (name: StoryPart): { reference: string } => ({
    reference: `urn:uuid:5b1f4f6e-0000-4000-8000-0000000000${String(STORY_PARTS.indexOf(name) + 10)}`,
  });
  const requester = { reference: `Organization/${sender.id}` };
  const subject = at('patient');
  const secret = { identifier: [{ system: 'https://secrets.example', value: `s-${number}` }] };
  const drafts: Record<StoryPart, object> = {
    patient: {
      resourceType: 'Patient',
      identifier: [{ system: 'https://mrn.example', value: `mrn-${number}` }],
      name: [{ family: `Story${number}`, given: ['Robin'] }],
      birthDate: `19${String(50 + (number % 50))}-05-05`,
      ...patient,
    },
    reason: { resourceType: 'Condition', code: { text: `Hungry ${number}` }, subject },
    scan: { resourceType: 'Binary', contentType: 'text/plain', data: Buffer.from(`scan ${number}`).toString('base64') },
    document: {
      resourceType: 'DocumentReference',
      status: 'current',
      subject,
      content: [{ attachment: { contentType: 'text/plain', url: at('scan').reference } }],
    },
    supporting: { resourceType: 'Observation', status: 'final', code: { text: 'Finding' }, subject },
    privateNote: { resourceType: 'Observation', status: 'final', code: { text: 'Private' }, subject, ...secret },
    privateCover: { resourceType: 'Coverage', status: 'active', beneficiary: subject, payor: [requester], ...secret },
    privatePlan: { resourceType: 'CarePlan', status: 'active', intent: 'plan', subject, ...secret },
    request: {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      category: [{ coding: [{ system: SDOHCC, code: others ? FOOD : 'no-service-has-it' }] }],
      code: { text: 'Food' },
      subject,
      requester,
      performer: [{ reference: `Organization/${asks.id}` }],
      reasonReference: [at('reason')],
      supportingInfo: [at('document'), at('supporting')],
    },
    root: {
      resourceType: 'Task',
      identifier: [{ system: 'https://hospital.example/stories', value: `story-${number}` }],
      status,
      intent: 'order',
      code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
      focus: at('request'),
      for: subject,
      authoredOn: '2026-03-02T09:00:00Z',
      requester,
      owner: { reference: direct ? `Organization/${asks.id}` : 'Organization/careloop' },
    },
  };
  const parts = STORY_PARTS.map((name): BundleEntry => {
    const resource = drafts[name] as Resource;
    const security = labels[name];
    return {
      fullUrl: at(name).reference,
      request: { method: 'POST', url: resource.resourceType },
      resource: security ? { ...resource, meta: { security: [...security] } } : resource,
    };
  });
  const given = (consents?.(subject.reference) ?? []).map(
    (resource): BundleEntry => ({ request: { method: 'POST', url: 'Consent' }, resource }),
  );
  return [...parts, ...given];
}
