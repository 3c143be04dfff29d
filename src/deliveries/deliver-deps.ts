import type { ConsentPolicy } from '../access/consent/policy.ts';
import type { MailSettings } from '../channels/notification.ts';
import type { PartnerTokens } from '../channels/presenting/partner-tokens.ts';
import type { Store } from '../fhir/store/transact.ts';
import type { SubscriptionSettings } from '../fhir/subscriptions/terms/terms.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { SecretKeys } from '../secrets/keys.ts';

/** What delivering needs. */
export interface DeliverDeps {
  readonly store: Store;
  readonly hubOrg: string;
  readonly hubBase: string;
  readonly outbound: Outbound;
  /** What is presented to partners' servers is sealed with these. */
  readonly secretKeys: SecretKeys;
  readonly partnerTokens: PartnerTokens;
  readonly timeoutMs: number;
  readonly laneLimit: number;
  readonly schedule: readonly number[];
  /** How often a partner's server is asked what became of what was put there. */
  readonly fetchIntervalMs: number;
  /** How long after its end it is asked for still. */
  readonly fetchLateMs: number;
  /** A number from 0 to 1, for the spread of retries. */
  readonly chance: () => number;
  readonly subscriptions: SubscriptionSettings;
  /** Undefined: this hub sends no e-mail. */
  readonly mail: MailSettings | undefined;
  /** The address people reach this hub at. */
  readonly pages: string;
  /** Whether agencies may answer by their mailbox here. */
  readonly mailboxAnswers: boolean;
  /** What may be disclosed on which basis. */
  readonly consentPolicy: ConsentPolicy;
}
