import type { Procedure, Task } from '@medplum/fhirtypes';
import { Client } from 'pg';
import { call, done, found } from '../../test/support/api.ts';
import { eventually } from '../../test/support/eventually.ts';
import { addPartner, type Partner, sendReferral } from '../../test/support/network.ts';
import { laterId, type Pattern } from '../preload/copy-cells.ts';

const HOSPITALS = 10;
const AGENCIES = 20;
const PATIENCE = { timeoutMs: 60_000, intervalMs: 200 };

/** Who takes part: referrals of the templates are between the first two, those of the copies between all. */
export interface Cast {
  readonly hospitals: readonly Partner[];
  readonly agencies: readonly Partner[];
}

/** Registers them; only the first agency offers a service, so that the templates go to it. */
export async function registerCast(hub: { url: string; fhir: string }): Promise<Cast> {
  const [hospitals, agencies]: [Partner[], Partner[]] = [[], []];
  for (let at = 0; at < HOSPITALS; at += 1) hospitals.push(await addPartner(hub, `Hospital ${at + 1}`));
  for (let at = 0; at < AGENCIES; at += 1) {
    const details = at === 0 ? { category: 'food-insecurity' } : {};
    agencies.push(await addPartner(hub, `Agency ${at + 1}`, details));
  }
  return { hospitals, agencies };
}

/** A loop that waits for an answer, as real messages left it. @returns by what its rows are known */
export async function openStory(hub: { url: string; fhir: string }, databaseUrl: string, cast: Cast): Promise<Pattern> {
  return told('open', databaseUrl, cast, async () => {
    await offered(hub, cast);
  });
}

/** Likewise one that was accepted, worked and closed. */
export async function closedStory(
  hub: { url: string; fhir: string },
  databaseUrl: string,
  cast: Cast,
): Promise<Pattern> {
  return told('closed', databaseUrl, cast, async () => {
    const { loopId, leg } = await offered(hub, cast);
    const token = cast.agencies[0]?.token;
    const accepted = await report(hub, token, leg, { status: 'in-progress' });
    const procedure = {
      resourceType: 'Procedure',
      status: 'completed',
      code: { text: 'Food pantry application filled in' },
      subject: accepted.for,
      basedOn: [accepted.focus],
    } as Procedure;
    await done(call('POST', `${hub.fhir}/Procedure`, { token, body: procedure }));
    const now = await done<Task>(call('GET', `${hub.fhir}/Task/${leg.id}`, { token }));
    await report(hub, token, now, { status: 'completed' });
    await eventually(async () => {
      await call('GET', `${hub.fhir}/Task/${loopId}`, { token: cast.hospitals[0]?.token });
      const { body } = await call<{ state: string }>('GET', `${hub.url}/api/loops/${loopId}`);
      if (body.state !== 'closed') throw new Error(`The template is ${body.state}.`);
    }, PATIENCE);
  });
}

async function offered(
  hub: { url: string; fhir: string },
  { hospitals, agencies }: Cast,
): Promise<{ loopId: string; leg: Task & { id: string } }> {
  const loopId = await sendReferral(hub, hospitals[0] as Partner);
  return eventually(async () => {
    const { body } = await call<{ nextStep: { step: string } }>('GET', `${hub.url}/api/loops/${loopId}`);
    if (body.nextStep?.step !== 'decide') throw new Error('The offer of the template has not arrived.');
    const [leg] = found<Task>(
      await call('GET', `${hub.fhir}/Task?part-of=Task/${loopId}`, { token: agencies[0]?.token }),
    );
    if (!leg) throw new Error('The template has no leg.');
    return { loopId, leg };
  }, PATIENCE);
}

function report(
  hub: { fhir: string },
  token: string | undefined,
  task: Task & { id: string },
  change: Partial<Task>,
): Promise<Task & { id: string }> {
  const headers = { 'if-match': `W/"${task.meta?.versionId}"` };
  return done<Task>(call('PUT', `${hub.fhir}/Task/${task.id}`, { token, headers, body: { ...task, ...change } }));
}

/** Tells a story, and finds the ids of what it has made. */
async function told(name: string, databaseUrl: string, cast: Cast, tell: () => Promise<void>): Promise<Pattern> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const before = new Set(await madeIds(client));
    await tell();
    const made = (await madeIds(client)).filter((id) => !before.has(id));
    return {
      ids: Object.fromEntries(made.map((id, at) => [`${name}${at}`, id])),
      idOf: laterId,
      columns: { hospital: oneOf(cast.hospitals), agency: oneOf(cast.agencies) },
      markers: [
        [cast.hospitals[0]?.id ?? '', 'hospital'],
        [cast.agencies[0]?.id ?? '', 'agency'],
      ],
    };
  } finally {
    await client.end();
  }
}

async function madeIds(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM resource UNION SELECT id::text FROM delivery UNION SELECT id::text FROM outbox',
  );
  return rows.map(({ id }) => id);
}

function oneOf(partners: readonly Partner[]): string {
  return `(ARRAY[${partners.map(({ id }) => `'${id}'`).join(', ')}])[n % ${partners.length} + 1]`;
}
