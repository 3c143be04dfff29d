import { readFileSync } from 'node:fs';
import type { CapabilityStatement } from '@medplum/fhirtypes';

const FILE = new URL('../../../profiles/CapabilityStatement/hub.json', import.meta.url);

/** What this hub is held to beside base R4. */
export interface Guides {
  /** The canonical addresses of the CapabilityStatements it implements. */
  readonly instantiates: readonly string[];
  /** The profiles of what it keeps, makes and passes on, by type. */
  readonly profiles: ReadonlyMap<string, readonly string[]>;
}

/** Reads what `profiles/CapabilityStatement/hub.json` says. */
export function readGuides(): Guides {
  const { instantiates = [], rest = [] } = JSON.parse(readFileSync(FILE, 'utf8')) as CapabilityStatement;
  const resources = rest.flatMap(({ resource = [] }) => resource);
  return {
    instantiates,
    profiles: new Map(resources.map(({ type, supportedProfile = [] }) => [type as string, supportedProfile])),
  };
}
