import { importsOf } from './import-statements.ts';
import type { SourceFile } from './source-files.ts';

/**
 * Files that import each other in a circle, types too: such files are one subject cut in the wrong place.
 * @returns one line for each circle, from the file where it was entered back to that file
 */
export function findCircles(files: readonly SourceFile[]): string[] {
  const imports = new Map(
    files.map((file) => [file.path, importsOf(file).flatMap(({ isOwn, target }) => (isOwn ? [target] : []))]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, way: readonly string[]): void => {
    const met = way.indexOf(path);
    if (met >= 0) circles.push([...way.slice(met), path].join(' → '));
    if (met >= 0 || done.has(path)) return;
    for (const next of imports.get(path) ?? []) walk(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) walk(path, []);
  return circles;
}
