import { expect, test } from '@jest/globals';
import { createLog } from '../../../src/log.ts';
import { openSmallHall } from './small-hall.ts';

test('an answer that fails half-way is cut off, and the log says where, not what', async () => {
  const lines: unknown[][] = [];
  const log = { ...createLog({ LOG_LEVEL: 'silent' }), error: (...line: unknown[]) => void lines.push(line) };
  const hall = await openSmallHall(log);
  await expect(hall.ask('/late', { 'x-request-id': 'cut-off-1' })).rejects.toMatchObject({ code: 'ECONNRESET' });
  const fields = { requestId: 'cut-off-1', method: 'GET', code: 'Error', stack: expect.stringContaining('small-hall') };
  expect(lines).toEqual([[fields, 'answer cut off']]);
  expect(JSON.stringify(lines)).not.toContain('secret');
  await hall.close();
});
