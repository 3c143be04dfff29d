import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first folder that holds every one of these programs. */
export function findFolderWith(programs: readonly string[], folders: readonly string[]): string | undefined {
  return folders.find((folder) => programs.every((program) => isExecutable(join(folder, program))));
}

/** The first of these programs that stands in a folder of `PATH`. */
export function findOnPath(...programs: readonly string[]): string | undefined {
  for (const program of programs) {
    const folder = findFolderWith([program], pathFolders());
    if (folder) return join(folder, program);
  }
  return undefined;
}

export function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}

export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
