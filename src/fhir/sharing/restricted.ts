import type { Resource } from '@medplum/fhirtypes';
import type { Role } from '../role.ts';

/** Marks what is part of a mandated report: also at the hub only those see it whose role it is. */
export const RESTRICTED_LABEL = 'child-protection';

/** The role at the hub of those who do. */
export const PROTECTION_WORKER = 'protection-worker' satisfies Role;

/** Whether a resource is part of a mandated report. Pure. */
export function isRestricted(resource: Pick<Resource, 'meta'> | undefined): boolean {
  return resource?.meta?.security?.some(({ code }) => code === RESTRICTED_LABEL) ?? false;
}

interface Looker {
  readonly kind: string;
  readonly roles?: readonly string[];
}

/**
 * Whether a caller is shown what is part of a mandated report, where it may see it at all: the hub itself, people whose
 * role it is, and programs of the organizations that sent it or were sent it. Other people are not, nor are programs of
 * the hub. Pure.
 */
export function seesRestricted({ kind, roles }: Looker): boolean {
  if (kind === 'hub') return true;
  return roles ? roles.includes(PROTECTION_WORKER) : kind === 'client';
}

/** A clause that leaves out what is restricted, to go behind others; nothing where the caller sees it. */
export function unlessRestricted(caller: Looker, alias: string): string {
  return seesRestricted(caller) ? '' : ` AND NOT ${alias}.restricted`;
}
