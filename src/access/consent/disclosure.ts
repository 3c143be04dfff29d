import type { Consent } from '@medplum/fhirtypes';

/** Something that is to be disclosed: what, to whom, what for. */
export interface Disclosure {
  readonly recipient: Recipient;
  /** A code of v3 PurposeOfUse. @see http://terminology.hl7.org/CodeSystem/v3-ActReason */
  readonly purpose: string;
  readonly resource: DisclosedResource;
  /** The id of the Organization on whose behalf it is disclosed: who sent the referral. */
  readonly from?: string | undefined;
  /** Whether who asks addressed the recipient itself, and not the hub. */
  readonly addressed: boolean;
  readonly now: Date;
}

export interface Recipient {
  /** The id of its Organization. */
  readonly organizationId: string;
  /** Codes of Organization.type. */
  readonly types: readonly string[];
}

export interface DisclosedResource {
  readonly type: string;
  readonly id: string;
  /** The codes of its `meta.security`. */
  readonly labels: readonly string[];
  /** What it is about, as `system|code`: its codes and categories. */
  readonly codes: readonly string[];
  /** The id of the Organization that wrote it first. */
  readonly author: string | undefined;
  /** When what it tells of was, as a FHIR dateTime. */
  readonly at: string | undefined;
}

/** A Consent as it was given, and the id of the Organization that wrote it down. */
export interface GivenConsent {
  readonly consent: Consent & { readonly id?: string | undefined };
  readonly author: string;
}

/** `deny`: the client said no. `wait`: it needs a consent that is not there. */
export type Verdict = 'permit' | 'deny' | 'wait';

/** One ground of a decision, in words without anything about a person. */
export interface Ground {
  /** The Consent it rests on, as a reference. */
  readonly consent?: string;
  /** Which provision of it, as a FHIRPath. */
  readonly provision?: string;
  /** Which rule of the policy. */
  readonly rule?: string;
  readonly text: string;
}

export interface Decision {
  readonly decision: Verdict;
  readonly because: readonly Ground[];
  /** From when on it must be decided anew, because a period begins or ends. */
  readonly until: Date | undefined;
}
