import { expect, test } from '@jest/globals';
import { type Sized, untold } from '../../../src/measures/suppress.ts';

/** The sizes of a table as it is told: null where it is not. */
function told(cells: readonly Sized[]): (number | null)[] {
  const hidden = untold(cells);
  return cells.map(({ size }, place) => (hidden.has(place) ? null : size));
}

const row = (...sizes: number[]): Sized[] => sizes.map((size, at) => ({ at: [String(at)], size }));

test('numbers of 1 to 10 are not told; 0 and 11 are', () => {
  expect(told(row(1, 10, 0, 11, 40))).toEqual([null, null, 0, 11, 40]);
});

test('where one alone is not told, the smallest of the others is not either', () => {
  // The sum of 79 less 20 and 50 would say 9.
  expect(told(row(50, 9, 20))).toEqual([50, null, null]);
});

test('where those that are not told come to less than eleven together, one more is not', () => {
  // 2 and 3 are 5 together, which the sum would say.
  expect(told(row(2, 3, 30, 12))).toEqual([null, null, 30, null]);
});

test('where there is no other, nothing more can be hidden', () => {
  expect(told(row(5))).toEqual([null]);
  expect(told(row(5, 0))).toEqual([null, 0]);
  expect(told(row(12, 13))).toEqual([12, 13]);
  expect(told([])).toEqual([]);
});

test('in two dimensions no row and no column has one alone that is not told', () => {
  const sizes = [
    [5, 20, 30],
    [40, 50, 60],
    [70, 80, 90],
  ];
  const cells = sizes.flatMap((line, y) => line.map((size, x) => ({ at: [`y${y}`, `x${x}`], size })));
  // 5 alone in its row hides 20, and in its column 40; those alone in theirs hide 50.
  expect(told(cells)).toEqual([null, null, 30, null, null, 60, 70, 80, 90]);
});

test('whatever the table, no line tells what a cell of it has that is not told', () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 200; round++) {
    const [rows, columns] = [1 + random(4), 1 + random(4)];
    const cells = Array.from({ length: rows * columns }, (_each, place) => ({
      at: [`y${Math.floor(place / columns)}`, `x${place % columns}`],
      size: random(30),
    }));
    const hidden = untold(cells);
    for (const line of [...Array(rows).keys()]
      .map((y) => `y${y}`)
      .concat([...Array(columns).keys()].map((x) => `x${x}`))) {
      const those = cells.map((cell, place) => ({ ...cell, place })).filter(({ at }) => at.includes(line));
      const gone = those.filter(({ place }) => hidden.has(place));
      const sum = gone.reduce((total, { size }) => total + size, 0);
      const others = those.filter(({ place, size }) => !hidden.has(place) && size > 0);
      if (gone.length > 0 && others.length > 0) expect([gone.length > 1, sum >= 11]).toEqual([true, true]);
    }
  }
});
