/** What `package.json` says of packages, as far as it is checked. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
  /** By name: whether npm runs its install script. */
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** A package of `package-lock.json`, version 3. */
export interface Locked {
  readonly version?: string;
  readonly license?: string;
  /** Left out of packages of a registry: what has it comes from elsewhere. */
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** `package-lock.json`: packages by the folder that they are put into; '' is the project. */
export interface Lock {
  readonly packages: Readonly<Record<string, Locked>>;
}

/** `package-rules.json`. */
export interface PackageRules {
  /** SPDX identifiers that are taken. */
  readonly licences: readonly string[];
  /** Those taken besides for what only builds and tests. */
  readonly licencesOfTools: readonly string[];
  /** `name@version` of what names no licence in its package.json, and what somebody who read it found. */
  readonly read: Readonly<Record<string, string>>;
}

/** Holds the packages of a project against the rules, without asking a registry. Pure. @returns a line for each breach */
export function checkPackages(manifest: Manifest, lock: Lock, rules: PackageRules): string[] {
  const packages = Object.entries(lock.packages).filter(([folder]) => folder !== '');
  return [
    ...inexact(manifest),
    ...packages.flatMap(([folder, locked]) => checkPackage(nameIn(folder), locked, manifest, rules)),
  ];
}

function inexact({ dependencies, devDependencies, overrides }: Manifest): string[] {
  return Object.entries({ ...dependencies, ...devDependencies, ...overrides })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version))
    .map(([name, version]) => `${name} is asked for as "${version}". Write one version, e.g. 1.2.3.`);
}

function checkPackage(name: string, locked: Locked, { allowScripts = {} }: Manifest, rules: PackageRules): string[] {
  const named = `${name}@${locked.version}`;
  const isTaken = (licence: string): boolean =>
    rules.licences.includes(licence) || (locked.dev === true && rules.licencesOfTools.includes(licence));
  const breaches: string[] = [];
  if (!fits(locked.license ?? '', isTaken) && !Object.hasOwn(rules.read, named)) {
    breaches.push(
      `${named} has the licence "${locked.license ?? 'none'}". Take another package; or read its licence, and write what it is into test/house/package-rules.json.`,
    );
  }
  if (locked.resolved !== undefined || locked.link || !locked.integrity)
    breaches.push(`${named} is not from a registry, with a digest of what it is. Take a package that is.`);
  if (locked.hasInstallScript && !Object.hasOwn(allowScripts, name))
    breaches.push(
      `${named} has an install script. Say in allowScripts of package.json whether it is run: true or false.`,
    );
  const wanted = Object.entries({ ...locked.dependencies, ...locked.optionalDependencies });
  for (const [other, range] of wanted.filter(([, each]) => isElsewhere(each)))
    breaches.push(`${named} wants ${other} from "${range}", which is no registry. Take another package.`);
  return breaches;
}

/** A range names versions, or another name in the registry; an address, a repository or a folder has a colon or a slash. */
function isElsewhere(range: string): boolean {
  return /[:/]/.test(range.replace(/^npm:(@[\w.-]+\/)?/, ''));
}

/** Whether a licence expression is met by licences that are taken. @see https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/ */
function fits(expression: string, isTaken: (licence: string) => boolean): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every(isTaken));
}

/** The name of a package in `node_modules/a/node_modules/@b/c`: what stands last. */
function nameIn(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
