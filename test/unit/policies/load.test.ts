import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { weekdaysIn } from '../../../src/calendars/calendar.ts';
import type { LoopKind, LoopPolicy } from '../../../src/loops/policy/policy.ts';
import { loadPolicies } from '../../../src/policies/load.ts';
import { startProgram } from '../../support/processes.ts';
import { rulesOf } from './policies.ts';

const UTC = weekdaysIn('UTC');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder of policies. @param files by their paths in it */
function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'careloop-policies-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(content));
  }
  return folder;
}

const decide = (hours: number): object => ({ spans: { decide: { hours } } });
const of = (folder: string, instantiates: string[] = []): LoopPolicy => {
  const kind: LoopKind = { instantiates, categories: [], priority: 'routine' };
  return loadPolicies(folder, UTC).of(kind);
};

describe('folders of further policies', () => {
  test('win over what is shipped, the later over the earlier', () => {
    const [first, second] = [
      folderOf({ 'policy.json': rulesOf(decide(5)) }),
      folderOf({ 'policy.json': rulesOf(decide(6)) }),
    ];
    expect(of(first).spans).toMatchObject({ decide: { hours: 5 }, contact: { workingDays: 3 } });
    expect(of(`${first}, ${second}`).spans.decide).toEqual({ hours: 6 });
  });

  test('have programmes, also in place of a shipped one', () => {
    const homes = { ...rulesOf(decide(7)), programme: 'https://x.test/PlanDefinition/homes' };
    const home = 'https://careloop.dev/fhir/PlanDefinition/hospital-discharge-to-home';
    const folder = folderOf({
      'homes/policy.json': homes,
      'hospital-discharge-to-home/policy.json': { ...rulesOf(decide(8)), programme: home },
    });
    expect(of(folder, [homes.programme]).spans).toMatchObject({ decide: { hours: 7 }, contact: { workingDays: 3 } });
    expect(of(folder, [home]).spans).toMatchObject({ decide: { hours: 8 }, contact: { workingDays: 3 } });
  });

  test('the hub does not start with a wrong one, and says where it is wrong, and whose folder is not there', async () => {
    const folder = folderOf({
      'policy.json': rulesOf({ for: { priority: 'high' } }),
      'homes/policy.json': { name: 'Homes' },
    });
    const settings = { POLICIES_DIR: `${folder},/nowhere`, DATA_DIR: join(folder, 'data') };
    const program = startProgram('src/cli.ts', { args: ['loops', 'check'], settings });
    expect([await program.ended(), program.stdout(), program.stderr().split('\n')]).toEqual([
      1,
      '',
      [
        'The policies cannot be used:',
        '  /nowhere: There is no such folder.',
        `  ${folder}/policy.json: $.rules[0].for.priority: rules[0].for.priority cannot be used as it is. Send one of: routine, urgent, asap, stat.`,
        `  ${folder}/homes/policy.json: $.because: because is missing. Send a text, in quotation marks.`,
        `  ${folder}/homes/policy.json: $.rules: rules is missing. Send a list, in square brackets.`,
        `  ${folder}/homes/policy.json: $.programme: Write the canonical address of its PlanDefinition.`,
        '',
      ],
    ]);
  });
});
