import type { Invitation, Invited, Person, SecondFactorOffer, Session, SessionList, SignInWays } from '../schema.d.ts';

// The shapes of what people do with their accounts, by the names the screens use.

export type { Invitation, Invited, Person, SecondFactorOffer, Session, SignInWays };

export type Role = Person['roles'][number];
export type Organization = Person['organization'];
/** A browser somebody is signed in with. */
export type OpenSession = SessionList['sessions'][number];

/** The roles at the hub's own organization, at a partner's, and at either. */
export const hubRoles = ['case-manager', 'supervisor', 'administrator', 'auditor'] as const satisfies readonly Role[];
export const partnerRoles = ['agency-worker', 'hospital-viewer'] as const satisfies readonly Role[];
export const otherRoles = ['protection-worker', 'client'] as const satisfies readonly Role[];
