import type { Coding, Resource, Task } from '@medplum/fhirtypes';
import { withNumbersOf } from '../../db/written-numbers.ts';
import { CONFIDENTIALITY_SYSTEM, confidentialityOf } from '../../fhir/sharing/confidentiality.ts';
import { RESTRICTED_LABEL } from '../../fhir/sharing/restricted.ts';
import { type ConsentPolicy, ruleOf } from '../consent/policy.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
export const LABEL_SYSTEM = 'https://careloop.dev/fhir/CodeSystem/label';

/** Labels that are this hub's own; all others are HL7's. */
export const LABEL_CODES: readonly string[] = [RESTRICTED_LABEL, 'address-confidential'];

/** No passing on without a consent. @see http://terminology.hl7.org/CodeSystem/v3-ActCode */
const NO_REDISCLOSURE = 'NORDSCLCD';

/** The codes of a resource's security labels. Pure. */
export function labelsIn(resource: Pick<Resource, 'meta'> | undefined): string[] {
  return (resource?.meta?.security ?? []).flatMap(({ code }) => code ?? []);
}

/** Those of its labels that the policy has a rule about. Pure. */
export function sensitiveIn(resource: Pick<Resource, 'meta'> | undefined, policy: ConsentPolicy): string[] {
  return labelsIn(resource).filter((label) => ruleOf(policy, label));
}

/**
 * A resource with these labels beside its own, and with what follows from them: it is restricted (very, where few may know
 * of it), and what has a notice is not passed on without a consent. The same resource where it has them all. Pure.
 * @see https://hl7.org/fhir/R4/security-labels.html
 */
export function labelled<T extends Resource>(resource: T, labels: Iterable<string>, policy: ConsentPolicy): T {
  const has = new Set(labelsIn(resource));
  const sensitive = [...new Set(labels)];
  const bound = sensitive.some((label) => policy.notices[label]) ? [NO_REDISCLOSURE] : [];
  const missing = [...sensitive, ...bound].filter((label) => !has.has(label));
  const level = confidentialityOf([...has, ...sensitive.map((label) => (label === RESTRICTED_LABEL ? 'V' : 'R'))]);
  if (missing.length === 0 && (sensitive.length === 0 || has.has(level))) return resource;
  const others = (resource.meta?.security ?? []).filter(({ system }) => system !== CONFIDENTIALITY_SYSTEM);
  const security = [{ system: CONFIDENTIALITY_SYSTEM, code: level }, ...others, ...missing.map(codingOf)];
  return withNumbersOf(resource, { ...resource, meta: { ...resource.meta, security } });
}

/**
 * A resource without these labels, and without what followed from them alone: that it is restricted, that it is not passed
 * on without a consent, and (of a Task) the notice that had to be said. The same resource where it has none of them. Pure.
 */
export function unlabelled<T extends Resource>(resource: T, labels: ReadonlySet<string>, policy: ConsentPolicy): T {
  const security = resource.meta?.security ?? [];
  const left = security.filter(({ code }) => !labels.has(code ?? ''));
  if (left.length === security.length) return resource;
  const sensitive = sensitiveIn({ meta: { security: left } }, policy);
  const isBound = sensitive.some((label) => policy.notices[label]);
  const others = left.filter(
    ({ system, code }) => system !== CONFIDENTIALITY_SYSTEM && (isBound || code !== NO_REDISCLOSURE),
  );
  const level = sensitive.includes(RESTRICTED_LABEL) ? 'V' : 'R';
  const marked = sensitive.length > 0 ? [{ system: CONFIDENTIALITY_SYSTEM, code: level }, ...others] : others;
  const { security: _security, ...meta } = resource.meta ?? {};
  const after = { ...resource, meta: marked.length > 0 ? { ...meta, security: marked } : meta };
  return withNumbersOf(resource, withoutNotices(after, [...labels], sensitive, policy));
}

/** The hub said these itself, and nothing more: see `carryLabels`. */
function withoutNotices<T extends Resource>(
  resource: T,
  removed: readonly string[],
  left: readonly string[],
  { notices }: ConsentPolicy,
): T {
  if (resource.resourceType !== 'Task') return resource;
  const due = new Set(left.flatMap((label) => notices[label] ?? []));
  const over = new Set(removed.flatMap((label) => notices[label] ?? []).filter((text) => !due.has(text)));
  const { note, ...rest } = resource as T & Task;
  const kept = (note ?? []).filter((each) => !(over.has(each.text ?? '') && Object.keys(each).length === 1));
  return (kept.length > 0 ? { ...rest, note: kept } : rest) as T;
}

function codingOf(code: string): Coding {
  return { system: LABEL_CODES.includes(code) ? LABEL_SYSTEM : ACT_CODE, code };
}
