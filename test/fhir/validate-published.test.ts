import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../../src/errors.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { findProfile, loadHouseProfiles, loadProfiles } from '../../src/fhir/validate/profiles/known-profiles.ts';
import { validate } from '../../src/fhir/validate/validate.ts';
import {
  brokenExamples,
  isPublishedHere,
  ownExamples,
  profilesIn,
  publishedExamples,
  SDOHCC,
  US_CORE,
} from './published.ts';

beforeAll(() => {
  loadDefinitions();
  loadHouseProfiles(isPublishedHere ? `${SDOHCC},${US_CORE}` : undefined);
});

test('the published guides are there to be compared with (in CI)', () => {
  if (process.env.CI) expect(isPublishedHere).toBe(true);
});

/** The faults of a resource, as `code@place`. */
function faults(resource: Resource): string[] {
  try {
    validate(resource);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return thrown.outcome.issue.map(({ code, expression }) => `${code}@${expression?.[0]}`);
  }
}

describe('the examples of this repository', () => {
  test.each(ownExamples())('that are valid are accepted: $file', ({ resource }) => {
    expect(faults(resource)).toEqual([]);
  });

  test.each(brokenExamples())('that break a rule are refused for it: $file', ({ file, resource }) => {
    expect(faults(resource).map((each) => each.replace(/\.ofType\(.*\)$/, ''))).toContain(file.replace('.json', ''));
  });
});

(isPublishedHere ? describe : describe.skip)('the published profiles', () => {
  const profiles = isPublishedHere ? [SDOHCC, US_CORE].flatMap(profilesIn) : [];

  test('are all known and compile', () => {
    expect(profiles.length).toBeGreaterThan(80);
    expect(profiles.filter(({ url }) => !findProfile(url as string)).map(({ url }) => url)).toEqual([]);
  });

  test.each(publishedExamples('sdohcc'))('accept the example $file', ({ resource }) => {
    expect(faults(resource)).toEqual([]);
  });

  test('are loaded from a folder, whose profiles are named', () => {
    expect(loadProfiles(SDOHCC).sort()).toEqual(
      profilesIn(SDOHCC)
        .map(({ url }) => url)
        .sort(),
    );
  });

  test('are found by their version too, and not by another', () => {
    const url = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';
    expect([findProfile(`${url}|7.0.0`), findProfile(`${url}|6.1.0`)]).toEqual([expect.any(Function), undefined]);
  });
});
