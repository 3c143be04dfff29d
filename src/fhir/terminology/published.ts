import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bundle, CodeSystem, Resource } from '@medplum/fhirtypes';
import { readDefinitions } from '../definitions.ts';

/** R4's own value sets and code systems, those of HL7 v2 and v3, and lists of countries, currencies and states. */
const FILES = ['valuesets-medplum-generated.json', 'v2-tables.json', 'v3-codesystems.json', 'valuesets.json'];

const OURS = fileURLToPath(new URL('../../../profiles/', import.meta.url));

/** Systems that are a grammar: a list of them, whatever it says of itself, is a part. */
const GRAMMARS: ReadonlySet<string> = new Set(['urn:ietf:bcp:47', 'urn:ietf:bcp:13', 'http://unitsofmeasure.org']);

/** The terminology that comes with the server: R4's and this hub's own. Read anew at each call: about 0.2 s. */
export function* publishedTerminology(): Generator<Resource> {
  for (const file of FILES) {
    for (const { resource } of readDefinitions<Bundle>(file).entry ?? []) if (resource) yield slim(resource);
  }
  yield* readDefinitions<Bundle>('conceptmaps.json').entry?.flatMap(({ resource }) => slim(resource as Resource)) ?? [];
  for (const folder of ['CodeSystem', 'ValueSet', 'ConceptMap']) yield* readFolder(join(OURS, folder));
}

/** The resources in the JSON files of a folder; none when there is no such folder. */
export function* readFolder(folder: string): Generator<Resource> {
  for (const file of filesIn(folder)) {
    const resource = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Resource;
    if (resource.resourceType === 'Bundle') yield* (resource.entry ?? []).flatMap((entry) => entry.resource ?? []);
    else yield slim(resource);
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .sort();
  } catch {
    return [];
  }
}

/** Without what nobody looks up: narratives are most of what the files hold. */
function slim(resource: Resource): Resource {
  const { text: _text, extension: _extension, contact: _contact, ...kept } = resource as CodeSystem;
  if (kept.resourceType === 'CodeSystem' && GRAMMARS.has(kept.url ?? '')) return { ...kept, content: 'fragment' };
  return kept;
}
