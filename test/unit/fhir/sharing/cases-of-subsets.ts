import type { Patient } from '@medplum/fhirtypes';
import { loadConsentPolicy } from '../../../../src/access/consent/policy.ts';
import { shownToOthers } from '../../../../src/access/consent/shown.ts';

/** Tells nothing of where somebody lives. */
const HARMLESS = {
  active: true,
  gender: 'female',
  birthDate: '1990-05-05',
  deceasedBoolean: false,
  multipleBirthInteger: 2,
  communication: [{ language: { text: 'Tigrinya' }, preferred: true }],
  managingOrganization: { reference: 'Organization/o' },
};

/** What occurs nowhere in what others are shown. */
export const STREET = 'Larkspur Row 77';
export const LABEL = { system: 'https://careloop.dev/fhir/CodeSystem/label', code: 'address-confidential' };
export const TAG = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
const RACE = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race';
const BIRTH_PLACE = 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace';

export const shownOf = shownToOthers(loadConsentPolicy());

const meta = { versionId: '1', security: [LABEL] };
const shownMeta = { ...meta, tag: [TAG] };

interface Case {
  readonly name: string;
  readonly said: object;
  /** What is left of that. */
  readonly left: object;
}

/** Of clients with a confidential address: what their records say beside their name, and what of it others are shown. */
export const SUBSETS: readonly Case[] = [
  {
    name: 'address, telecom, photo and narrative are not shown',
    said: {
      address: [{ line: [STREET] }],
      telecom: [{ system: 'phone', value: STREET }],
      photo: [{ title: STREET }],
      text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${STREET}</div>` },
    },
    left: {},
  },
  {
    name: 'nor are those they can be reached by, their doctor and other records',
    said: {
      contact: [{ name: { text: 'A sister' }, address: { line: [STREET] }, telecom: [{ value: STREET }] }],
      generalPractitioner: [{ display: STREET }],
      link: [{ other: { display: STREET }, type: 'seealso' }],
    },
    left: {},
  },
  {
    name: 'what is contained is not shown, nor what refers to it',
    said: {
      contained: [{ resourceType: 'Organization', id: 'o', address: [{ line: [STREET] }] }],
      managingOrganization: { reference: '#o' },
    },
    left: {},
  },
  {
    name: 'extensions are shown that are named, and no others, nor any within',
    said: {
      extension: [
        { url: BIRTH_PLACE, valueAddress: { text: STREET } },
        { url: RACE, extension: [{ url: 'text', valueString: 'Mixed' }] },
      ],
      identifier: [{ value: 'm-1', extension: [{ url: 'https://x.example/at', valueString: STREET }] }],
      _birthDate: { extension: [{ url: 'https://x.example/at', valueString: STREET }] },
    },
    left: {
      extension: [{ url: RACE, extension: [{ url: 'text', valueString: 'Mixed' }] }],
      identifier: [{ value: 'm-1' }],
    },
  },
  {
    name: 'of a list of extensions none of which is named nothing is left',
    said: { extension: [{ url: BIRTH_PLACE, valueAddress: { text: STREET } }] },
    left: {},
  },
  {
    name: 'what is nothing without what extensions say is left out',
    said: {
      communication: [
        {
          language: {
            coding: [{ code: 'ti' }],
            _text: { extension: [{ url: 'https://x.example', valueString: STREET }] },
          },
        },
      ],
      maritalStatus: { extension: [{ url: 'https://x.example', valueString: STREET }] },
    },
    left: { communication: [{ language: { coding: [{ code: 'ti' }] } }] },
  },
  {
    name: 'lists with gaps are closed',
    said: {
      identifier: [{ value: 'm-1', period: { start: '2020' } }],
      name: [
        { given: ['Ana', null], _given: [null, { extension: [{ url: 'https://x.example', valueString: STREET }] }] },
      ],
    },
    left: { identifier: [{ value: 'm-1', period: { start: '2020' } }], name: [{ given: ['Ana'] }] },
  },
  {
    name: 'what tells nothing of where they live is shown',
    said: HARMLESS,
    left: HARMLESS,
  },
];

const base = { resourceType: 'Patient', id: 'p', name: [{ family: 'Doe', given: ['Ana'] }] } as const;

export const saidOf = ({ said }: Case): Patient => ({ ...base, meta, ...said }) as unknown as Patient;
export const leftOf = ({ left }: Case): Patient => ({ ...base, meta: shownMeta, ...left }) as unknown as Patient;
