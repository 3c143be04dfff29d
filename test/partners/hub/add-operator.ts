import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from '../../support/processes.ts';
import { makeKey, signIn, type Tokens } from '../fhir/sign-in.ts';

const SCOPE = 'system/*.cruds';

/**
 * Registers a program of the hub's own organization from the command line, with a key: before the hub starts, since its
 * store may be for one process. Brings the store up to date.
 * @param settings the hub's @param base of its FHIR API
 */
export async function addOperator(settings: Readonly<Record<string, string>>, base: string): Promise<Tokens> {
  const key = await makeKey();
  const folder = await mkdtemp(join(tmpdir(), 'careloop-keys-'));
  try {
    const file = join(folder, 'jwks.json');
    await writeFile(file, JSON.stringify({ keys: [key.publicKey] }));
    const args = ['--organization', 'careloop', '--name', 'Operator', '--jwks', file, '--scope', SCOPE];
    const command = startProgram('src/cli.ts', { settings, args: ['client', 'add', ...args] });
    const [, clientId = ''] = await command.line(/^client\s+(\S+)/, { timeoutMs: 60_000 });
    await command.ended();
    return signIn(base, { clientId, key, scope: SCOPE });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
