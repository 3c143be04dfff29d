import { readFileSync } from 'node:fs';
import type { Resource } from '@medplum/fhirtypes';
import { z } from 'zod';
import { AppError } from '../../errors.ts';

const FILE = new URL('../../../profiles/policy/label-codes.json', import.meta.url);

const listsSchema = z.strictObject({
  about: z.string(),
  lists: z.array(
    z.strictObject({
      label: z.string().min(1),
      /** After what the codes were chosen. */
      source: z.string().min(1),
      codes: z.array(
        z.strictObject({
          systems: z.array(z.url()).min(1),
          codes: z.array(z.string()).default([]),
          /** Codes that hold all that begin with them, as those of ICD-10. */
          within: z.array(z.string()).default([]),
        }),
      ),
    }),
  ),
});

/** The labels that what a code stands for is given. */
export type LabelsOf = (system: string, code: string) => readonly string[];

/** The code lists of `profiles/policy/label-codes.json`. @throws AppError (fault) when they are not usable */
export function loadCodeLists(): LabelsOf {
  try {
    return lookUp(listsSchema.parse(JSON.parse(readFileSync(FILE, 'utf8'))));
  } catch (cause) {
    const text = 'profiles/policy/label-codes.json cannot be used: see its schema in src/access/labels/code-lists.ts.';
    throw new AppError('fault', 'labels.code-lists', text, { cause });
  }
}

function lookUp({ lists }: z.infer<typeof listsSchema>): LabelsOf {
  const exact = new Map<string, Set<string>>();
  const families = new Map<string, Map<string, string>>();
  for (const { label, codes } of lists) {
    for (const { systems, codes: single, within } of codes) {
      for (const system of systems) {
        for (const code of single) labelsAt(exact, `${system}|${code}`).add(label);
        const family = families.get(system) ?? new Map<string, string>();
        families.set(system, family);
        for (const code of within) family.set(code, label);
      }
    }
  }
  return (system, code) => {
    const family = families.get(system);
    const found = [...(exact.get(`${system}|${code}`) ?? [])];
    for (let length = family ? code.length : 0; length > 2; length -= 1) {
      const label = family?.get(code.slice(0, length));
      if (label !== undefined) return [...found, label];
    }
    return found;
  };
}

function labelsAt(labels: Map<string, Set<string>>, key: string): Set<string> {
  const known = labels.get(key) ?? new Set();
  labels.set(key, known);
  return known;
}

/** The labels that the codes anywhere in a resource give it. Its own labels and profiles are no content. Pure. */
export function labelsByCodes(resource: Resource, labelsOf: LabelsOf): string[] {
  const found = new Set<string>();
  for (const [name, value] of Object.entries(resource)) if (name !== 'meta') collect(value, labelsOf, found);
  return [...found];
}

function collect(value: unknown, labelsOf: LabelsOf, into: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value) collect(each, labelsOf, into);
    return;
  }
  const { system, code } = value as { system?: unknown; code?: unknown };
  if (typeof system === 'string' && typeof code === 'string')
    for (const label of labelsOf(system, code)) into.add(label);
  for (const inner of Object.values(value)) if (typeof inner === 'object') collect(inner, labelsOf, into);
}
