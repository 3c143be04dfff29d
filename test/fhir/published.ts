import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Patient, Resource, StructureDefinition } from '@medplum/fhirtypes';

const ROOT = join(import.meta.dirname, '..', '..');
/** Published definitions, kept beside this repository. */
const PUBLISHED = join(ROOT, '..', 'shared', 'ig');

export const isPublishedHere = existsSync(PUBLISHED);
if (!isPublishedHere)
  process.stderr.write(`${PUBLISHED} is not here: nothing is compared with the published definitions.\n`);

export const SDOHCC = join(PUBLISHED, 'sdohcc', 'definitions');
export const BACKPORT = join(PUBLISHED, 'subscriptions-backport', 'definitions');
export const US_CORE = join(PUBLISHED, 'us-core-7');
const EXAMPLES = ['sdohcc', 'davinci-alerts', 'subscriptions-backport'].map((guide) =>
  join(PUBLISHED, guide, 'examples'),
);

export interface Example {
  readonly file: string;
  readonly resource: Resource;
}

/** The examples of the guides; none when they are not here. */
export function publishedExamples(guide = ''): Example[] {
  return isPublishedHere ? EXAMPLES.filter((folder) => folder.includes(guide)).flatMap(readFolder) : [];
}

const MESSAGES = join(PUBLISHED, 'bars', 'examples', 'process_message', 'request');

/** The patients in the messages of a national booking service, whose languages are of a system of its own. */
export function patientsInMessages(): Patient[] {
  return readFolder(MESSAGES).flatMap(({ resource }) =>
    resource.resourceType === 'Bundle'
      ? (resource.entry ?? []).flatMap(({ resource: each }) => (each?.resourceType === 'Patient' ? [each] : []))
      : [],
  );
}

/** Those of this repository. */
export function ownExamples(): Example[] {
  return readFolder(join(ROOT, 'profiles', 'examples', 'valid'));
}

/** Those that each break one rule; the file says which. */
export function brokenExamples(): Example[] {
  return readFolder(join(ROOT, 'profiles', 'examples', 'invalid'));
}

/** The profiles of a folder. */
export function profilesIn(folder: string): StructureDefinition[] {
  const resources = readFolder(folder).map(({ resource }) => resource);
  return resources.flatMap((each) =>
    each.resourceType === 'StructureDefinition' && each.derivation === 'constraint' ? [each] : [],
  );
}

function readFolder(folder: string): Example[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.map((file) => ({ file, resource: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Resource }));
}
