import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.ts';

describe('settings', () => {
  test('all have a default', () => {
    expect(readConfig({})).toMatchObject({
      PORT: 8080,
      HOST: '127.0.0.1',
      DATA_DIR: './data',
      LOG_LEVEL: 'info',
      BODY_LIMIT_BYTES: 5_000_000,
      BUNDLE_ENTRY_LIMIT: 1_000,
    });
    expect(readConfig({})).not.toHaveProperty('DATABASE_URL');
  });

  test('that are empty count as not given', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '', REDIS_URL: '' })).toEqual(readConfig({}));
  });

  test('are read from text, and cannot be changed afterwards', () => {
    const config = readConfig({ PORT: '0', LANE_CONCURRENCY: '3', UNKNOWN: 'x' });
    expect(config).toMatchObject({ PORT: 0, LANE_CONCURRENCY: 3 });
    expect(config).not.toHaveProperty('UNKNOWN');
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('that are wrong are all listed at once, each with the reason', () => {
    const wrong = {
      PORT: '70000',
      LOG_LEVEL: 'loud',
      PUBLIC_URL: 'hub',
      RETRY_SCHEDULE_MS: '5s',
      DELIVERY_TIMEOUT_MS: '0',
      BODY_LIMIT_BYTES: 'many',
    };
    const message = messageOf(() => readConfig(wrong));
    const [title, ...problems] = message.split('\n');
    expect(title).toBe('The settings are not usable:');
    expect(problems.map((line) => line.split(':')[0]?.trim()).sort()).toEqual(Object.keys(wrong).sort());
    expect(problems).toContain('  RETRY_SCHEDULE_MS: milliseconds separated by commas');
  });

  test.each(['5000', '5000,60000', '0'])('the retry schedule is milliseconds separated by commas: %s', (schedule) => {
    expect(readConfig({ RETRY_SCHEDULE_MS: schedule }).RETRY_SCHEDULE_MS).toBe(schedule);
  });

  test.each(['-1', '1.5', '8080 ', '0x10', 'http'])('a port is a whole number: %s', (port) => {
    const read = (): number => readConfig({ PORT: port }).PORT;
    if (['8080 ', '0x10'].includes(port)) expect(Number.isInteger(read())).toBe(true);
    else expect(read).toThrow('PORT');
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  throw new Error('Nothing was thrown.');
}
