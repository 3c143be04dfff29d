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
  const known = new Map<string, Listed>();
  for (const { label, codes } of lists) {
    for (const { systems, codes: single, within } of codes) {
      for (const system of systems) {
        const { exact, families } = listedIn(known, system);
        for (const code of single) exact.set(code, [...(exact.get(code) ?? []), label]);
        for (const code of within) families.set(code, label);
      }
    }
  }
  return (system, code) => {
    // Of most systems no list has anything.
    const listed = known.get(system);
    return listed ? labelsIn(listed, code) : NONE;
  };
}

/** What is listed of one system: labels by code, and by what codes begin with. */
interface Listed {
  readonly exact: Map<string, readonly string[]>;
  readonly families: Map<string, string>;
}

const NONE: readonly string[] = [];

function listedIn(known: Map<string, Listed>, system: string): Listed {
  const listed = known.get(system) ?? { exact: new Map(), families: new Map() };
  known.set(system, listed);
  return listed;
}

function labelsIn({ exact, families }: Listed, code: string): readonly string[] {
  const found = exact.get(code) ?? NONE;
  for (let length = families.size > 0 ? code.length : 0; length > 2; length -= 1) {
    const label = families.get(code.slice(0, length));
    if (label !== undefined) return [...found, label];
  }
  return found;
}

/** The labels that the codes anywhere in a resource give it. Its own labels and profiles are no content. Pure. */
export function labelsByCodes(resource: Resource, labelsOf: LabelsOf): string[] {
  const found = new Set<string>();
  for (const name in resource) if (name !== 'meta') collect(resource[name as keyof Resource], labelsOf, found);
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
  for (const name in value) collect((value as Readonly<Record<string, unknown>>)[name], labelsOf, into);
}
