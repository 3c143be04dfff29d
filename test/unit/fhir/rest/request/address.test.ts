import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../../../../src/errors.ts';
import { loadDefinitions } from '../../../../../src/fhir/definitions.ts';
import { type Address, parseAddress, parseUrl } from '../../../../../src/fhir/rest/request/address.ts';

beforeAll(() => loadDefinitions());

describe('an address', () => {
  test.each<[string, Address]>([
    ['/', { kind: 'system' }],
    ['', { kind: 'system' }],
    ['/Task', { kind: 'type', type: 'Task' }],
    ['/Task/', { kind: 'type', type: 'Task' }],
    ['/Task/1', { kind: 'instance', type: 'Task', id: '1' }],
    ['/Task/1/_history', { kind: 'history', type: 'Task', id: '1' }],
    ['/Task/1/_history/2', { kind: 'version', type: 'Task', id: '1', version: '2' }],
    ['/Task/_history', { kind: 'history', type: 'Task', id: undefined }],
    ['/_history', { kind: 'history', type: undefined, id: undefined }],
    ['/Task/_search', { kind: 'search', type: 'Task' }],
    ['/_search', { kind: 'search', type: undefined }],
    ['/$export', { kind: 'operation', level: 'system', type: undefined, id: undefined, name: 'export' }],
    ['/Patient/$match', { kind: 'operation', level: 'type', type: 'Patient', id: undefined, name: 'match' }],
    ['/Patient/1/$everything', { kind: 'operation', level: 'instance', type: 'Patient', id: '1', name: 'everything' }],
    [
      '/Parameters/$validate',
      { kind: 'operation', level: 'type', type: 'Parameters', id: undefined, name: 'validate' },
    ],
  ])('names what FHIR has: %s', (path, address) => {
    expect(parseAddress(path)).toEqual(address);
  });

  test.each([
    ['/Thing', 'address.unknown-type'],
    ['/constructor', 'address.unknown-type'],
    ['/task', 'address.unknown-type'],
    ['/SubscriptionStatus', 'address.unknown-type'],
    ['/Parameters', 'address.not-stored'],
    ['/OperationOutcome/1', 'address.not-stored'],
    ['/Task/1/2', 'address.unknown'],
    ['/Task/1/_history/2/3', 'address.unknown'],
    ['/Task/_history/2', 'address.unknown'],
    ['/_metadata', 'address.unknown'],
    ['/Task/1/$x/2', 'address.unknown'],
    ['/Task/%zz', 'http.address'],
  ])('that names nothing is refused: %s', (path, code) => {
    expect(codeOf(() => parseAddress(path))).toBe(code);
  });

  test('however odd, is read or refused in words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (path) => {
        const code = codeOf(() => parseAddress(path));
        expect(code === undefined || /^(address|http)\./.test(code)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['gt2024-01-01T10:00:00+01:00', 'gt2024-01-01T10:00:00+01:00'],
    ['2024-01-01T10:00:00.5%2B01:00,2025-01-01T10:00+01:00', '2024-01-01T10:00:00.5+01:00,2025-01-01T10:00+01:00'],
    ['a$2024-01-01T10:00+01:00$b', 'a$2024-01-01T10:00+01:00$b'],
    ['at+10:00+01:00', 'at 10:00 01:00'],
  ])('has the plus of a time zone, encoded or not, and no other: %s', (written, read) => {
    expect(parseUrl(`Task?x=${written}`).params).toEqual([['x', read]]);
  });

  test('comes with its query, in order, names more than once', () => {
    expect(parseUrl('Task?status=requested&code=a%7Cb&status=accepted&x')).toEqual({
      address: { kind: 'type', type: 'Task' },
      params: [
        ['status', 'requested'],
        ['code', 'a|b'],
        ['status', 'accepted'],
        ['x', ''],
      ],
    });
  });
});

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.code;
    throw thrown;
  }
}
