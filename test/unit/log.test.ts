import { afterEach, describe, expect, test } from '@jest/globals';
import { describeThrown } from '../../src/log.ts';
import { killPrograms, startProgram } from '../support/processes.ts';

afterEach(killPrograms);

/** Logs in a program of its own, as the hub does. @returns what it printed on standard error, line by line */
async function logged(statements: string): Promise<Record<string, unknown>[]> {
  const script = `import { createLog } from './src/log.ts';\nconst log = createLog({ LOG_LEVEL: 'info' });\n${statements}`;
  const program = startProgram('--input-type=module', { args: ['--eval', script] });
  expect(await program.ended()).toBe(0);
  expect(program.stdout()).toBe('');
  return program
    .stderr()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a log line', () => {
  test('carries ids, kinds, codes and counts; any other field is dropped', async () => {
    const [line] = await logged(
      `log.warn({ loopId: 'l', code: 'x', count: 3, name: 'Åsa Ek', body: { birthDate: '1950' }, url: '/Patient?name=Ek', err: new Error('Åsa') }, 'request refused');`,
    );
    expect(line).toEqual({
      level: 40,
      time: expect.any(String),
      loopId: 'l',
      code: 'x',
      count: 3,
      msg: 'request refused',
    });
    expect(Date.parse(String(line?.time))).not.toBeNaN();
  });

  test('drops the fields of an error that is logged as it is', async () => {
    const [line] = await logged(
      `log.error(Object.assign(new Error('Åsa Ek'), { detail: 'Key (name)=(Ek)' }), 'job failed');`,
    );
    expect(line).toEqual({ level: 50, time: expect.any(String), msg: 'job failed' });
  });

  test('below the level is not written', async () => {
    const lines = await logged(`log.debug({ loopId: 'l' }, 'job done'); log.info({ loopId: 'm' }, 'job done');`);
    expect(lines.map(({ loopId }) => loopId)).toEqual(['m']);
  });
});

describe('of what was thrown a log line says', () => {
  test('its class and where, never its text', () => {
    const { code, stack } = describeThrown(new RangeError('Åsa Ek, born 1950'));
    expect(code).toBe('RangeError');
    expect(String(stack)).toMatch(/^\s+at .*log\.test\.ts/);
    expect(String(stack)).not.toContain('Åsa');
    expect(String(stack).split('\n').length).toBeLessThanOrEqual(6);
  });

  test('its code, where it has one', () => {
    expect(describeThrown(Object.assign(new Error('x'), { code: '23505' })).code).toBe('23505');
    expect(describeThrown(Object.assign(new Error('x'), { code: 7 })).code).toBe('Error');
  });

  test('what kind of thing it is, when it is no error', () => {
    expect(describeThrown('Åsa Ek')).toEqual({ code: 'string' });
    expect(describeThrown(undefined)).toEqual({ code: 'undefined' });
  });
});
