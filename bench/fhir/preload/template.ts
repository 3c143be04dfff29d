import type { Bundle, Organization } from '@medplum/fhirtypes';
import { call, done, found } from '../../../test/support/api.ts';
import { cellBundle, SLOTS, type Slot, STATUSES } from '../resources.ts';

const OWNERS = 20;

/** The day everything of the template is of; no other date in it is near. */
export const DAY = '2001-02-03';

/** One cell as real writes left it, with the texts by which its rows are known and made others of. */
export interface Template {
  readonly ids: Readonly<Record<Slot, string>>;
  /** The ids of what the hub made of these itself. */
  readonly made: readonly string[];
  readonly number: string;
  readonly family: string;
  readonly day: string;
  /** The owner of each Task; in the copies it is another one of `owners`. */
  readonly taskOwners: readonly string[];
  readonly owners: readonly string[];
  readonly requester: string;
  /** What the programs of the requester present. */
  readonly token: string;
}

/** Writes the organizations and one cell through the API, as anybody would. */
export async function writeTemplate(url: string): Promise<Template> {
  const fhir = `${url}/fhir/R4`;
  const named = (name: string): Promise<string> => organization(fhir, name);
  const requester = await named('General Hospital');
  const owners: string[] = [];
  for (let at = 0; at < OWNERS; at += 1) owners.push(await named(`Food Bank ${at + 1}`));
  const taskOwners: string[] = [];
  for (const _ of STATUSES) taskOwners.push(await named('Of the template'));
  const { token } = (
    await call<{ token: string }>('POST', `${url}/api/clients`, {
      body: { name: 'Bench', organizationId: requester.split('/')[1] },
    })
  ).body;
  const about = { number: 'cell-template', family: 'Templatefamily', day: DAY };
  const body = cellBundle({ ...about, requester, owners: taskOwners });
  const answer = await done<Bundle>(call('POST', fhir, { token, body }));
  const locations = (answer.entry ?? []).map(({ response }) => response?.location?.split('/') ?? []);
  const ids = locations.map(([, id]) => id ?? '');
  const named10 = Object.fromEntries(SLOTS.map((slot, at) => [slot, ids[at] ?? ''])) as Record<Slot, string>;
  const targets = locations.map(([type, id]) => `${type}/${id}`);
  const made = await madeOf(fhir, targets);
  return { ...about, ids: named10, made, taskOwners, owners, requester, token };
}

/** The Provenance of what was written; who asks for it has it made. */
async function madeOf(fhir: string, targets: readonly string[]): Promise<string[]> {
  const made = found(await call('GET', `${fhir}/Provenance?target=${targets.join(',')}&_count=100`));
  if (made.length < targets.length) throw new Error('Not everything of the template has its Provenance.');
  return made.map(({ id }) => id);
}

async function organization(fhir: string, name: string): Promise<string> {
  const body: Organization = { resourceType: 'Organization', active: true, name };
  return `Organization/${(await done(call('POST', `${fhir}/Organization`, { body }))).id}`;
}
