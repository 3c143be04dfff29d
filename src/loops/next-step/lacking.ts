import type { ServiceRequest, Task } from '@medplum/fhirtypes';

/** What a referral must say before somebody can be asked: for whom, by a record, and what. */
export const LACKS = ['client', 'service'] as const;
export type Lack = (typeof LACKS)[number];

/**
 * What a referral does not say though nobody can be asked without it. A request that says in words what is asked lacks
 * nothing: people read it. Pure.
 */
export function lackingIn(root: Pick<Task, 'for'>, request: Pick<ServiceRequest, 'code' | 'category'>): Lack[] {
  const says = [request.code, ...(request.category ?? [])].some(
    (concept) => concept?.text?.trim() || concept?.coding?.some(({ code, display }) => code || display),
  );
  return [...(root.for?.reference ? [] : (['client'] as const)), ...(says ? [] : (['service'] as const))];
}
