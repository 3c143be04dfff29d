import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, Patient, Task } from '@medplum/fhirtypes';
import { call, done, found } from '../../support/api.ts';
import { type Partner, type ReferralOptions, referralBundle } from '../../support/network.ts';
import { MRN, RACE } from '../../unit/fhir/sharing/records.ts';

export const RIDES = 'transportation-insecurity';
export const FOOD = 'food-insecurity';

/** What who drives somebody to the doctor is shown of them. */
export const FOR_RIDES = ['name', 'birthDate:year', 'address:area', `identifier:${MRN}`, 'communication', 'race'];

/** A folder whose policy says what is shown of a client to who is asked for rides. */
export function policyOf(demographics: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'careloop-policies-'));
  const rules = [
    { for: { category: RIDES }, because: 'Who drives needs to know whom, and about where.', demographics },
  ];
  writeFileSync(join(folder, 'policy.json'), JSON.stringify({ name: 'Of the town', because: 'To see.', rules }));
  return folder;
}

let clients = 0;

/** A client; what of it is not for who drives occurs nowhere else. */
export function aClient(): Patient & { readonly number: number } {
  clients += 1;
  const number = clients;
  return {
    number,
    resourceType: 'Patient',
    identifier: [
      { system: MRN, value: `mrn-${number}` },
      { system: 'http://hl7.org/fhir/sid/us-ssn', value: `900-11-${1000 + number}` },
    ],
    name: [{ family: `Client${number}`, given: ['Robin'] }],
    gender: 'other',
    birthDate: '1957-05-07',
    maritalStatus: { text: 'Widowhood' },
    telecom: [{ system: 'phone', value: `555-0177-${number}` }],
    address: [{ line: ['Larkspur Row 77'], city: 'Farhaven', postalCode: '98765' }],
    communication: [{ language: { text: 'Tigrinya' } }],
    contact: [{ name: { text: 'Sister Selam' } }],
    photo: [{ title: 'Portrait at home' }],
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Larkspur Row 77</div>' },
    extension: [
      { url: RACE, extension: [{ url: 'text', valueString: 'Mixed' }] },
      { url: 'http://hl7.org/fhir/StructureDefinition/patient-religion', valueCodeableConcept: { text: 'Quaker' } },
    ],
  };
}

/** What is left of it for who drives. */
export function forRides({ number }: Pick<ReturnType<typeof aClient>, 'number'>): object {
  return {
    identifier: [{ system: MRN, value: `mrn-${number}` }],
    name: [{ family: `Client${number}`, given: ['Robin'] }],
    birthDate: '1957',
    address: [{ city: 'Farhaven', postalCode: '98765' }],
    communication: [{ language: { text: 'Tigrinya' } }],
    extension: [{ url: RACE, extension: [{ url: 'text', valueString: 'Mixed' }] }],
  };
}

/** What nobody is told who is not shown it. */
export const SECRETS: readonly RegExp[] = [
  /900-11-/,
  /555-0177/,
  /Larkspur/,
  /05-07/,
  /Widowhood/,
  /Sister Selam/,
  /Portrait/,
  /Quaker/,
  /"gender"|<gender/,
];

export interface Told {
  readonly patient: string;
  readonly root: string;
}

/** A referral of a client. @param client the record, or the id of one that is here */
export async function refer(
  hub: { readonly fhir: string },
  sender: Partner,
  client: Patient | string,
  options: ReferralOptions,
): Promise<Told> {
  const { number: _number, ...record } = (typeof client === 'string' ? {} : client) as Patient & { number?: number };
  const bundle = referralBundle(sender, options);
  const [first, ...others] = bundle.entry ?? [];
  const rest = JSON.parse(
    JSON.stringify(others).replaceAll(String(first?.fullUrl), `Patient/${String(client)}`),
  ) as typeof others;
  const entry = typeof client === 'string' ? rest : [{ ...first, resource: record as Patient }, ...others];
  const answer = await done<Bundle>(call('POST', hub.fhir, { token: sender.token, body: { ...bundle, entry } }));
  const names = (answer.entry ?? []).map(({ response }) => response?.location?.split('/_history')[0] ?? '');
  const nameOf = (type: string): string => names.find((name) => name.startsWith(`${type}/`)) ?? '';
  return { patient: typeof client === 'string' ? `Patient/${client}` : nameOf('Patient'), root: nameOf('Task') };
}

/** The Task that an organization has of a referral. */
export async function taskOf(hub: { readonly fhir: string }, { root }: Told): Promise<Task & { id: string }> {
  const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${root}`));
  if (!leg) throw new Error('no leg');
  return leg;
}
