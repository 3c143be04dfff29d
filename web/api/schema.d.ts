/* Made from the OpenAPI document by `npm run api-types`. Do not edit. */

export type TimelineEntry =
  | {
      id: string;
      /**
       * ISO 8601 moment, UTC
       */
      at: string;
      /**
       * ISO 8601 moment, UTC
       */
      recordedAt: string;
      kind: 'status';
      of: 'root' | 'leg';
      organization: Party | null;
      actor: Party | null;
      from:
        | (
            | 'draft'
            | 'requested'
            | 'accepted'
            | 'rejected'
            | 'in-progress'
            | 'on-hold'
            | 'completed'
            | 'failed'
            | 'cancelled'
            | 'entered-in-error'
          )
        | null;
      to:
        | 'draft'
        | 'requested'
        | 'accepted'
        | 'rejected'
        | 'in-progress'
        | 'on-hold'
        | 'completed'
        | 'failed'
        | 'cancelled'
        | 'entered-in-error';
      progress: string | null;
      reason: string | null;
      implied: boolean;
      source: 'fhir' | 'console' | 'poll' | 'timer' | 'hub';
    }
  | {
      id: string;
      /**
       * ISO 8601 moment, UTC
       */
      at: string;
      /**
       * ISO 8601 moment, UTC
       */
      recordedAt: string;
      kind: 'delivery';
      message: 'offer' | 'status' | 'closing' | 'cancel' | 'consent';
      recipient: Party;
      status: 'pending' | 'sending' | 'delivered' | 'rejected' | 'dead' | 'withdrawn';
      attempts: number;
      lastCode: string | null;
      nextAt: string | null;
      settledAt: string | null;
    };

export interface Schemas {
  Party: Party;
  NextStep: NextStep;
  LoopSummary: LoopSummary;
  Leg: Leg;
  TimelineEntry: TimelineEntry;
  LoopDetail: LoopDetail;
  LoopList: LoopList;
  PlanInput: PlanInput;
  OfferInput: OfferInput;
  CloseInput: CloseInput;
  ClientInput: ClientInput;
  TakeReferralInput: TakeReferralInput;
  ConsentQuestion: ConsentQuestion;
}
/**
 * An organization
 */
export interface Party {
  id: string;
  name: string;
}
export interface NextStep {
  step:
    | 'choose-recipient'
    | 'obtain-consent'
    | 'deliver'
    | 'decide'
    | 'first-contact'
    | 'progress'
    | 'resume'
    | 'report-outcome'
    | 'decide-after-decline'
    | 'decide-after-failure'
    | 'confirm-closing';
  waitingOn: {
    kind: 'receiver' | 'case-manager' | 'hub' | 'sender';
    party: Party | null;
  };
  /**
   * ISO 8601 moment, UTC
   */
  since: string;
  due: string | null;
  late: boolean;
}
export interface LoopSummary {
  id: string;
  client: {
    reference: string;
    name: string;
  };
  service: string;
  category: string | null;
  priority: 'routine' | 'urgent' | 'asap' | 'stat';
  sender: Party;
  receiver: Party | null;
  state: 'open' | 'closed';
  status:
    | 'draft'
    | 'requested'
    | 'accepted'
    | 'rejected'
    | 'in-progress'
    | 'on-hold'
    | 'completed'
    | 'failed'
    | 'cancelled'
    | 'entered-in-error';
  progress: string | null;
  nextStep: NextStep | null;
  outcome: {
    code:
      | 'services-provided'
      | 'partially-provided'
      | 'enrolled-ongoing'
      | 'client-declined'
      | 'client-unreachable'
      | 'not-eligible'
      | 'no-capacity'
      | 'duplicate'
      | 'client-moved'
      | 'client-died'
      | 'withdrawn-by-sender'
      | 'unresponsive-receiver'
      | 'receiver-declined'
      | 'not-provided'
      | 'entered-in-error';
    text: string | null;
  } | null;
  /**
   * ISO 8601 moment, UTC
   */
  openedAt: string;
  /**
   * ISO 8601 moment, UTC
   */
  updatedAt: string;
  closedAt: string | null;
}
export interface Leg {
  id: string;
  organization: Party;
  status:
    | 'draft'
    | 'requested'
    | 'accepted'
    | 'rejected'
    | 'in-progress'
    | 'on-hold'
    | 'completed'
    | 'failed'
    | 'cancelled'
    | 'entered-in-error';
  progress: string | null;
  reason: string | null;
  /**
   * ISO 8601 moment, UTC
   */
  offeredAt: string;
  decidedAt: string | null;
  endedAt: string | null;
}
export interface LoopDetail {
  id: string;
  client: {
    reference: string;
    name: string;
  };
  service: string;
  category: string | null;
  priority: 'routine' | 'urgent' | 'asap' | 'stat';
  sender: Party;
  receiver: Party | null;
  state: 'open' | 'closed';
  status:
    | 'draft'
    | 'requested'
    | 'accepted'
    | 'rejected'
    | 'in-progress'
    | 'on-hold'
    | 'completed'
    | 'failed'
    | 'cancelled'
    | 'entered-in-error';
  progress: string | null;
  nextStep: NextStep | null;
  outcome: {
    code:
      | 'services-provided'
      | 'partially-provided'
      | 'enrolled-ongoing'
      | 'client-declined'
      | 'client-unreachable'
      | 'not-eligible'
      | 'no-capacity'
      | 'duplicate'
      | 'client-moved'
      | 'client-died'
      | 'withdrawn-by-sender'
      | 'unresponsive-receiver'
      | 'receiver-declined'
      | 'not-provided'
      | 'entered-in-error';
    text: string | null;
  } | null;
  /**
   * ISO 8601 moment, UTC
   */
  openedAt: string;
  /**
   * ISO 8601 moment, UTC
   */
  updatedAt: string;
  closedAt: string | null;
  legs: Leg[];
  timeline: TimelineEntry[];
}
export interface LoopList {
  loops: LoopSummary[];
  /**
   * Cursor of the next page
   */
  next: string | null;
  counts: {
    open: number;
    late: number;
    closed: number;
  };
}
export interface PlanInput {
  /**
   * The id of the client (Patient)
   */
  clientId: string;
  title: string;
  start: string;
  reviewDue?: string;
  /**
   * @minItems 1
   * @maxItems 50
   */
  needs: [
    {
      text: string;
      category?: {
        system: string;
        code: string;
        display?: string;
      };
    },
    ...{
      text: string;
      category?: {
        system: string;
        code: string;
        display?: string;
      };
    }[]
  ];
  /**
   * @minItems 1
   * @maxItems 50
   */
  goals: [
    {
      /**
       * In the client's own words
       */
      text: string;
      due?: string;
      /**
       * Places of the needs it addresses, from 0
       */
      needs?: number[];
    },
    ...{
      /**
       * In the client's own words
       */
      text: string;
      due?: string;
      /**
       * Places of the needs it addresses, from 0
       */
      needs?: number[];
    }[]
  ];
  /**
   * @maxItems 100
   */
  activities?: {
    text: string;
    responsible:
      | {
          kind: 'organization';
          id: string;
        }
      | {
          kind: 'case-manager';
        }
      | {
          kind: 'client';
        }
      | {
          kind: 'any-matching-service';
        };
    due: string;
    /**
     * What kind of service is asked for; a referral is matched by it
     */
    service?: {
      system: string;
      code: string;
      display?: string;
    };
    /**
     * Places of the goals it serves, from 0
     */
    goals?: number[];
  }[];
}
export interface OfferInput {
  organizationId: string;
}
export interface CloseInput {
  outcome:
    | 'services-provided'
    | 'partially-provided'
    | 'enrolled-ongoing'
    | 'client-declined'
    | 'client-unreachable'
    | 'not-eligible'
    | 'no-capacity'
    | 'duplicate'
    | 'client-moved'
    | 'client-died'
    | 'withdrawn-by-sender'
    | 'unresponsive-receiver'
    | 'receiver-declined'
    | 'not-provided'
    | 'entered-in-error';
  text: string;
}
export interface ClientInput {
  name: string;
  organizationId: string;
  jwks?: {
    keys: {
      [k: string]: unknown;
    }[];
    [k: string]: unknown;
  };
  jwksUri?: string;
  /**
   * @minItems 1
   * @maxItems 100
   */
  scopes?: [string, ...string[]];
}
export interface TakeReferralInput {
  loopId: string;
}
export interface ConsentQuestion {
  /**
   * What is to be disclosed: Type/id
   */
  resource: string;
  /**
   * To whom: the id of an Organization
   */
  recipient: string;
  /**
   * What for: a code of v3 PurposeOfUse
   */
  purpose?: string;
  /**
   * Whether its sender addressed the recipient itself
   */
  addressed?: boolean;
}
