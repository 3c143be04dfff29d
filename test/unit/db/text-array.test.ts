import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sentList, TextList } from '../../../src/db/parameters.ts';
import { textArray } from '../../../src/db/text-array.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../support/database.ts';

const TEXTS: readonly (string | null)[][] = [
  [],
  [null],
  [''],
  ['NULL', null, '{}', '"', '\\', ',', ' a ', 'ö', '👩‍⚕️', 'a\nb\t'],
  ['{"resourceType":"Task","description":"\\"quoted\\" \\\\ and ünïcode"}'],
];

describe.each(databaseKinds())('texts that are one value of a statement (%s)', (kind) => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(kind);
  });
  afterAll(() => database.close());

  const there = async (texts: readonly (string | null)[]): Promise<unknown> => {
    const [row] = await database.db.query<{ list: unknown }>('SELECT to_json($1::text[]) AS list', [
      new TextList(texts),
    ]);
    return row?.list;
  };

  test.each(TEXTS)('arrive as they are: %j', async (...texts) => {
    expect(await there(texts)).toEqual(texts);
  });

  test('arrive as they are, whatever they are', async () => {
    const text = fc.option(fc.string({ unit: 'binary' }).filter(isKept));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 20 }), async (texts) => {
        expect(await there(texts)).toEqual(texts);
      }),
      { numRuns: 200 },
    );
  });

  test('are refused where they cannot be kept, and the connection serves on', async () => {
    await expect(there(['a\0b'])).rejects.toMatchObject({ code: '22021' });
    expect(await there(['a'])).toEqual(['a']);
  });
});

/** A text holds no character 0. @see https://www.postgresql.org/docs/15/datatype-character.html */
function isKept(text: string): boolean {
  return !text.includes('\0');
}

test('lists of texts, of JSON and of lists are such; those of numbers and moments are not', () => {
  expect(sentList(['a', undefined, 'b'], 'text')).toEqual(new TextList(['a', null, 'b']));
  expect(sentList([{ a: 1 }, null], 'json')).toEqual(new TextList(['{"a":1}', null]));
  expect(sentList([['a"', null], []], 'text[]')).toEqual(new TextList(['{"a\\"",NULL}', '{}']));
  expect(sentList([1, undefined], 'int')).toEqual([1, null]);
  expect(sentList(['2026-03-02T10:00:00Z'], 'timestamptz')).toEqual(['2026-03-02T10:00:00Z']);
});

test('in its binary form a list says how long each text is, in bytes', () => {
  expect(textArray(['ö', null]).toString('hex')).toBe(
    ['00000001', '00000001', '00000019', '00000002', '00000001', '00000002', 'c3b6', 'ffffffff'].join(''),
  );
  expect(textArray([]).toString('hex')).toBe(['00000000', '00000000', '00000019'].join(''));
});
