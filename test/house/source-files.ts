import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SourceFile {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** The root of the project. */
export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));
const CODE = /\.(ts|tsx|js|mjs|css)$/;
const NOT_OURS = /(^|\/)(node_modules|dist)\/|^web\/api\/schema\.d\.ts$/;

/** The project's own code in these top-level folders; what is generated or built is not in it. */
export function readSources(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) => listFiles(join(projectFolder, folder))).map(readSource);
}

export function readProjectFile(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8');
}

function readSource(path: string): SourceFile {
  return { path, text: readProjectFile(path) };
}

function listFiles(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && CODE.test(entry.name))
    .map((entry) => relative(projectFolder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !NOT_OURS.test(path))
    .sort();
}
