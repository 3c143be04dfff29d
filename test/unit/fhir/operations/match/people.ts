import type { Patient } from '@medplum/fhirtypes';

/** A source of chance that gives the same sequence each time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Two records, and whether they are of one person. */
export interface LabelledPair {
  readonly kind: string;
  readonly one: Patient;
  readonly other: Patient;
  readonly same: boolean;
}

const FAMILIES = [
  'Smith',
  'Johnson',
  'Garcia',
  'Nguyen',
  'Löwenström',
  "O'Brien",
  'de la Cruz',
  'Kim',
  'Okafor',
  'Haddad',
  'Andersson',
  'Kowalska',
  'Lee',
  'Martinez',
];
const GIVEN = [
  'Anna',
  'Maria',
  'James',
  'Robert',
  'Åsa',
  'Omar',
  'Li',
  'Jose',
  'Mary',
  'Ingrid',
  'Chinedu',
  'Fatima',
  'Peter',
  'Elena',
  'Ann',
  'Jon',
  'Jan',
  'Marie',
];
const STREETS = ['Main Street', 'Oak Avenue', 'Storgatan', 'Hill Road', 'Mission Boulevard'];
const CITIES = ['Springfield', 'Malmö', 'Oakland', 'Portland'];

/** Makes people, the slips that happen in records of them, and others who are like them. */
export function labelledPairs(count: number, chance: () => number): LabelledPair[] {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T;
  const digits = (many: number): string => Array.from({ length: many }, () => Math.floor(chance() * 10)).join('');
  const day = (): string =>
    `${1935 + Math.floor(chance() * 80)}-${pad(1 + Math.floor(chance() * 12))}-${pad(1 + Math.floor(chance() * 28))}`;

  const person = (): Patient => ({
    resourceType: 'Patient',
    name: [{ family: pick(FAMILIES), given: [pick(GIVEN)] }],
    gender: pick(['male', 'female']),
    birthDate: day(),
    telecom: [{ system: 'phone', value: digits(10) }],
    address: [
      { line: [`${1 + Math.floor(chance() * 200)} ${pick(STREETS)}`], city: pick(CITIES), postalCode: digits(5) },
    ],
  });
  const named = (patient: Patient, change: { family?: string; given?: string }): Patient => ({
    ...patient,
    name: [
      {
        family: change.family ?? patient.name?.[0]?.family ?? '',
        given: [change.given ?? patient.name?.[0]?.given?.[0] ?? ''],
      },
    ],
  });
  const other = (from: readonly string[], than = ''): string => {
    const chosen = pick(from);
    return chosen === than ? other(from, than) : chosen;
  };
  const slip = (text: string): string => {
    const at = 1 + Math.floor(chance() * (text.length - 2));
    return text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2);
  };
  const given = (patient: Patient): string => patient.name?.[0]?.given?.[0] ?? '';
  const family = (patient: Patient): string => patient.name?.[0]?.family ?? '';

  const slips: Readonly<Record<string, (patient: Patient) => Patient>> = {
    'the same': (patient) => ({ ...patient }),
    'slip in the family name': (patient) => named(patient, { family: slip(family(patient)) }),
    'slip in the given name': (patient) => named(patient, { given: slip(`${given(patient)}a`) }),
    'names exchanged': (patient) => named(patient, { family: given(patient), given: family(patient) }),
    'day and month exchanged': (patient) => {
      const [year, month, date] = (patient.birthDate ?? '').split('-');
      return { ...patient, birthDate: Number(date) <= 12 ? `${year}-${date}-${month}` : `${year}-${month}-${date}` };
    },
    'one digit wrong': (patient) => ({
      ...patient,
      birthDate: `${patient.birthDate?.slice(0, 9)}${(Number(patient.birthDate?.slice(9)) + 1) % 9 || 1}`,
    }),
    moved: (patient) => ({ ...patient, telecom: [], address: person().address ?? [] }),
    married: (patient) => named(patient, { family: other(FAMILIES, family(patient)) }),
    'no contact': ({ address: _address, telecom: _telecom, ...patient }) => patient,
  };
  const likes: Readonly<Record<string, (patient: Patient) => Patient>> = {
    twin: (patient) => named(patient, { given: other(GIVEN, given(patient)) }),
    'parent of the same name': (patient) => ({
      ...patient,
      birthDate: `${Number(patient.birthDate?.slice(0, 4)) - 27}${day().slice(4)}`,
    }),
    namesake: (patient) => named(person(), { family: family(patient), given: given(patient) }),
    'sibling in one household': (patient) =>
      named({ ...patient, birthDate: day() }, { given: other(GIVEN, given(patient)) }),
    'born on the same day': (patient) => ({
      ...named(person(), { family: other(FAMILIES, family(patient)), given: other(GIVEN, given(patient)) }),
      birthDate: patient.birthDate ?? '',
    }),
    stranger: () => person(),
  };

  return Array.from({ length: count }, () => {
    const one = person();
    const same = chance() < 0.5;
    const [kind, make] = pick(Object.entries(same ? slips : likes));
    return { kind, one, other: make(one), same };
  });
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
