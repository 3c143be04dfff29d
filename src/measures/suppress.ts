/** How many there must be at least for a number of them to be told. @see https://resdac.org/articles/cms-cell-size-suppression-policy */
export const LEAST_TOLD = 11;

/** A number of a table: where it stands in each of the dimensions, and of how many it is. */
export interface Sized {
  readonly at: readonly string[];
  readonly size: number;
}

/**
 * Which cells are not told: those of 1 to 10, and so many others, the smallest first, that none can be told from the sum of
 * its line and the rest of it: in no line there is one alone that is not told, nor do those that are not come to less than
 * 11 together. Lines are those of each dimension, of each combination of them, and the whole. Pure.
 * @returns the places of these cells in the list
 */
export function untold(cells: readonly Sized[]): ReadonlySet<number> {
  const hidden = new Set(cells.flatMap(({ size }, place) => (isSmall(size) ? [place] : [])));
  const lines = linesOf(cells);
  let before = -1;
  while (before !== hidden.size) {
    before = hidden.size;
    for (const line of lines) cover(line, cells, hidden);
  }
  return hidden;
}

/** Of none nothing can be told of anybody. */
export function isSmall(size: number): boolean {
  return size > 0 && size < LEAST_TOLD;
}

function cover(line: readonly number[], cells: readonly Sized[], hidden: Set<number>): void {
  const sizeAt = (place: number): number => cells[place]?.size ?? 0;
  const shown = line
    .filter((place) => !hidden.has(place) && sizeAt(place) > 0)
    .sort((a, b) => sizeAt(a) - sizeAt(b) || a - b);
  for (const place of shown) {
    const covered = line.filter((each) => hidden.has(each));
    const sum = covered.reduce((total, each) => total + sizeAt(each), 0);
    if (covered.length === 0 || (covered.length > 1 && sum >= LEAST_TOLD)) return;
    hidden.add(place);
  }
}

/** The cells that agree in some of the dimensions, for every choice of these but all. */
function linesOf(cells: readonly Sized[]): number[][] {
  const dimensions = cells[0]?.at.length ?? 0;
  const lines: number[][] = [];
  for (let chosen = 0; chosen < 2 ** dimensions - 1; chosen++) {
    const byKey = new Map<string, number[]>();
    cells.forEach(({ at }, place) => {
      const key = JSON.stringify(at.filter((_each, dimension) => (chosen >> dimension) & 1));
      byKey.set(key, [...(byKey.get(key) ?? []), place]);
    });
    lines.push(...byKey.values());
  }
  return lines;
}
