import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setUpLine } from '../../src/access/sign-in/set-up-link.ts';
import { readProjectFile } from '../house/source-files.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const run = promisify(execFile);

let hub: TestHub;
let folder: string;
beforeAll(async () => {
  hub = await startHub('embedded', { workers: true, settings: { PASSWORD_COST: '14' } });
  folder = await mkdtemp(join(tmpdir(), 'careloop-readme-'));
});
afterAll(async () => {
  await closeHealthy(hub);
  await rm(folder, { recursive: true, force: true });
});

/** What the README gives to be pasted, from one heading to another. */
function pasted(from: string, to: string): string {
  const readme = readProjectFile('README.md');
  const part = readme.slice(readme.indexOf(`\n## ${from}\n`), readme.indexOf(`\n## ${to}\n`));
  return [...part.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join('\n');
}

test('the walk of the README, pasted piece by piece, sets up a hub and closes a loop', async () => {
  const [, code = ''] = ((await setUpLine(hub.deps, hub.url)) ?? '').split('#');
  const walk = pasted('Try it with curl', 'The FHIR server')
    .replace(/^HUB=.*$/m, `HUB=${hub.url}`)
    .replace(/^CODE=.*$/m, `CODE=${code}`)
    .replaceAll('/tmp/', `${folder}/`);
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', walk], { timeout: 120_000 });
  const lines = stdout.split('\n');
  expect(stdout).toContain('"code":"task.transition-not-allowed"');
  for (const said of ['accepted', 'in-progress', 'completed', 'confirm-closing', 'closed'])
    expect(lines).toContain(said);
  expect(stdout).toContain("code: 'services-provided'");
  expect(lines.at(-2)).toMatch(/ServiceRequest\/[0-9a-f-]{36}/);
}, 180_000);
