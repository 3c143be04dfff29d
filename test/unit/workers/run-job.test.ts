import { afterEach, describe, expect, test } from '@jest/globals';
import { killPrograms, startProgram } from '../../support/processes.ts';

afterEach(killPrograms);

/** The lines a worker logs of a message of each kind. */
async function logged(): Promise<Record<string, unknown>[]> {
  const script = `
    import { createLog } from './src/log.ts';
    import { runJob } from './workers/run-job.ts';
    const log = createLog({ LOG_LEVEL: 'debug' });
    const done = async () => undefined;
    for (const kind of ['deliver', 'export', 'wake', 'mail'])
      await runJob({ log }, { deliver: done, export: done, wake: done, mail: done }, { id: 'o', kind, subjectId: 's', relays: 1 });`;
  const program = startProgram('--input-type=module', { args: ['--eval', script] });
  expect(await program.ended()).toBe(0);
  const lines = program.stderr().trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log line of a message', () => {
  test('names what the message is about as what it is', async () => {
    const common = {
      level: 20,
      time: expect.any(String),
      msg: 'job done',
      outboxId: 'o',
      durationMs: expect.any(Number),
    };
    expect(await logged()).toEqual([
      { ...common, kind: 'deliver', deliveryId: 's' },
      { ...common, kind: 'export', jobId: 's' },
      { ...common, kind: 'wake', timerId: 's' },
      { ...common, kind: 'mail', mailId: 's' },
    ]);
  });
});
