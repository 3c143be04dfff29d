/**
 * Reads comma-separated values with a heading, quoted where needed. Pure.
 * @returns one record for each line below the heading, by the heading's names
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function readCsv(text: string): Record<string, string>[] {
  const [heading = [], ...lines] = linesOf(text.replace(/^\uFEFF/, ''));
  return lines.map((fields) => Object.fromEntries(heading.map((name, at) => [name, fields[at] ?? ''])));
}

function linesOf(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  // Each field with what ends it; a quoted one may hold commas and line ends, and quotes twice.
  for (const [whole, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (whole === '' && line.length === 0) break;
    line.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    lines.push(line);
    line = [];
  }
  return lines;
}
