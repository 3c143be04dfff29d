import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { NARRATIVE_CHECKS } from '../checks/guide/sentences.ts';
import type { Requirement } from '../requirement.ts';
import { requirementsOf } from '../sources/capability-statements.ts';
import { isPublished, NOT_PUBLISHED } from '../sources/published.ts';
import { readCsv } from '../sources/read-csv.ts';
import { readSources } from '../sources/requirements.ts';
import { SUBSCRIPTION_CHECKS } from '../subscriptions/sentences.ts';

const REPORT = fileURLToPath(new URL('../../../docs/conformance.md', import.meta.url));
const EXPECTATION = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation';

test('comma-separated values: quotes, commas, line ends and empty fields', () => {
  const text = '\uFEFFa,b,c\r\n1,"x, ""y""\nz",\n,,3\n';
  expect(readCsv(text)).toEqual([
    { a: '1', b: 'x, "y"\nz', c: '' },
    { a: '', b: '', c: '3' },
  ]);
});

test('a CapabilityStatement asks for each of its SHALL and SHOULD, and for no MAY', () => {
  const should = [{ url: EXPECTATION, valueCode: 'SHOULD' }];
  const may = [{ url: EXPECTATION, valueCode: 'MAY' }];
  const required = requirementsOf('Actor', {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2021-03-04',
    kind: 'requirements',
    fhirVersion: '4.0.1',
    format: ['xml'],
    rest: [
      {
        mode: 'server',
        interaction: [{ code: 'batch', extension: should }],
        resource: [
          {
            type: 'Task',
            extension: should,
            interaction: [
              { code: 'read', extension: should },
              { code: 'create', extension: may },
            ],
            searchInclude: ['Task:focus', 'Task:owner'],
            ...{ _searchInclude: [{ extension: may }, { extension: should }] },
          },
        ],
      },
    ],
  });
  expect(required.map(({ id, verb }) => `${id} ${verb}`)).toEqual([
    'Actor.server.format.xml SHALL',
    'Actor.server.system.batch SHOULD',
    'Actor.server.Task SHOULD',
    'Actor.server.Task.read SHOULD',
    'Actor.server.Task.include.Task:owner SHOULD',
  ]);
});

const published = isPublished() ? describe : describe.skip;
if (!isPublished()) console.warn(NOT_PUBLISHED);

published('of the published guides', () => {
  const sources = isPublished() ? readSources() : [];
  const requirements = sources.flatMap((source) => source.requirements);
  const keysOf = (list: string): string[] => requirements.flatMap((each) => keyIn(each, list)).sort();

  test('each has an id of its own', () => {
    const ids = requirements.map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  test('every numbered sentence that is read has a check, and every check a sentence', () => {
    expect(Object.keys(SUBSCRIPTION_CHECKS).sort()).toEqual(keysOf('subscriptions'));
    expect(Object.keys(NARRATIVE_CHECKS).sort()).toEqual(keysOf('sdohcc'));
    expect(keysOf('subscriptions')).toHaveLength(90);
    expect(keysOf('sdohcc')).toHaveLength(53);
  });

  test('both actors of every CapabilityStatement are there', () => {
    expect([...new Set(requirements.map(({ source }) => source))].slice(0, 8)).toEqual([
      'CapabilityStatement CoordinationPlatform, client',
      'CapabilityStatement CoordinationPlatform, server',
      'CapabilityStatement ReferralSource, client',
      'CapabilityStatement ReferralSource, server',
      'CapabilityStatement ReferralRecipient, client',
      'CapabilityStatement ReferralRecipient, server',
      'CapabilityStatement ReferralRecipientLight, client',
      'CapabilityStatement PatientApp, client',
    ]);
  });

  test('docs/conformance.md has a line for each (else: npm run conformance)', () => {
    expect(existsSync(REPORT)).toBe(true);
    const lines = readFileSync(REPORT, 'utf8').split('\n');
    const listed = lines.flatMap((line) => /^\| (\S+) \| (?:SHALL|SHOULD)(?: NOT)? \|/.exec(line)?.[1] ?? []);
    expect(listed).toEqual(requirements.map(({ id }) => id));
  });
});

function keyIn({ subject }: Requirement, list: string): string[] {
  return subject.kind === 'sentence' && subject.list === list ? [subject.key] : [];
}
