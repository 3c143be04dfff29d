import type { Consent } from '@medplum/fhirtypes';
import type { Played, Scene } from '../scene.ts';
import { HUB, type Party } from '../world.ts';
import type { ConsentCommand } from './commands.ts';
import { isWithin } from './model.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const SCOPE = 'http://terminology.hl7.org/CodeSystem/consentscope';
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';

/** Somebody writes down what the client agrees to, or that this counts no more. */
export async function playConsent({ hub, state, sender }: Scene, command: ConsentCommand): Promise<Played> {
  if (command.do === 'end-consent') {
    const given = state.consents[command.consent % Math.max(1, state.consents.length)];
    if (!given) return {};
    given.isActive = false;
    const by = command.by === 'hub' ? HUB : (given.by as Party);
    return { said: await hub.change(by, `Consent/${given.id}`, { status: 'inactive' }), expected: true };
  }
  const { effect, whom } = command;
  const by = command.by === 'hub' ? HUB : sender;
  const at = hub.now().toISOString();
  const from = command.begins === null ? null : later(at, command.begins);
  const to = command.lasts === null ? null : later(from ?? at, command.lasts);
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
    provision: {
      type: effect,
      ...(from || to ? { period: { ...(from ? { start: from } : {}), ...(to ? { end: to } : {}) } } : {}),
      ...(named ? { actor: [named] } : {}),
    },
  };
  const said = await hub.create(by, consent);
  state.consents.push({ id: said.id ?? '', by, effect, whom, at, isActive: isWithin(at, from, to) });
  return { said, expected: true };
}

function later(moment: string, hours: number): string {
  return new Date(new Date(moment).getTime() + hours * 3_600_000).toISOString();
}
