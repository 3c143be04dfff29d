import type { Channel } from './channel.ts';

const LOOK_AGAIN_MS = 3_600_000;

/**
 * The partner has only a FHIR client and works on this hub's server: what is said is there to be read the moment it is
 * stored. How a referral ended counts as told only when the sender's side has read it.
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/referral_workflow.html (light)
 */
export const fhirPull: Channel = {
  name: 'fhir-pull',
  send: async (message, _endpoint, { now }) => {
    if (message.kind !== 'closing') return { kind: 'delivered', code: 'waits-here' };
    return { kind: 'wait', code: 'awaits-reader', until: new Date(now.getTime() + LOOK_AGAIN_MS) };
  },
  ask: async () => undefined,
};
