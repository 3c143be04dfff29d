import type { TestHub } from '../../support/hub.ts';
import type { Persona } from '../matrix/people-walk.ts';
import { isAbout } from '../matrix/personas.ts';
import { EVERYBODY } from '../matrix/walk.ts';
import { HUB, type Told } from '../network/told.ts';
import { join } from '../people/people-hub.ts';
import type { GuardedNetwork } from './stories.ts';

/** A person beside what their role lets them see of a mandated report and of what a consent is wanting for. */
export interface GuardedPersona extends Persona {
  /** Whether they may ask for the accounting of disclosures, and whether that tells them of mandated reports. */
  readonly accounting: 'all' | 'unrestricted' | 'refused';
}

/** Who is signed in, and what roles let them see: written down here, not asked of the hub. */
export async function guardedPersonas(hub: TestHub, network: GuardedNetwork): Promise<GuardedPersona[]> {
  const [hospital = { id: '' }] = network.hospitals;
  const of = (role: string) => network.agencies.find(({ id }) => id.endsWith(role)) ?? { id: '' };
  const report = network.resources.find(
    ({ as, restricted, author }) => as === 'root' && restricted && author === hospital.id,
  );
  const patientId = network.resources.find(({ as, story }) => as === 'patient' && story === report?.story)?.id ?? '';
  const glass = await join(hub, 'glass@hub.example', ['administrator']);
  const broken = await glass.send('POST', '/api/break-glass', { reason: 'Somebody is in danger', minutes: 60 });
  if (broken.status !== 201) throw new Error(JSON.stringify(broken.body));
  const configuration = new Set(['Organization', 'HealthcareService', 'Practitioner', 'Questionnaire', 'Endpoint']);
  const writesCare = (type: string): boolean => !configuration.has(type);
  const unrestricted = { sees: isUnrestricted, reads: () => true, seesLoop: isUnrestricted } as const;
  const worker = async (at: { id: string }): Promise<GuardedPersona> => ({
    name: `worker at ${at.id}`,
    browser: await join(hub, `worker@${at.id}.example`, ['agency-worker'], { organizationId: at.id }),
    sees: (told) => isUnrestricted(told) && (told.readers.has(at.id) || told.readers.has(EVERYBODY)),
    reads: () => true,
    seesLoop: (loop) => isUnrestricted(loop) && (loop.sender === at.id || loop.receivers.has(at.id)),
    writes: () => true,
    accounting: 'refused',
  });
  return [
    {
      name: 'case manager',
      browser: await join(hub, 'cm@hub.example', ['case-manager']),
      ...unrestricted,
      writes: writesCare,
      accounting: 'unrestricted',
    },
    {
      name: 'case manager, protection worker',
      browser: await join(hub, 'pw@hub.example', ['case-manager', 'protection-worker']),
      sees: () => true,
      reads: () => true,
      seesLoop: () => true,
      writes: writesCare,
      accounting: 'all',
    },
    {
      name: 'administrator, glass broken',
      browser: glass,
      ...unrestricted,
      writes: () => false,
      accounting: 'unrestricted',
    },
    await worker(of('plain')),
    await worker(of('agreed')),
    {
      name: 'hospital viewer',
      browser: await join(hub, 'hv@hospital.example', ['hospital-viewer'], { organizationId: hospital.id }),
      sees: (told) => isUnrestricted(told) && told.author === hospital.id,
      reads: () => true,
      seesLoop: (loop) => isUnrestricted(loop) && loop.sender === hospital.id,
      writes: () => false,
      accounting: 'refused',
    },
    {
      name: 'client',
      browser: await join(hub, 'client@home.example', ['client'], { organizationId: HUB, patientId }),
      sees: (told, content) => isUnrestricted(told) && isAbout(content, patientId),
      reads: (type) => !['Group', 'Binary'].includes(type),
      seesLoop: undefined,
      writes: () => false,
      standsOnly: true,
      accounting: 'refused',
    },
  ];
}

function isUnrestricted({ restricted }: Pick<Told, 'restricted'>): boolean {
  return restricted !== true;
}
