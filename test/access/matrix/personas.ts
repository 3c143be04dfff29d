import type { Resource } from '@medplum/fhirtypes';
import type { TestHub } from '../../support/hub.ts';
import { HUB, type Network, type Told } from '../network/told.ts';
import { join } from '../people/people-hub.ts';
import { comeByMailbox } from '../people/visitor.ts';
import { contentsOf } from './matrix.ts';
import { type Persona, walkAs } from './people-walk.ts';
import { Tally, type Verdicts } from './tally.ts';
import { EVERYBODY } from './walk.ts';

/** What the stories hold of what a hub works by. */
const CONFIGURATION = new Set(['Organization', 'HealthcareService', 'Practitioner', 'Questionnaire', 'Endpoint']);

const isReader = (told: Told, org: string): boolean => told.readers.has(org) || told.readers.has(EVERYBODY);
const isConfiguration = (type: string): boolean => CONFIGURATION.has(type);

/** Whether a resource says that it is about a client. */
export function isAbout(content: Resource, patient: string): boolean {
  const said = content as { id?: string; subject?: unknown; patient?: unknown; for?: unknown; beneficiary?: unknown };
  const references = [said.subject, said.patient, said.for, said.beneficiary].map(
    (each) => (each as { reference?: string })?.reference,
  );
  return references.includes(`Patient/${patient}`) || (content.resourceType === 'Patient' && said.id === patient);
}

/** A part that an agency works on at this moment. */
async function askedNow({ deps }: TestHub): Promise<{ organizationId: string; loopId: string; taskId: string }> {
  const [leg] = await deps.db.query<{ organizationId: string; loopId: string; taskId: string }>(
    `SELECT organization_id AS "organizationId", loop_id AS "loopId", task_id AS "taskId" FROM share s
     JOIN resource r ON r.type = 'Task' AND r.id = s.task_id
     WHERE s.type = 'Task' AND s.reason = 'task' AND s.ended_at IS NULL AND s.withheld IS NULL AND NOT r.restricted
       AND r.content ->> 'status' IN ('requested', 'accepted', 'in-progress') AND r.content #>> '{owner,reference}' = 'Organization/' || organization_id
     ORDER BY s.id LIMIT 1`,
  );
  if (!leg) throw new Error('Nobody is asked anything.');
  return leg;
}

async function personas(hub: TestHub, network: Network): Promise<Persona[]> {
  const [hospital = { id: '' }] = network.hospitals;
  const [agency = { id: '' }] = network.agencies;
  const patientId = network.resources.find(({ as }) => as === 'patient')?.id ?? '';
  const asked = await askedNow(hub);
  const at = (organizationId: string): { organizationId: string } => ({ organizationId });
  const everything = { sees: () => true, reads: () => true, seesLoop: () => true };
  const care = { ...everything, writes: (type: string) => !isConfiguration(type) };
  const admin = await join(hub, 'admin@hub.example', ['administrator']);
  const glass = await join(hub, 'glass@hub.example', ['administrator']);
  const broken = await glass.send('POST', '/api/break-glass', { reason: 'Somebody is in danger', minutes: 60 });
  if (broken.status !== 201) throw new Error(JSON.stringify(broken.body));
  const isSentBy = (told: Told, org: string): boolean =>
    told.readers.has(EVERYBODY) ||
    told.author === org ||
    (told.readers.has(org) && network.loops.some(({ story, sender }) => story === told.story && sender === org));
  const worker = (org: string): Omit<Persona, 'name' | 'browser'> => ({
    sees: (told) => isReader(told, org),
    reads: () => true,
    seesLoop: ({ sender, receivers }) => sender === org || receivers.has(org),
    writes: () => true,
  });
  const viewer = (org: string): Omit<Persona, 'name' | 'browser'> => ({
    sees: (told) => isSentBy(told, org),
    reads: () => true,
    seesLoop: ({ sender }) => sender === org,
    writes: () => false,
  });
  return [
    { name: 'case manager', browser: await join(hub, 'cm@hub.example', ['case-manager']), ...care },
    { name: 'supervisor', browser: await join(hub, 'sv@hub.example', ['supervisor']), ...care },
    {
      name: 'administrator',
      browser: admin,
      sees: () => true,
      reads: isConfiguration,
      seesLoop: undefined,
      writes: isConfiguration,
    },
    { name: 'administrator, glass broken', browser: glass, ...everything, writes: isConfiguration },
    {
      name: 'auditor',
      browser: await join(hub, 'au@hub.example', ['auditor']),
      sees: () => false,
      reads: () => false,
      seesLoop: undefined,
      writes: () => false,
    },
    {
      name: 'agency worker',
      browser: await join(hub, 'aw@agency.example', ['agency-worker'], at(agency.id)),
      ...worker(agency.id),
    },
    {
      name: 'worker of a hospital',
      browser: await join(hub, 'hw@hospital.example', ['agency-worker'], at(hospital.id)),
      ...worker(hospital.id),
    },
    {
      name: 'hospital viewer',
      browser: await join(hub, 'hv@hospital.example', ['hospital-viewer'], at(hospital.id)),
      ...viewer(hospital.id),
    },
    {
      name: 'viewer of an agency',
      browser: await join(hub, 'av@agency.example', ['hospital-viewer'], at(agency.id)),
      ...viewer(agency.id),
    },
    {
      name: 'who came by the mailbox of an agency',
      browser: await comeByMailbox(hub, asked),
      sees: () => false,
      reads: () => false,
      seesLoop: undefined,
      writes: () => false,
    },
    {
      name: 'client',
      browser: await join(hub, 'client@home.example', ['client'], { organizationId: HUB, patientId }),
      sees: (told, content) => told.readers.has(EVERYBODY) || isAbout(content, patientId),
      // Its own record is made of what is about it.
      reads: (type) => !['Group', 'Binary'].includes(type),
      seesLoop: undefined,
      writes: () => false,
      standsOnly: true,
    },
  ];
}

/**
 * Walks role × organization × resource × route, and compares what is answered with what stories and roles say.
 * @param hub with little work for passwords
 */
export async function walkPeople(hub: TestHub, network: Network): Promise<Verdicts> {
  const tally = new Tally();
  const contents = await contentsOf(hub, network);
  for (const persona of await personas(hub, network)) {
    await walkAs({ tally, resources: network.resources, contents, loops: network.loops }, persona);
  }
  return tally.verdicts();
}
