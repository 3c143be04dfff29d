import { afterEach, expect, test } from '@jest/globals';
import { freePort } from '../../support/free-port.ts';
import { killPrograms, startProgram } from '../../support/processes.ts';
import { isPublished, NOT_PUBLISHED } from '../sources/published.ts';
import { startSmallServer } from './small-server.ts';

const COMMAND = 'test/conformance/conformance.ts';
const published = isPublished() ? test : test.skip;

afterEach(killPrograms);

async function outcomeOf(args: readonly string[], settings: Record<string, string> = {}) {
  const program = startProgram(COMMAND, { args, settings });
  const code = await program.ended();
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

published(
  'checks a server at an address, prints one object, and fails when the server does',
  async () => {
    const server = await startSmallServer();
    try {
      const { code, stdout } = await outcomeOf(['--base', server.base, '--json']);
      expect(code).toBe(1);
      const told = JSON.parse(stdout) as { rows: Record<string, string>[] } & Record<string, number>;
      expect(Object.keys(told)).toEqual(['passed', 'failed', 'notApplicable', 'rows']);
      expect((told.passed ?? 0) + (told.failed ?? 0) + (told.notApplicable ?? 0)).toBe(told.rows.length);
      const row = (id: string) => told.rows.find((each) => each.id === id);
      expect(row('CoordinationPlatform.server.Patient.read')).toEqual({
        id: 'CoordinationPlatform.server.Patient.read',
        source: 'CapabilityStatement CoordinationPlatform, server',
        verb: 'SHALL',
        title: 'Patient: read',
        result: 'pass',
        reason: 'GET answered the resource with its ETag, and 404 with an OperationOutcome for an unknown id.',
      });
      expect(row('CoordinationPlatform.server.Task')).toMatchObject({
        result: 'fail',
        reason: 'The metadata does not list Task.',
      });
      expect(row('sdohcc.priv-4')).toMatchObject({ result: 'not applicable', because: 'not observable' });
    } finally {
      await server.close();
    }
  },
  240_000,
);

published(
  'presents a token, and says it nowhere',
  async () => {
    const token = `secret-${crypto.randomUUID()}`;
    const server = await startSmallServer({ token, saysNothing: true });
    try {
      const { stdout, stderr } = await outcomeOf(['--base', server.base, '--token', token]);
      expect(stdout + stderr).not.toContain(token);
      expect(stdout).not.toContain('was answered 401');
      const without = await outcomeOf(['--base', server.base, '--json']);
      expect(without.stdout).toContain('was answered 401');
    } finally {
      await server.close();
    }
  },
  240_000,
);

test('says what is wrong with an option', async () => {
  const { code, stdout, stderr } = await outcomeOf(['--base', 'hub.example']);
  expect(stderr).toBe('--base is the address of a FHIR API, e.g. https://hub.example/fhir/R4, not "hub.example".\n');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

published('says that nobody answers at the address', async () => {
  const base = `http://127.0.0.1:${await freePort()}`;
  const { code, stdout, stderr } = await outcomeOf(['--base', base, '--json']);
  expect(stderr).toBe(`There is no answer from ${base}. Is it the address of a FHIR API, and does the server run?\n`);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('says in one line that there are no guides to read requirements from', async () => {
  const { code, stdout, stderr } = await outcomeOf(['--json'], { GUIDES: '/nowhere' });
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `${NOT_PUBLISHED}\n` });
});
