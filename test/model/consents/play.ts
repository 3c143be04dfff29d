import type { Consent } from '@medplum/fhirtypes';
import type { Played, Scene } from '../scene.ts';
import { HUB } from '../world.ts';
import type { ConsentCommand } from './commands.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const SCOPE = 'http://terminology.hl7.org/CodeSystem/consentscope';
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';

/** A case manager writes down what the client agrees to, or that this counts no more. */
export async function playConsent({ hub, state }: Scene, command: ConsentCommand): Promise<Played> {
  if (command.do === 'end-consent') {
    const given = state.consents[command.consent % Math.max(1, state.consents.length)];
    if (!given) return {};
    given.isActive = false;
    return { said: await hub.change(HUB, `Consent/${given.id}`, { status: 'inactive' }), expected: true };
  }
  const { effect, whom } = command;
  const at = hub.now().toISOString();
  const named = whom && {
    role: { coding: [{ system: PARTICIPATION, code: 'IRCP' }] },
    reference: { reference: hub.refer(whom) },
  };
  const consent: Consent = {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: SCOPE, code: 'patient-privacy' }] },
    category: [{ coding: [{ system: ACT_CODE, code: 'IDSCL' }] }],
    patient: { reference: hub.refer('client') },
    dateTime: at,
    policyRule: { coding: [{ system: ACT_CODE, code: 'OPTIN' }] },
    provision: { type: effect, ...(named ? { actor: [named] } : {}) },
  };
  const said = await hub.create(HUB, consent);
  state.consents.push({ id: said.id ?? '', effect, whom, at, isActive: true });
  return { said, expected: true };
}
