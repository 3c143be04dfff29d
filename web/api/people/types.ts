/** What somebody may do, in the organization they belong to. */
export const hubRoles = ['case-manager', 'supervisor', 'administrator', 'auditor'] as const;
export const partnerRoles = ['agency-worker', 'hospital-viewer'] as const;
export const otherRoles = ['protection-worker', 'client'] as const;
export type Role = (typeof hubRoles | typeof partnerRoles | typeof otherRoles)[number];

export interface Organization {
  id: string;
  name: string;
}

export interface Session {
  person: { id: string; name: string; email: string; roles: Role[]; organization: Organization };
  /** What each change must say, so that no other site can make one. */
  csrfToken: string;
  secondFactor: boolean;
  idleUntil: string;
  endsAt: string;
}

/** A browser somebody is signed in with. */
export interface OpenSession {
  id: string;
  createdAt: string;
  usedAt: string;
  userAgent: string;
  current: boolean;
}

/** Somebody who may sign in, as administrators see them. */
export interface Person {
  id: string;
  name: string;
  email: string;
  roles: Role[];
  organization: Organization;
  active: boolean;
  secondFactor: boolean;
  /** Whether no password was chosen yet. */
  invited: boolean;
}

/** The link by which somebody chooses a password; told once. */
export interface Invitation {
  invitation: string;
  expiresAt: string;
}

/** How one may sign in here. */
export interface WaysIn {
  /** Whether nobody can sign in yet. */
  setUp: boolean;
  password: boolean;
  providers: { id: string; name: string }[];
}
