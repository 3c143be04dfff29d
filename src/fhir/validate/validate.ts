import type { Resource } from '@medplum/fhirtypes';
import { AppError, type Issue } from '../../errors.ts';
import { isConcreteResource } from './definitions/known.ts';
import { modelOf } from './definitions/model.ts';
import { checkProfile, claimedBy } from './profiles/claimed.ts';
import { findProfile } from './profiles/known-profiles.ts';
import { checkOf } from './structure/check-of.ts';
import { NOT_TEXT } from './structure/formats.ts';
import { type Finding, type JsonObject, startWalk, type Walk } from './walk.ts';

/**
 * Checks a resource against the base R4 definitions: known elements, cardinality, types, formats, required bindings,
 * invariants. Profiles it claims are checked too where they are known.
 * @throws AppError (400) with one issue per fault (the first 50), each saying where by FHIRPath
 * @see https://hl7.org/fhir/R4/validation.html
 */
export function validate(resource: Resource): void {
  const walk = check(resource, false);
  if (walk.faults > 0) throw refusal(resource, walk);
}

/**
 * Finds what is wrong with a resource, and what is worth saying though it refuses no write: best practice, and codes
 * outside of extensible value sets.
 * @param profiles canonical addresses of profiles it must conform to besides those it claims; unknown ones are passed over
 * @throws AppError (400) when it is of no R4 type
 */
export function examine(resource: Resource, profiles: readonly string[]): Pick<Walk, 'findings' | 'faults'> {
  const walk = check(resource, true);
  if (walk.isTooDeep) return walk;
  const value = resource as unknown as JsonObject;
  const claimed = new Set(claimedBy(value));
  for (const profile of profiles) {
    if (!claimed.has(profile)) checkProfile(profile, value, walk);
  }
  return walk;
}

/**
 * Whether a resource conforms to a profile, and to R4.
 * @returns undefined when the profile is not known here
 */
export function conforms(resource: Resource, profile: string): boolean | undefined {
  if (!findProfile(profile)) return undefined;
  return examine(resource, [profile]).faults === 0;
}

function check(resource: Resource, withWarnings: boolean): Walk {
  const type: unknown = resource.resourceType;
  if (typeof type !== 'string' || !isConcreteResource(type)) throw unknownType(type);
  const value = resource as unknown as JsonObject;
  const walk = startWalk(value, type, withWarnings);
  checkOf(modelOf(type), false)(value, walk);
  return walk;
}

function unknownType(type: unknown): AppError {
  const missing = 'This has no resourceType. Say what it is, e.g. "resourceType": "Task".';
  const text = type === undefined ? missing : `${shown(type)} is not an R4 resource type.`;
  const sentence = type === undefined ? missing : `${text} Set resourceType to one, e.g. "Task".`;
  return new AppError('invalid', 'resource.unknown-type', sentence, { issues: [{ text, expression: 'resourceType' }] });
}

/** A word may be shown; anything else could be somebody's data, or nothing that can be written as a word. */
function shown(type: unknown): string {
  return typeof type === 'string' && /^[A-Za-z]{1,40}$/.test(type) ? `"${type}"` : 'What is in its place';
}

function refusal({ resourceType: type, id }: Resource, { findings, faults }: Walk): AppError {
  const subject = typeof id === 'string' ? { type, id } : undefined;
  const unstorable = findings.filter(({ text }) => text === NOT_TEXT);
  if (unstorable.length > 0) {
    const text = `This ${type} holds text that cannot be stored.`;
    return new AppError('invalid', 'resource.not-text', text, { issues: unstorable.map(toIssue), subject });
  }
  const more = faults - findings.length;
  const issues = [...findings.map(toIssue), ...(more > 0 ? [moreFaults(more, type)] : [])];
  return new AppError('invalid', 'resource.not-valid', `This ${type} is not valid FHIR R4.`, { issues, subject });
}

function moreFaults(more: number, type: string): Issue {
  return { text: `There are ${more} more faults. Correct these first.`, expression: type, code: 'incomplete' };
}

function toIssue({ text, expression, code }: Finding): Issue {
  return { text, expression, code };
}
