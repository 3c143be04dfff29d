import type { Shown } from '../subsetted.ts';

/** Of resources of these types a policy may have a part shown: who somebody is, and how to reach them. */
export const TRIMMED_TYPES: readonly string[] = ['Patient', 'RelatedPerson', 'Person'];

const CORE = 'http://hl7.org/fhir/us/core/StructureDefinition';
const BASE = 'http://hl7.org/fhir/StructureDefinition';

/**
 * What of a client may be shown or not, in the words of policies: each with the elements as they stand in JSON, a part of
 * one (`birthDate|year`), or the URLs of extensions. A RelatedPerson and a Person are shown by the same words.
 * @see https://hl7.org/fhir/R4/patient.html
 */
const WORDS: Readonly<Record<string, Shown>> = {
  name: ['name'],
  gender: ['gender'],
  birthDate: ['birthDate'],
  'birthDate:year': ['birthDate|year'],
  deceased: ['deceasedBoolean', 'deceasedDateTime'],
  address: ['address'],
  'address:area': ['address|area'],
  telecom: ['telecom'],
  identifier: ['identifier'],
  communication: ['communication'],
  contact: ['contact'],
  maritalStatus: ['maritalStatus'],
  multipleBirth: ['multipleBirthBoolean', 'multipleBirthInteger'],
  photo: ['photo'],
  generalPractitioner: ['generalPractitioner'],
  managingOrganization: ['managingOrganization'],
  link: ['link'],
  race: [`${CORE}/us-core-race`],
  ethnicity: [`${CORE}/us-core-ethnicity`],
  tribalAffiliation: [`${CORE}/us-core-tribal-affiliation`],
  birthSex: [`${CORE}/us-core-birthsex`],
  sex: [`${CORE}/us-core-sex`],
  genderIdentity: [
    `${CORE}/us-core-genderIdentity`,
    `${BASE}/individual-genderIdentity`,
    `${BASE}/patient-genderIdentity`,
  ],
  pronouns: [`${BASE}/individual-pronouns`],
  religion: [`${BASE}/patient-religion`],
  nationality: [`${BASE}/patient-nationality`, `${BASE}/patient-citizenship`],
  birthPlace: [`${BASE}/patient-birthPlace`],
  mothersMaidenName: [`${BASE}/patient-mothersMaidenName`],
};

/** Words that a value follows: the system of identifiers, the URL of an extension. */
const WITH_VALUE = /^(identifier|extension):([^\s|]{1,500})$/;

/** All words, as a sentence lists them. */
export const DEMOGRAPHICS: readonly string[] = [...Object.keys(WORDS), 'identifier:<system>', 'extension:<url>'];

export function isDemographic(word: string): boolean {
  return Object.hasOwn(WORDS, word) || WITH_VALUE.test(word);
}

/** What a policy cannot take away: what a resource is, whether it is in use, and of relatives what they are to whom. */
const ALWAYS: Shown = [
  ...['resourceType', 'id', 'meta', 'implicitRules', 'language', 'active'],
  ...['patient', 'relationship', 'period'],
];

/** What is shown by some words, in a fixed order. Pure. */
export function shownBy(words: readonly string[]): Shown {
  return [...new Set([...ALWAYS, ...words.flatMap(meant)])].sort();
}

function meant(word: string): Shown {
  const [, kind, value = ''] = WITH_VALUE.exec(word) ?? [];
  if (kind !== undefined) return [kind === 'identifier' ? `identifier|${value}` : value];
  return WORDS[word] ?? [];
}

const KEPT: ReadonlySet<string> = new Set(ALWAYS);

/** Whether an element is shown under every policy. Pure. */
export function isAlwaysShown(element: string): boolean {
  return KEPT.has(element);
}
