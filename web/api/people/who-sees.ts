import type { Role, Session } from './types.ts';

export function hasRole({ person }: Session, ...roles: readonly Role[]): boolean {
  return roles.some((role) => person.roles.includes(role));
}

/** Whether the list of loops is for somebody. */
export function seesLoops(session: Session): boolean {
  return (
    hearsNews(session) || session.brokenGlass !== undefined || hasRole(session, 'agency-worker', 'hospital-viewer')
  );
}

/** Whether somebody is told numbers of groups of people: those who look after all of them. */
export function countsPeople(session: Session): boolean {
  return hearsNews(session) || session.brokenGlass !== undefined;
}

/** Whether the hub tells somebody of every change as it happens. */
export function hearsNews(session: Session): boolean {
  return hasRole(session, 'case-manager', 'supervisor');
}
