import type { Consent, ConsentProvision, Task } from '@medplum/fhirtypes';
import { call, done, found } from '../../support/api.ts';
import { consentOf, label, toOrganization } from '../../support/consents.ts';
import type { Partner } from '../../support/network.ts';
import { type Sending, type Sent, sendStory } from './referral.ts';

/** A referral that tells of HIV, the Consent that lets who is asked know of it, and the Task it was offered by. */
export type Permitted = Sent & { readonly consent: string; readonly leg: string };

export interface Sender {
  /** Sends one to the hub, for an organization. */
  send(to: Partner, more?: Partial<Sending>): ReturnType<typeof sendStory>;
  /** Sends one that needs a consent, and has it. */
  permitted(to: Partner, more?: Partial<Sending>): Promise<Permitted>;
  changeConsent(consent: string, status: Consent['status']): Promise<void>;
}

/** What a client says who lets an organization know of HIV. */
export function mayKnow(to: Partner): ConsentProvision {
  return { type: 'permit', actor: toOrganization(to.id), securityLabel: [label('HIV')] };
}

/** Sends referrals in a hospital's name, each with a number of its own. */
export function senderAs({ fhir }: { readonly fhir: string }, hospital: Partner): Sender {
  let number = 0;
  const send: Sender['send'] = (to, more = {}) => {
    number += 1;
    return sendStory({ fhir }, hospital, {
      number,
      status: 'requested',
      asks: to,
      direct: false,
      others: false,
      ...more,
    });
  };
  return {
    send,
    permitted: async (to, more = {}) => {
      const consents = (patient: string): Consent[] => [consentOf(patient, mayKnow(to))];
      const sent = await send(to, { labels: { request: [label('HIV')] }, consents, ...more });
      const [leg] = found<Task>(await call('GET', `${fhir}/Task?part-of=${sent.root}`));
      return { ...sent, consent: sent.consents[0] ?? '', leg: `Task/${leg?.id}` };
    },
    changeConsent: async (consent, status) => {
      const before = await done<Consent>(call('GET', `${fhir}/${consent}`, { token: hospital.token }));
      await done(call('PUT', `${fhir}/${consent}`, { token: hospital.token, body: { ...before, status } }));
    },
  };
}
