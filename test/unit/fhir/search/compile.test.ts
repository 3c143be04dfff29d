import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { evalFhirPathTyped, parseFhirPath } from '@medplum/core';
import type { Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { isKnownType, loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { type Parameter, parametersOf } from '../../../../src/fhir/search/parameters/parameter.ts';
import { loadEngine } from '../../../partners/fhir/engine.ts';

loadDefinitions();
loadEngine();

const OWN = ['profiles/examples/valid'];
const PUBLISHED = ['sdohcc', 'us-core-7', 'subscriptions-backport', '360x', 'davinci-alerts']
  .flatMap((guide) => [`../shared/ig/${guide}/examples`, `../shared/ig/${guide}/example`])
  .filter(existsSync);
if (PUBLISHED.length === 0) process.stdout.write('No published examples: expressions are compared on our own alone.\n');

const examples: readonly Resource[] = [...OWN, ...PUBLISHED].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Resource)
    .filter(({ resourceType }) => isKnownType(resourceType)),
);

/** What the engine finds by the whole expression. */
function interpreted(parameter: Parameter, resource: Resource): string[] {
  const expression = (parameter.definition.expression as string).replace(/^Resource\./, `${resource.resourceType}.`);
  // References to one type are kept with the others, and told apart when they are searched.
  const unresolved = parameter.only ? expression.replaceAll(/\.where\(resolve\(\) is \w+\)/g, '') : expression;
  const typed = { type: resource.resourceType, value: resource };
  return distinct(evalFhirPathTyped(parseFhirPath(unresolved), [typed]));
}

const compiled = (parameter: Parameter, resource: Resource): string[] =>
  distinct(parameter.find({ type: resource.resourceType, value: resource }));

/** The index holds each value once, however often it was found, and nothing of an element that has only extensions. */
function distinct(found: readonly { readonly value: unknown }[]): string[] {
  return [...new Set(found.filter(({ value }) => hasValue(value)).map(({ value }) => JSON.stringify(value)))];
}

function hasValue(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.keys(value).some((name) => name !== 'id' && name !== 'extension');
}

function expectSame(resource: Resource): void {
  for (const parameter of parametersOf(resource.resourceType).values()) {
    // Of a Bundle whose first entry holds no resource the interpreter takes the first that there is.
    if (isHeadless(resource) && parameter.definition.expression?.includes('[0]')) continue;
    const both = { by: parameter.code, found: compiled(parameter, resource) };
    expect(both).toEqual({ by: parameter.code, found: interpreted(parameter, resource) });
  }
}

function isHeadless(resource: Resource): boolean {
  return resource.resourceType === 'Bundle' && resource.entry?.[0]?.resource === undefined;
}

describe('a compiled expression finds what interpreting it finds', () => {
  test(`in each of the examples`, () => {
    for (const resource of examples) expectSame(resource);
    expect(examples.length).toBeGreaterThan(5);
  });

  test('in examples of which parts are gone, doubled or of another kind', () => {
    const mutation = fc.record({
      at: fc.nat(),
      path: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
      change: fc.constantFrom<Change>('remove', 'double', 'text'),
    });
    fc.assert(
      fc.property(mutation, ({ at, path, change }) => {
        const resource = structuredClone(examples[at % examples.length]) as Resource;
        mutate(resource as unknown as Record<string, unknown>, path, change);
        if (typeof resource.resourceType === 'string' && isKnownType(resource.resourceType)) expectSame(resource);
      }),
      { numRuns: 1_000 },
    );
  });
});

type Change = 'remove' | 'double' | 'text';

function mutate(node: Record<string, unknown>, [step = 0, ...further]: readonly number[], change: Change): void {
  const names = Object.keys(node).filter((name) => name !== 'resourceType');
  const name = names[step % names.length];
  if (name === undefined) return;
  const inner = node[name];
  if (further.length > 0 && typeof inner === 'object' && inner !== null) {
    mutate(inner as Record<string, unknown>, further, change);
  } else if (change === 'remove') delete node[name];
  else if (change === 'double') node[name] = Array.isArray(inner) ? [...inner, ...inner] : inner;
  else if (typeof inner === 'string' && !/^\d/.test(inner)) node[name] = 'x';
}
