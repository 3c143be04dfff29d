import { describe, expect, test } from '@jest/globals';
import { AppError, ERROR_CODE_SYSTEM, ERROR_KINDS, type ErrorKind, toAppError } from '../../src/errors.ts';

const kinds = Object.keys(ERROR_KINDS) as ErrorKind[];

describe('an error', () => {
  test.each(kinds)('of the kind %s has its status, its issue code, and its words', (kind) => {
    const error = new AppError(kind, 'test.code', 'It went wrong. Do this.');
    expect(error).toMatchObject({
      kind,
      code: 'test.code',
      message: 'It went wrong. Do this.',
      status: ERROR_KINDS[kind].status,
    });
    expect(error.outcome.issue).toEqual([
      {
        severity: 'error',
        code: ERROR_KINDS[kind].issue,
        details: { coding: [{ system: ERROR_CODE_SYSTEM, code: 'test.code' }], text: 'It went wrong. Do this.' },
      },
    ]);
  });

  test('says for each thing that is wrong where it stands, in its own words', () => {
    const issues = [
      { text: 'No name.', expression: 'Patient.name' },
      { text: 'Twice.', code: 'duplicate' as const },
    ];
    const { outcome } = new AppError('unprocessable', 'x', 'Two things.', { issues });
    expect(outcome.issue).toEqual([
      expect.objectContaining({
        code: 'business-rule',
        expression: ['Patient.name'],
        details: expect.objectContaining({ text: 'No name.' }),
      }),
      expect.objectContaining({ code: 'duplicate', details: expect.objectContaining({ text: 'Twice.' }) }),
    ]);
    expect(outcome.issue[1]).not.toHaveProperty('expression');
  });
});

describe('an unknown throwable is', () => {
  test.each(['ECONNREFUSED', '57P01', '57P03', '53300'])(
    'the database being away, when its code says so: %s',
    (code) => {
      const cause = Object.assign(new Error('secret host name'), { code });
      const error = toAppError(cause);
      expect(error).toMatchObject({ kind: 'unavailable', status: 503, cause });
      expect(error.message).toBe('The database cannot be reached. Nothing was changed; try again shortly.');
    },
  );

  test.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', '57P02', '08006'])(
    'the database having gone in the middle, when its code says so: %s',
    (code) => {
      const error = toAppError(Object.assign(new Error('secret host name'), { code }));
      expect(error).toMatchObject({ kind: 'unavailable', code: 'store.lost', status: 503 });
      expect(error.message).toMatch(
        /^The connection to the database was lost over this\. What was to be changed may be changed: /,
      );
    },
  );

  test('text that is none, when the database finds that', () => {
    const error = toAppError(Object.assign(new Error('secret'), { code: '22021' }));
    expect(error).toMatchObject({ kind: 'invalid', status: 400 });
    expect(error.message).toBe('A text of this request holds a NUL character, which no text has.');
  });

  test.each([
    ['an error', new Error('secret')],
    ['an error with another code', Object.assign(new Error('secret'), { code: '42P01' })],
    ['a text', 'secret'],
    ['nothing', undefined],
  ])('a fault of ours otherwise, of which nothing leaves the house: %s', (_name, thrown) => {
    const error = toAppError(thrown);
    expect(error).toMatchObject({ kind: 'fault', status: 500, cause: thrown });
    expect(JSON.stringify([error.message, error.outcome])).not.toContain('secret');
    expect(error.message).toBe('Internal error. Nothing was changed; report it with the request id.');
  });

  test('what it is, when it is ours', () => {
    const error = new AppError('stale', 'x', 'x');
    expect(toAppError(error)).toBe(error);
  });
});
