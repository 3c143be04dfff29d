import type { HumanName, Patient } from '@medplum/fhirtypes';
import { cut, foldText } from '../../store/index/keys.ts';

/** A name as it is compared: letters only, lower case, without accents. */
export interface ComparedName {
  readonly family: string;
  readonly given: readonly string[];
  /** As it is said: the given names, then the family's. */
  readonly whole: string;
  /** Whether it was written as a whole only: which part of it is the family name is a guess. */
  readonly isGuess: boolean;
}

/** What is compared of a patient, each part brought into one form. Empty where the patient says nothing. */
export interface Person {
  /** By system, the values the person has in it. */
  readonly identifiers: ReadonlyMap<string, ReadonlySet<string>>;
  readonly names: readonly ComparedName[];
  /** As FHIR writes it, of any precision. */
  readonly birthDate: string | undefined;
  readonly gender: string | undefined;
  /** The last nine digits: countries write what stands before them in many ways. */
  readonly phones: ReadonlySet<string>;
  readonly emails: ReadonlySet<string>;
  readonly lines: ReadonlySet<string>;
  readonly postcodes: ReadonlySet<string>;
  readonly cities: ReadonlySet<string>;
}

/** How much of a patient is compared: each name is held against each of the other's, each line against each, letter by letter. */
const MOST_NAMES = 5;
const MOST_GIVEN = 5;
const MOST_ADDRESSES = 5;
const MOST_LINES = 2;
const LONGEST = 60;

/** What of a patient says who it is, in the form in which it is compared. Pure. */
export function personOf(patient: Patient): Person {
  const addresses = (patient.address ?? []).filter(({ use }) => use !== 'old').slice(0, MOST_ADDRESSES);
  const telecom = patient.telecom ?? [];
  return {
    identifiers: identifiersOf(patient),
    names: (patient.name ?? [])
      .map(nameOf)
      .filter(({ family, given }) => family !== '' || given.length > 0)
      .slice(0, MOST_NAMES),
    birthDate: patient.birthDate,
    gender: patient.gender === 'unknown' ? undefined : patient.gender,
    phones: texts(
      telecom.filter(({ system }) => system === 'phone' || system === 'sms').map(({ value }) => phone(value)),
    ),
    emails: texts(telecom.filter(({ system }) => system === 'email').map(({ value }) => foldText(value ?? ''))),
    lines: texts(addresses.flatMap(({ line }) => (line ?? []).slice(0, MOST_LINES).map(words))),
    postcodes: texts(addresses.map(({ postalCode }) => postcode(postalCode))),
    cities: texts(addresses.map(({ city }) => words(city))),
  };
}

function identifiersOf({ identifier }: Patient): ReadonlyMap<string, ReadonlySet<string>> {
  const bySystem = new Map<string, Set<string>>();
  for (const { system, value, use } of identifier ?? []) {
    if (!system || !value || use === 'old') continue;
    bySystem.set(system, (bySystem.get(system) ?? new Set()).add(value.trim()));
  }
  return bySystem;
}

function nameOf(name: HumanName): ComparedName {
  const { family, given } = partsOf(name);
  const parts = given.flatMap((each) => words(each).split(' ')).filter((part) => part !== '');
  return {
    family: words(family).replaceAll(' ', ''),
    given: parts.slice(0, MOST_GIVEN),
    whole: words([...given, family].join(' ')),
    isGuess: !name.family && !name.given,
  };
}

/**
 * The parts of a name. Of one that is written as a whole only, the family name is what stands before a comma, or else the
 * last word. Pure.
 * @see https://hl7.org/fhir/R4/datatypes.html#HumanName
 */
export function partsOf({ family, given, text }: HumanName): { readonly family: string; readonly given: string[] } {
  if (family || given || !text) return { family: family ?? '', given: given ?? [] };
  const [before = '', after] = text.split(/,(.*)/s);
  if (after?.trim()) return { family: before.trim(), given: after.trim().split(/\s+/) };
  const said = text.trim().split(/\s+/);
  return { family: said.at(-1) ?? '', given: said.slice(0, -1) };
}

/** The letters and digits a text begins with, in lower case and without accents; everything else becomes one space. */
function words(text: string | undefined): string {
  return foldText(cut(text ?? '', LONGEST))
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

const COMPARED_DIGITS = 9;
const FEWEST_DIGITS = 6;

function phone(text: string | undefined): string {
  const digits = (text ?? '').replace(/\D/g, '');
  return digits.length < FEWEST_DIGITS ? '' : digits.slice(-COMPARED_DIGITS);
}

/** The first five characters: the rest of a US ZIP+4 is often left out. */
function postcode(text: string | undefined): string {
  return words(text).replaceAll(' ', '').slice(0, 5);
}

function texts(values: readonly string[]): ReadonlySet<string> {
  return new Set(values.filter((value) => value !== ''));
}
