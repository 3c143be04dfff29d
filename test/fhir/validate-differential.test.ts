import { beforeAll, describe, expect, test } from '@jest/globals';
import { OperationOutcomeError, validateResource } from '@medplum/core';
import type { Resource } from '@medplum/fhirtypes';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { examine } from '../../src/fhir/validate/validate.ts';
import type { Finding } from '../../src/fhir/validate/walk.ts';
import { loadEngine } from '../partners/fhir/engine.ts';
import { fits, MILDER, STRICTER } from './differential/disagreements.ts';
import { mutate, pick, seeded } from './differential/mutate.ts';
import { valueAt } from './differential/value-at.ts';
import { ownExamples, publishedExamples } from './published.ts';

/** How many changed resources are held against both validators. Any seed will do; this one is always the same. */
const HOW_MANY = 20_000;
const SEED = 20_261_124;

beforeAll(() => {
  loadDefinitions();
  loadEngine();
});

/** What ours finds wrong. Profiles are left out: Medplum's does not look at what a resource claims. */
function ours(resource: object): Finding[] {
  return examine(resource as Resource, []).findings.filter(({ severity }) => severity === 'error');
}

function theirs(resource: object): string[] {
  try {
    validateResource(resource as Resource);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof OperationOutcomeError)) return [`threw ${String(thrown)}`];
    const errors = thrown.outcome.issue.filter(({ severity }) => severity === 'error');
    return errors.map(({ details }) => details?.text ?? '');
  }
}

/** What in a disagreement about a resource has no explanation; the kinds of what has one are counted. */
function unexplained(resource: object, found = ours(resource), counts = new Map<string, number>()): string[] {
  const raised = theirs(resource);
  if ((found.length === 0) === (raised.length === 0)) return [];
  const strict = found.flatMap((each) => {
    const kind = STRICTER.find((known) => fits(known, each, valueAt(resource, each.expression)));
    return counted(kind, counts) ? [] : [`only ours: ${each.text} (${each.expression})`];
  });
  if (found.length > 0) return strict;
  return raised.flatMap((text) => {
    const kind = MILDER.find((known) => known.fits(text, resource));
    return counted(kind, counts) ? [] : [`only theirs: ${text}`];
  });
}

function counted(kind: { readonly name: string } | undefined, counts: Map<string, number>): boolean {
  if (kind) counts.set(kind.name, (counts.get(kind.name) ?? 0) + 1);
  return kind !== undefined;
}

describe('our validator and Medplum’s', () => {
  const examples = [...publishedExamples(), ...ownExamples()].map(({ resource }) => withoutClaims(resource));

  test.each(examples.map((each) => [`${each.resourceType}/${each.id}`, each] as const))(
    'agree on %s',
    (_name, example) => {
      expect(unexplained(example)).toEqual([]);
    },
  );

  test(`agree on ${HOW_MANY} changed resources, or the reason is known`, () => {
    const chance = seeded(SEED);
    const surprises: string[] = [];
    const counts = new Map<string, number>();
    let valid = 0;
    for (let done = 0; done < HOW_MANY; done++) {
      const { resource, done: changes } = mutate(pick(examples, chance), chance);
      const found = ours(resource as object);
      surprises.push(...unexplained(resource as object, found, counts).map((each) => `${changes.join(', ')}: ${each}`));
      if (found.length === 0) valid += 1;
    }
    expect(surprises).toEqual([]);
    // A kind nothing is of would only hide what comes later.
    expect([...STRICTER, ...MILDER].map(({ name }) => name).filter((name) => !counts.has(name))).toEqual([]);
    // Changes that leave nothing valid, or nothing invalid, would compare nothing.
    expect(valid).toBeGreaterThan(HOW_MANY / 20);
    expect(valid).toBeLessThan(HOW_MANY / 2);
  }, 300_000);

  test.each(STRICTER)('disagree on $name: only ours refuses', (kind) => {
    const { example } = kind;
    const found = ours(example);
    expect(found.filter((each) => !fits(kind, each, valueAt(example, each.expression)))).toEqual([]);
    expect([found.length > 0, theirs(example)]).toEqual([true, []]);
  });

  test.each(MILDER)('disagree on $name: only Medplum’s refuses', (kind) => {
    const { example } = kind;
    const raised = theirs(example);
    expect(raised.filter((text) => !kind.fits(text, example))).toEqual([]);
    expect([raised.length > 0, ours(example)]).toEqual([true, []]);
  });
});

function withoutClaims(resource: Resource): Resource {
  const { meta: _meta, ...rest } = resource;
  return rest as Resource;
}
