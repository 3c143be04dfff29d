/**
 * How alike two texts are, 0 (nothing in common) to 1 (the same), by Jaro's measure with Winkler's bonus for a common
 * beginning: it forgives a letter left out, doubled or in the wrong place. Pure and symmetric.
 * @see https://www.census.gov/library/working-papers/1990/adrm/rr90-9.html
 */
export function jaroWinkler(a: string, b: string): number {
  if (a === b) return 1;
  const similarity = jaro([...a], [...b]);
  return similarity + commonBeginning(a, b) * 0.1 * (1 - similarity);
}

const LONGEST_BEGINNING = 4;

function commonBeginning(a: string, b: string): number {
  const longest = Math.min(LONGEST_BEGINNING, a.length, b.length);
  for (let at = 0; at < longest; at += 1) if (a[at] !== b[at]) return at;
  return longest;
}

function jaro(a: readonly string[], b: readonly string[]): number {
  // Which letters are paired depends on whose are taken first: always those of the same one.
  const [first, second] = a.length < b.length || (a.length === b.length && a.join('') < b.join('')) ? [a, b] : [b, a];
  const inFirst: string[] = [];
  const taken = new Set<number>();
  const reach = Math.max(0, Math.floor(second.length / 2) - 1);
  for (const [at, letter] of first.entries()) {
    const partner = partnerOf(letter, at, second, reach, taken);
    if (partner === undefined) continue;
    taken.add(partner);
    inFirst.push(letter);
  }
  if (inFirst.length === 0) return 0;
  const inSecond = second.filter((_, at) => taken.has(at));
  const swapped = inFirst.filter((letter, at) => letter !== inSecond[at]).length / 2;
  const common = inFirst.length;
  return (common / first.length + common / second.length + (common - swapped) / common) / 3;
}

function partnerOf(
  letter: string,
  at: number,
  among: readonly string[],
  reach: number,
  taken: ReadonlySet<number>,
): number | undefined {
  const last = Math.min(among.length - 1, at + reach);
  for (let other = Math.max(0, at - reach); other <= last; other += 1) {
    if (among[other] === letter && !taken.has(other)) return other;
  }
  return undefined;
}
