import { lineAt, withoutCommentsAndStrings } from './code-text.ts';
import { type ImportStatement, importsOf, packageOf } from './import-statements.ts';
import {
  EXCEPTIONS,
  LAYERS,
  OUTSIDERS,
  PACKAGE_RULES,
  type PackageRule,
  TEXT_RULES,
  type TextRule,
} from './import-table.ts';
import type { SourceFile } from './source-files.ts';

/** Holds every file against the table. @returns one line for each breach: file, line, what, rule */
export function checkImports(files: readonly SourceFile[], dependencies: ReadonlySet<string>): string[] {
  const breaches = files.flatMap((file) => [
    ...importsOf(file).flatMap((statement) => checkImport(file, statement, dependencies)),
    ...TEXT_RULES.flatMap((rule) => checkText(file, rule)),
  ]);
  return [...breaches, ...checkOneHealthCheck(files)];
}

function checkImport(file: SourceFile, statement: ImportStatement, dependencies: ReadonlySet<string>): string[] {
  const broken = statement.isOwn
    ? [brokenDirection(file.path, statement)]
    : [
        ...PACKAGE_RULES.map((rule) => brokenPackageRule(file.path, statement, rule)),
        undeclared(file.path, statement, dependencies),
      ];
  return broken
    .filter((rule) => rule !== undefined)
    .map((rule) => `${file.path}:${statement.line} imports ${statement.target}. Rule: ${rule}`);
}

function brokenDirection(path: string, statement: ImportStatement): string | undefined {
  const from = topFolder(path);
  if (from === 'src')
    return statement.target.startsWith('src/') ? brokenLayer(path, statement) : 'src imports only src';
  if (topFolder(statement.target) === from) return undefined;
  const holding = OUTSIDERS.find(({ folder, file }) => folder === from && file.test(path));
  return holding && !holding.may.test(statement.target) ? holding.rule : undefined;
}

function brokenLayer(path: string, statement: ImportStatement): string | undefined {
  const from = subjectOf(path);
  const to = subjectOf(statement.target);
  const [fromLayer, toLayer] = [layerOf(from), layerOf(to)];
  if (fromLayer < 0 || toLayer < 0) return `${fromLayer < 0 ? from : to} has no layer in test/house/import-table.ts`;
  if (from === to || toLayer < fromLayer || isExcepted(path, statement)) return undefined;
  return `${from} may import only ${LAYERS.slice(0, fromLayer).flat().join(', ') || 'nothing of src'}`;
}

function isExcepted(path: string, { target, typeOnly }: ImportStatement): boolean {
  return EXCEPTIONS.some(
    (allowed) => allowed.from.test(path) && allowed.to.test(target) && (typeOnly || !allowed.typeOnly),
  );
}

function brokenPackageRule(path: string, statement: ImportStatement, rule: PackageRule): string | undefined {
  if (statement.typeOnly && !rule.types) return undefined;
  const watched = rule.within.includes(topFolder(path)) && !rule.allowed.test(path);
  return watched && rule.packages.includes(packageOf(statement.target)) ? rule.rule : undefined;
}

/** The image leaves development packages out, so what runs in it must not need them. */
function undeclared(path: string, statement: ImportStatement, dependencies: ReadonlySet<string>): string | undefined {
  if (!['src', 'workers'].includes(topFolder(path)) || statement.typeOnly) return undefined;
  const name = packageOf(statement.target);
  if (name.startsWith('node:') || dependencies.has(name)) return undefined;
  return 'src and workers import only packages listed under "dependencies", and Node\'s own by their `node:` name';
}

function checkText(file: SourceFile, rule: TextRule): string[] {
  if (!rule.within.includes(topFolder(file.path)) || rule.allowed.test(file.path)) return [];
  const code = withoutCommentsAndStrings(file.text);
  const found = [...code.matchAll(new RegExp(rule.pattern, 'g'))];
  return found.map((match) => `${file.path}:${lineAt(code, match.index)} says ${match[0]}. Rule: ${rule.rule}`);
}

function checkOneHealthCheck(files: readonly SourceFile[]): string[] {
  const rule = PACKAGE_RULES[0];
  const checks = files.filter(
    (file) =>
      topFolder(file.path) === 'src' &&
      importsOf(file).some(({ target }) => rule?.packages.includes(packageOf(target))),
  );
  return checks
    .slice(1)
    .map((file) => `${file.path}:1 is a second file of src that reaches the queue. Rule: ${rule?.rule}`);
}

function layerOf(subject: string): number {
  return LAYERS.findIndex((layer) => layer.includes(subject));
}

/** `src/loops/store.ts` → `loops`; `src/log.ts` → `log`. */
function subjectOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}

function topFolder(path: string): string {
  return path.split('/', 1)[0] ?? '';
}
