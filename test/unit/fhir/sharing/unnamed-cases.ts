import type { Resource } from '@medplum/fhirtypes';
import { TAG } from './cases-of-subsets.ts';
import { MRN } from './records.ts';

interface Case {
  readonly name: string;
  readonly said: object;
  /** The same object: nothing is taken, and it is not marked. */
  readonly left: object;
}

const SSN = 'http://hl7.org/fhir/sid/us-ssn';
const meta = { versionId: '1', tag: [{ code: 'kept' }] };
const marked = { versionId: '1', tag: [{ code: 'kept' }, TAG] };
const condition = { resourceType: 'Condition', id: 'c' };

/** What others than clients' records say of clients, and what is left of it for who is shown no name, and one identifier. */
export const UNNAMED: readonly Case[] = [
  {
    name: 'a reference to a client keeps what it leads to',
    said: { ...condition, meta, subject: { reference: 'Patient/p', display: 'Robin Tester', type: 'Patient' } },
    left: { ...condition, meta: marked, subject: { reference: 'Patient/p', type: 'Patient' } },
  },
  {
    name: 'wherever it stands, in whatever form, in extensions too',
    said: {
      ...condition,
      extension: [
        { url: 'x', valueReference: { reference: 'http://there.example/fhir/Patient/p/_history/1', display: 'Robin' } },
      ],
      evidence: [
        {
          detail: [
            { reference: 'RelatedPerson/r', display: 'Sister Selam' },
            { reference: 'Observation/o', display: 'Blood' },
          ],
        },
      ],
    },
    left: {
      ...condition,
      extension: [{ url: 'x', valueReference: { reference: 'http://there.example/fhir/Patient/p/_history/1' } }],
      evidence: [{ detail: [{ reference: 'RelatedPerson/r' }, { reference: 'Observation/o', display: 'Blood' }] }],
      meta: { tag: [TAG] },
    },
  },
  {
    name: 'one that says a name only is gone',
    said: { ...condition, meta, subject: { display: 'Robin Tester', _display: { extension: [] } } },
    left: { ...condition, meta: marked },
  },
  {
    name: 'of identifiers those that are shown stay',
    said: {
      ...condition,
      subject: { reference: 'Patient/p', identifier: { system: SSN, value: '900-11-1' } },
      encounter: { reference: 'Encounter/e', identifier: { system: SSN, value: 'not a client' } },
      participant: [
        { type: 'Patient', identifier: { system: MRN, value: 'mrn-1' } },
        { type: 'Patient', identifier: { value: '900-11-1' } },
      ],
    },
    left: {
      ...condition,
      subject: { reference: 'Patient/p' },
      encounter: { reference: 'Encounter/e', identifier: { system: SSN, value: 'not a client' } },
      participant: [{ type: 'Patient', identifier: { system: MRN, value: 'mrn-1' } }, { type: 'Patient' }],
      meta: { tag: [TAG] },
    },
  },
  {
    name: 'of a contained client nothing is left but that it is there; narratives are gone',
    said: {
      ...condition,
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Robin Tester</div>' },
      contained: [
        { resourceType: 'Patient', id: 'x', name: [{ text: 'Robin Tester' }] },
        { resourceType: 'Organization', id: 'o', name: 'Clinic', text: { status: 'generated', div: 'Robin' } },
      ],
      subject: { reference: '#x', display: 'Robin Tester' },
      recorder: { reference: '#o', display: 'Clinic' },
    },
    left: {
      ...condition,
      contained: [
        { resourceType: 'Patient', id: 'x' },
        { resourceType: 'Organization', id: 'o', name: 'Clinic' },
      ],
      subject: { reference: '#x' },
      recorder: { reference: '#o', display: 'Clinic' },
      meta: { tag: [TAG] },
    },
  },
  {
    name: 'what says no more of the client stays as it is, and is not marked',
    said: {
      ...condition,
      meta,
      code: { text: 'Hunger', coding: [{ code: '1', display: 'Robin is not read' }] },
      subject: { reference: 'Patient/p' },
      asserter: { reference: 'Practitioner/d', display: 'Dr. House' },
      requester: { display: 'Ward 7' },
      note: [],
    },
    left: {
      ...condition,
      meta,
      code: { text: 'Hunger', coding: [{ code: '1', display: 'Robin is not read' }] },
      subject: { reference: 'Patient/p' },
      asserter: { reference: 'Practitioner/d', display: 'Dr. House' },
      requester: { display: 'Ward 7' },
      note: [],
    },
  },
];

export const UNNAMED_SHOWN: readonly string[] = ['*', `identifier|${MRN}`];
export const saidIn = ({ said }: Case): Resource => structuredClone(said) as Resource;
