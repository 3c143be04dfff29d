import type { Observation, Organization, Patient, Resource, Task } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import type { TestClock } from '../support/clock.ts';

const MRN = 'https://hospital.example';

/** Organizations, patients and what was observed of them, a minute apart. @returns their ids by short names */
export async function fillDirectory(fhir: string, clock: TestClock): Promise<ReadonlyMap<string, string>> {
  const named = new Map<string, string>();
  const add = async (name: string, resource: Resource): Promise<void> => {
    const { id } = await done(call('POST', `${fhir}/${resource.resourceType}`, { body: resource }));
    named.set(name, id);
  };
  for (let number = 1; number <= 7; number += 1) await add(`org${number}`, organization(`Org ${number}`));
  await add('odd', organization('Org 100_% sure'));
  named.set('hub', 'careloop');
  const patients = patientsOf(named.get('org1') ?? '');
  for (const [name, patient] of Object.entries(patients)) {
    await add(name, patient);
    clock.advance(60_000);
  }
  const observations: Record<string, Observation> = {
    glucose: {
      ...observation(named.get('asa') ?? '', '2026-01-01'),
      performer: [{ identifier: { system: 'https://npi.example', value: '77' } }],
    },
    weight: observation(named.get('omar') ?? '', '2026-01-02'),
    mood: observation(named.get('asa') ?? '', '2026-01-03'),
  };
  for (const [name, each] of Object.entries(observations)) await add(name, each);
  const ongoing: Task = {
    resourceType: 'Task',
    status: 'draft',
    intent: 'plan',
    executionPeriod: { start: '2026-01' },
  };
  await add('ongoing', ongoing);
  await add('over', { ...ongoing, executionPeriod: { start: '2025-01', end: '2025-02' } });
  return named;
}

function organization(name: string): Organization {
  return { resourceType: 'Organization', active: true, name };
}

function patientsOf(organizationId: string): Record<string, Patient> {
  return {
    asa: {
      resourceType: 'Patient',
      active: true,
      identifier: [{ system: MRN, value: 'MRN-1' }],
      name: [{ use: 'official', family: 'Löwenström', given: ['Åsa', 'Margareta'] }],
      gender: 'female',
      birthDate: '1950-05-05',
      address: [{ city: 'Reykjavík' }],
      managingOrganization: { reference: `Organization/${organizationId}` },
    },
    omar: {
      resourceType: 'Patient',
      identifier: [{ system: MRN, value: 'MRN-2' }],
      name: [{ family: 'Haddad', given: ['Omar'] }],
      gender: 'male',
      birthDate: '1980-06',
    },
    maria: {
      resourceType: 'Patient',
      identifier: [{ value: 'bare' }],
      name: [{ family: 'Smith, Jr', given: ['Maria'] }],
      gender: 'female',
      birthDate: '1999',
    },
    nameless: { resourceType: 'Patient' },
  };
}

function observation(patientId: string, effectiveDateTime: string): Observation {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime,
  };
}
