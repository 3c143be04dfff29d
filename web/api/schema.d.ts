/* Made from the OpenAPI document by `npm run api-types`. Do not edit. */

export type TimelineEntry =
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      kind: 'status';
      of: 'root' | 'leg';
      organization: Party | null;
      actor: Party | null;
      /**
       * The name of who did it here; null: a program did, or it is not yours to know
       */
      by: string | null;
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
      source: 'fhir' | 'console' | 'mailbox' | 'poll' | 'timer' | 'hub';
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      kind: 'delivery';
      message: 'offer' | 'status' | 'closing' | 'cancel' | 'consent' | 'reminder' | 'message';
      recipient: Party;
      status: 'pending' | 'sending' | 'delivered' | 'rejected' | 'dead' | 'withdrawn';
      attempts: number;
      lastCode: string | null;
      nextAt: string | null;
      settledAt: string | null;
      /**
       * Of an offer: when somebody of its recipient first read here what it is asked
       */
      readAt: string | null;
      /**
       * Each attempt, oldest first; of many the latest twenty
       */
      tries: {
        number: number;
        /**
         * ISO 8601 moment, UTC
         */
        startedAt: string;
        finishedAt: string | null;
        outcome: string | null;
        code: string | null;
      }[];
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      /**
       * What an organization wrote on its own server could not be taken: it, or somebody for it, must correct it
       */
      kind: 'finding';
      organization: Party;
      /**
       * Of the CodeSystem of errors
       */
      code: string;
      /**
       * What is wrong, and what to do
       */
      text: string;
      /**
       * Where, in FHIRPath
       */
      expression: string | null;
      /**
       * When it was taken after all, or was not waited for any more
       */
      resolvedAt: string | null;
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      /**
       * Something awaited did not come in time, and the hub did what its policy says
       */
      kind: 'escalation';
      what:
        | 'remind'
        | 'remind-other-channel'
        | 'worklist'
        | 'supervisor'
        | 'offer-next'
        | 'close-unresponsive'
        | 'close-unconfirmed';
      /**
       * What was awaited
       */
      step:
        | 'resolve-intake'
        | 'choose-recipient'
        | 'obtain-consent'
        | 'deliver'
        | 'decide'
        | 'first-contact'
        | 'progress'
        | 'resume'
        | 'report-outcome'
        | 'answer-cancel'
        | 'answer'
        | 'resolve-answer'
        | 'decide-after-decline'
        | 'decide-after-failure'
        | 'confirm-closing'
        | 'confirm-with-client'
        | 'decide-after-answer';
      /**
       * Whom it was awaited from
       */
      organization: Party | null;
      /**
       * ISO 8601 moment, UTC
       */
      due: string;
      /**
       * What came of it: where it could not be done, a case manager must look
       */
      result: 'done' | 'no-other-channel' | 'nobody-to-ask' | 'not-possible' | 'others-told' | 'nobody-of-role';
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      /**
       * Something was said about it between those who have a part in it
       */
      kind: 'message';
      from: Party;
      /**
       * Who wrote it here; null: a program did
       */
      by: string | null;
      to: Party;
      /**
       * Its beginning; all of it is at /api/loops/{id}/messages
       */
      excerpt: string | null;
      /**
       * Until when it needs an answer
       */
      answerBy: string | null;
      answered: boolean;
      /**
       * When it came to its recipient
       */
      arrivedAt: string | null;
      /**
       * When somebody of its recipient first read it
       */
      readAt: string | null;
      withdrawn: boolean;
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      kind: 'policy';
      /**
       * The name of what applies from now on
       */
      policy: string;
      changes: {
        /**
         * spans.decide, ladder.default, …
         */
        what: string;
        from: string | null;
        to: string | null;
      }[];
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      kind: 'confirmation';
      what: 'asked' | 'link' | 'answered' | 'unanswered' | 'ended' | 'settled';
      /**
       * Of an answer: by which way it came
       */
      way: ('app' | 'telephone' | 'link') | null;
      reason: string | null;
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      kind: 'note';
      /**
       * On what it stands: on what is asked, on the referral, on a part of it
       */
      of: 'request' | 'root' | 'leg';
      /**
       * Who wrote it, where it says so
       */
      author: string | null;
      text: string;
      /**
       * The Communication it is kept in, apart from its Task: what is labelled is read by whom consent permits
       */
      apart: string | null;
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      kind: 'appointment';
      /**
       * Its reference
       */
      appointment: string;
      /**
       * Appointment.status
       */
      status: string;
      /**
       * The status it had before; null: it is new
       */
      before: string | null;
      start: string | null;
      end: string | null;
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      kind: 'share';
      organization: Party;
      /**
       * As what it belongs to the referral
       */
      what: (
        'task' | 'request' | 'client' | 'reason' | 'supporting-information' | 'document' | 'outcome' | 'message'
      )[];
      /**
       * It is shared no more
       */
      ended: boolean;
      /**
       * When it is to end, where that is known
       */
      until: string | null;
      /**
       * The Consents that permit it; none: it needs none
       */
      consents: string[];
      /**
       * Why it has ended: a status of the Task, consent-withdrawn, time-over, …
       */
      because: string | null;
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      kind: 'consent';
      organization: Party;
      /**
       * As what it belongs to the referral
       */
      what: (
        'task' | 'request' | 'client' | 'reason' | 'supporting-information' | 'document' | 'outcome' | 'message'
      )[];
      /**
       * It is withheld still; was permitted later; is not asked any more
       */
      state: 'waits' | 'permitted' | 'ended';
      permittedAt: string | null;
    }
  | {
      id: string;
      /**
       * When it happened, as who did it says
       */
      at: string;
      /**
       * When the hub came to know of it: the order of a timeline
       */
      recordedAt: string;
      kind: 'sign-off';
      what:
        'closing-received' | 'closing-read' | 'closing-waived' | 'signed' | 'attested' | 'authenticated' | 'answered';
      organization: Party | null;
      /**
       * Who, as it is named there
       */
      by: string | null;
      /**
       * The reference of what is signed
       */
      of: string | null;
    };
export type OfferInput =
  | {
      organizationId: string;
    }
  | {
      /**
       * @minItems 1
       * @maxItems 200
       */
      organizationIds: string[];
      /**
       * parallel: each for its part; open: all for the same, and the first that accepts has it
       */
      mode: 'parallel' | 'open';
    };
export type MailboxAnswerInput =
  | {
      status: 'agrees';
    }
  | {
      status: 'refuses';
      text: string;
    }
  | {
      status: 'accepted';
    }
  | {
      status: 'in-progress';
    }
  | {
      status: 'rejected';
      why: 'out-of-area' | 'missing-documents' | 'lack-of-resources' | 'other' | 'not-eligible' | 'no-capacity';
      text: string;
    }
  | {
      status: 'on-hold';
      text: string;
      until?: string;
    }
  | {
      status: 'failed';
      why:
        | 'client-declined'
        | 'client-unreachable'
        | 'not-eligible'
        | 'no-capacity'
        | 'duplicate'
        | 'client-moved'
        | 'client-died'
        | 'not-provided';
      text: string;
    }
  | {
      status: 'completed';
      outcome: 'services-provided' | 'partially-provided' | 'enrolled-ongoing';
      /**
       * What was done
       */
      text: string;
      /**
       * What of the need remains
       */
      remains?: string;
    };
export type CredentialInput =
  | {
      kind: 'bearer';
      token: string;
    }
  | {
      kind: 'basic';
      username: string;
      password: string;
    }
  | {
      kind: 'header';
      name: string;
      value: string;
    }
  | {
      kind: 'smart-backend';
      tokenUrl: string;
      clientId: string;
      scope: string;
    };

export interface Schemas {
  Party: Party;
  NextStep: NextStep;
  LoopSummary: LoopSummary;
  Leg: Leg;
  TimelineEntry: TimelineEntry;
  TimelinePage: TimelinePage;
  LoopDetail: LoopDetail;
  LoopList: LoopList;
  LoopCounts: LoopCounts;
  LoopSearch: LoopSearch;
  SavedFilter: SavedFilter;
  SavedFilters: SavedFilters;
  FilterInput: FilterInput;
  MeasuredNumber: MeasuredNumber;
  Measured: Measured;
  Measures: Measures;
  LoopsBehind: LoopsBehind;
  PlanInput: PlanInput;
  Candidates: Candidates;
  OfferInput: OfferInput;
  CloseInput: CloseInput;
  ReopenInput: ReopenInput;
  LoopMessage: LoopMessage;
  LoopMessages: LoopMessages;
  MessageInput: MessageInput;
  MessagesReadInput: MessagesReadInput;
  Form: Form;
  ClientAnswersInput: ClientAnswersInput;
  ConfirmationLink: ConfirmationLink;
  ClientLinkCode: ClientLinkCode;
  ClientAnswersByLinkInput: ClientAnswersByLinkInput;
  MailboxLink: MailboxLink;
  MailboxOpenInput: MailboxOpenInput;
  MailboxReferral: MailboxReferral;
  MailboxAnswerInput: MailboxAnswerInput;
  MailboxMessageInput: MailboxMessageInput;
  MailboxMessages: MailboxMessages;
  ClientInput: ClientInput;
  ClientKeysInput: ClientKeysInput;
  CredentialInput: CredentialInput;
  CalendarInput: CalendarInput;
  TakeReferralInput: TakeReferralInput;
  SetUpInput: SetUpInput;
  SignInInput: SignInInput;
  SignInWays: SignInWays;
  Session: Session;
  SessionList: SessionList;
  InvitationCode: InvitationCode;
  AcceptInput: AcceptInput;
  SecondFactorCode: SecondFactorCode;
  PasswordInput: PasswordInput;
  NewPasswordInput: NewPasswordInput;
  SecondFactorOffer: SecondFactorOffer;
  RecoveryCodes: RecoveryCodes;
  Person: Person;
  PersonInput: PersonInput;
  PersonChange: PersonChange;
  PersonList: PersonList;
  Invitation: Invitation;
  SignInLink: SignInLink;
  InvitedPerson: InvitedPerson;
  Invited: Invited;
  BreakGlassInput: BreakGlassInput;
  BreakGlassStarted: BreakGlassStarted;
  BreakGlassList: BreakGlassList;
  IdentityProvider: IdentityProvider;
  IdentityProviderInput: IdentityProviderInput;
  IdentityProviderChange: IdentityProviderChange;
  IdentityProviderList: IdentityProviderList;
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
    | 'resolve-intake'
    | 'choose-recipient'
    | 'obtain-consent'
    | 'deliver'
    | 'decide'
    | 'first-contact'
    | 'progress'
    | 'resume'
    | 'report-outcome'
    | 'answer-cancel'
    | 'answer'
    | 'resolve-answer'
    | 'decide-after-decline'
    | 'decide-after-failure'
    | 'confirm-closing'
    | 'confirm-with-client'
    | 'decide-after-answer';
  waitingOn: {
    kind: 'receiver' | 'case-manager' | 'hub' | 'sender' | 'client';
    party: Party | null;
  };
  /**
   * ISO 8601 moment, UTC
   */
  since: string;
  due: string | null;
  late: boolean;
  /**
   * How far the hub has gone because it is late: whom it waits for was reminded, or people here must look
   */
  escalation: ('reminded' | 'worklist' | 'supervisor') | null;
}
export interface LoopSummary {
  id: string;
  client: {
    reference: string;
    name: string;
  };
  service: string;
  category: string | null;
  /**
   * Nobody may reach out to the client for it, on any way
   */
  contactProhibited: boolean;
  /**
   * Name of the programme it is of, as its folder has it; of none: null
   */
  programme: string | null;
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
  /**
   * Messages for your organization that nobody there has read
   */
  unread: number;
  /**
   * What stands on servers of organizations and could not be taken: see its timeline
   */
  untaken: number;
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
    /**
     * What of the need remains, in words
     */
    remains: string | null;
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
  /**
   * It had accepted, and gave that back before work began
   */
  takenBack: boolean;
}
export interface TimelinePage {
  entries: TimelineEntry[];
  /**
   * Cursor of what comes behind, in the same order
   */
  next: string | null;
}
export interface LoopDetail {
  id: string;
  client: {
    reference: string;
    name: string;
  };
  service: string;
  category: string | null;
  /**
   * Nobody may reach out to the client for it, on any way
   */
  contactProhibited: boolean;
  /**
   * Name of the programme it is of, as its folder has it; of none: null
   */
  programme: string | null;
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
  /**
   * Messages for your organization that nobody there has read
   */
  unread: number;
  /**
   * What stands on servers of organizations and could not be taken: see its timeline
   */
  untaken: number;
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
    /**
     * What of the need remains, in words
     */
    remains: string | null;
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
  confirmation: {
    state: 'asked' | 'received' | 'partly' | 'not-received' | 'unanswered';
    needRemains: boolean | null;
    /**
     * The client's Task
     */
    task: string;
    answers: {
      question: string;
      answer: boolean | string;
    }[];
  } | null;
  /**
   * What it does not say, so that nobody can be asked yet: for whom it is, or what is asked
   */
  lacks: ('client' | 'service')[];
  /**
   * The loop that it takes the place of
   */
  replaces: string | null;
  /**
   * The loops that took its place
   */
  replacedBy: string[];
  legs: Leg[];
  /**
   * The latest of what happened to it, oldest first; all that is known of it is at /api/loops/{id}/timeline
   */
  timeline: TimelineEntry[];
}
export interface LoopList {
  loops: LoopSummary[];
  /**
   * Cursor of the next page
   */
  next: string | null;
}
/**
 * How many loops there are, and what the open ones wait for
 */
export interface LoopCounts {
  open: number;
  /**
   * Of those that are open, of which one is shown until when they are due
   */
  late: number;
  closed: number;
  steps: {
    step:
      | 'resolve-intake'
      | 'choose-recipient'
      | 'obtain-consent'
      | 'deliver'
      | 'decide'
      | 'first-contact'
      | 'progress'
      | 'resume'
      | 'report-outcome'
      | 'answer-cancel'
      | 'answer'
      | 'resolve-answer'
      | 'decide-after-decline'
      | 'decide-after-failure'
      | 'confirm-closing'
      | 'confirm-with-client'
      | 'decide-after-answer';
    waitingOn: 'receiver' | 'case-manager' | 'hub' | 'sender' | 'client';
    escalation: ('reminded' | 'worklist' | 'supervisor') | null;
    open: number;
    late: number;
  }[];
}
export interface LoopSearch {
  state?: 'open' | 'closed' | 'all';
  /**
   * Who must act: receiver, case-manager, hub, sender, client; one, or several with commas between
   */
  waitingOn?: string;
  /**
   * What is awaited: resolve-intake, choose-recipient, obtain-consent, deliver, decide, first-contact, progress, resume, report-outcome, answer-cancel, answer, resolve-answer, decide-after-decline, decide-after-failure, confirm-closing, confirm-with-client, decide-after-answer; one, or several with commas between
   */
  nextStep?: string;
  /**
   * Only those whose due time has passed, or only the others
   */
  overdue?: 'true' | 'false';
  /**
   * Only those with a message for your organization that nobody there has read, or only the others
   */
  unread?: 'true' | 'false';
  /**
   * Only those of which something on the server of an organization could not be taken, or only the others
   */
  untaken?: 'true' | 'false';
  /**
   * Those that case managers must look at, or only those that supervisors must
   */
  escalation?: 'worklist' | 'supervisor';
  /**
   * Only those of this programme
   */
  programme?: string;
  /**
   * Only those of this category of services, as lists name it
   */
  category?: string;
  /**
   * routine, urgent, asap, stat; one, or several with commas between
   */
  priority?: string;
  /**
   * Only those that this organization has sent
   */
  sender?: string;
  /**
   * Only those that this organization is asked to do, or does
   */
  receiver?: string;
  /**
   * Only those due from this time on: a moment, a date (midnight UTC), or days from now, as P7D or -P7D
   */
  dueAfter?: string;
  /**
   * Only those due before this time
   */
  dueBefore?: string;
  /**
   * Only those that came from this time on
   */
  receivedAfter?: string;
  /**
   * Only those that came before this time
   */
  receivedBefore?: string;
  /**
   * What comes first: due soonest, due latest, longest here, newest. By due, closed ones come last, newest first
   */
  sort?: 'due' | '-due' | 'received' | '-received';
  /**
   * Of the page before: what comes behind it, in the same order
   */
  cursor?: string;
  limit?: number;
  /**
   * The beginning of any of a client's names; of several words, each of them
   */
  client?: string;
}
export interface SavedFilter {
  id: string;
  name: string;
  shared: boolean;
  /**
   * Only who has saved it changes it
   */
  mine: boolean;
  /**
   * Who has, by name
   */
  savedBy: string;
  filter: {
    [k: string]: string;
  };
}
export interface SavedFilters {
  filters: SavedFilter[];
}
export interface FilterInput {
  /**
   * What it is called; of nobody, for others may read it
   */
  name: string;
  /**
   * Whether all of the organization see it
   */
  shared?: boolean;
  /**
   * What the list is narrowed by, as it stands in its address: names and values
   */
  filter: {
    [k: string]: string;
  };
}
export interface MeasuredNumber {
  /**
   * Null: of all groups together
   */
  group: {
    programme?: string | null;
    sender?: Party | null;
    receiver?: Party | null;
    category?: string | null;
    priority?: string | null;
    /**
     * Of the request, as 2026-03, by the days of UTC
     */
    month?: string | null;
    maturity?: ('mature' | 'immature') | null;
    /**
     * Of the client, as de, without a region
     */
    language?: string | null;
    gender?: string | null;
    /**
     * When it was requested
     */
    age?: ('under-18' | '18-to-44' | '45-to-64' | '65-or-more') | null;
    /**
     * Its first part
     */
    postcode?: string | null;
    /**
     * The kind of what pays first: Coverage.type
     */
    payer?: string | null;
  } | null;
  /**
   * Of shares: which
   */
  part: string | null;
  /**
   * Of how many
   */
  n: number | null;
  /**
   * How many of them count, where it is a share
   */
  numerator: number | null;
  /**
   * How many are not in it, or not as what they will be, for they go on
   */
  open: number | null;
  /**
   * count; rate or share (0 to 1); median, p90 and p95; mean. Null: of nothing, or not told
   */
  values: {
    [k: string]: number | null;
  };
  /**
   * Not told: there are fewer than 11, or another could be told from it
   */
  suppressed: boolean;
  /**
   * Where the loops behind it are listed; null of a group of people: nobody is listed by what they are
   */
  loops: string | null;
}
export interface Measured {
  id: string;
  title: string;
  definition: string;
  /**
   * UCUM
   */
  unit: string;
  /**
   * What is better
   */
  direction: ('increase' | 'decrease') | null;
  source: string;
  /**
   * Where its definition is, as a FHIR Measure
   */
  measure: string;
  numbers: MeasuredNumber[];
}
export interface Measures {
  from: string;
  to: string;
  at: string;
  measures: Measured[];
}
export interface LoopsBehind {
  loops: LoopSummary[];
  next: string | null;
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
  needs: {
    text: string;
    category?: {
      system: string;
      code: string;
      display?: string;
    };
  }[];
  /**
   * @minItems 1
   * @maxItems 50
   */
  goals: {
    /**
     * In the client's own words
     */
    text: string;
    due?: string;
    /**
     * Places of the needs it addresses, from 0
     */
    needs?: number[];
  }[];
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
export interface Candidates {
  organizations: {
    /**
     * Of the Organization
     */
    id: string;
    name: string;
    /**
     * Its service that matches what is asked for
     */
    service: string | null;
    /**
     * Whether it is being asked for this, or was
     */
    asked: ('now' | 'before') | null;
  }[];
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
  /**
   * What of the need remains, where something does
   */
  remains?: string;
}
export interface ReopenInput {
  text: string;
}
export interface LoopMessage {
  id: string;
  /**
   * The Task it is about
   */
  taskId: string;
  from: Party;
  /**
   * The name of who wrote it here; null: a program did
   */
  by: string | null;
  to: Party;
  /**
   * ISO 8601 moment, UTC
   */
  sentAt: string;
  /**
   * Null of one that was withdrawn, or that has none
   */
  text: string | null;
  withdrawn: boolean;
  attachments: {
    title: string | null;
    contentType: string | null;
    /**
     * Bytes
     */
    size: number | null;
    /**
     * Where it is read on this hub; null: it is kept elsewhere
     */
    url: string | null;
  }[];
  inResponseTo: string | null;
  /**
   * Until when it needs an answer
   */
  answerBy: string | null;
  /**
   * The message that answered it
   */
  answeredBy: string | null;
  /**
   * How far it has come; available: it can be read here, and nobody has yet
   */
  stage: 'waits-for-consent' | 'sending' | 'failed' | 'available' | 'delivered' | 'read';
  stageAt: string | null;
  /**
   * Who of your own organization has read it
   */
  readers: {
    name: string;
    /**
     * ISO 8601 moment, UTC
     */
    at: string;
  }[];
  /**
   * It is for your organization, and nobody there has read it
   */
  unread: boolean;
}
export interface LoopMessages {
  client: {
    reference: string;
  };
  /**
   * Newest first
   */
  messages: LoopMessage[];
  /**
   * Cursor of what is older
   */
  next: string | null;
  unread: number;
  /**
   * Whom you may write to
   */
  addressees: {
    organization: Party;
    taskId: string;
    /**
     * Whether an answer can be needed
     */
    mayAsk: boolean;
  }[];
}
export interface MessageInput {
  text: string;
  /**
   * The id of the Organization it is for; needed where there are several
   */
  to?: string;
  /**
   * The Task it is about, where its recipient has several
   */
  taskId?: string;
  /**
   * The message that it answers
   */
  inResponseTo?: string;
  /**
   * It needs an answer, until this moment
   */
  answerBy?: string;
  /**
   * It needs an answer, within the time that the policy of the referral gives for one
   */
  needsAnswer?: true;
  /**
   * @maxItems 5
   */
  attachments?: {
    title: string;
    contentType:
      | 'application/pdf'
      | 'image/jpeg'
      | 'image/png'
      | 'text/plain'
      | 'text/csv'
      | 'text/xml'
      | 'application/xml'
      | 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
      | 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
      | 'application/vnd.oasis.opendocument.text';
    /**
     * base64, of at most 3500000 bytes
     */
    data: string;
  }[];
  /**
   * Of your choice: a message that is sent again under it is the same message
   */
  key?: string;
}
export interface MessagesReadInput {
  /**
   * The last message that was read; without it, all that are there
   */
  through?: string;
}
export interface Form {
  title: string;
  questions: {
    linkId: string;
    text: string;
    type: 'choice' | 'boolean' | 'text';
    required: boolean;
    options: {
      code: string;
      display: string;
    }[];
  }[];
}
export interface ClientAnswersInput {
  /**
   * By the linkIds of the questions: true or false, the code of an option, or words
   */
  answers: {
    [k: string]: boolean | string;
  };
}
export interface ConfirmationLink {
  /**
   * Told once: it is given to the client
   */
  link: string;
  expiresAt: string;
}
export interface ClientLinkCode {
  code: string;
  language?: string;
}
export interface ClientAnswersByLinkInput {
  code: string;
  /**
   * By the linkIds of the questions: true or false, the code of an option, or words
   */
  answers: {
    [k: string]: boolean | string;
  };
}
export interface MailboxLink {
  link: string;
}
export interface MailboxOpenInput {
  link: string;
  code: string;
  /**
   * Of the person: kept as who acted for the organization
   */
  name: string;
}
export interface MailboxReferral {
  /**
   * To be sent back in X-CSRF-Token by whatever changes something
   */
  csrfToken: string;
  /**
   * Of who came, as they said it
   */
  name: string;
  /**
   * When this visit ends in any case
   */
  endsAt: string;
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
  /**
   * What it can become now
   */
  next: (
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
  )[];
  reason: string | null;
  askedAt: string | null;
  /**
   * Until when it is wanted, a FHIR dateTime
   */
  until: string | null;
  priority: 'routine' | 'urgent' | 'asap' | 'stat';
  /**
   * What its sender asks of work that has begun: to stop, to wait, to go on
   */
  asks: {
    change: 'abort' | 'suspend' | 'resume';
    why: string | null;
  }[];
  service: string;
  /**
   * What is said about what is asked
   */
  details: string[];
  /**
   * Nobody may reach out to the client for it, on any way
   */
  contactProhibited: boolean;
  /**
   * As far as it is shown; null: it is not, or not any more
   */
  client: {
    reference: string;
    name: string;
    birthDate: string | null;
    contacts: {
      kind: string;
      text: string;
    }[];
    address: string[];
    language: string | null;
  } | null;
  /**
   * What was sent along, by its type, and its content to be opened
   */
  sentAlong: {
    kind: string;
    text: string;
    files: {
      title: string | null;
      contentType: string | null;
      /**
       * Bytes
       */
      size: number | null;
      /**
       * Where it is read on this hub; null: it is kept elsewhere
       */
      url: string | null;
    }[];
  }[];
  /**
   * What law says about what is shown here
   */
  notices: string[];
  steps: {
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
    /**
     * ISO 8601 moment, UTC
     */
    at: string;
    by: string | null;
  }[];
}
export interface MailboxMessageInput {
  text: string;
  /**
   * The message that it answers
   */
  inResponseTo?: string;
  /**
   * Of your choice: sent again under it, it is the same message
   */
  key?: string;
  /**
   * @maxItems 5
   */
  attachments?: {
    title: string;
    contentType:
      | 'application/pdf'
      | 'image/jpeg'
      | 'image/png'
      | 'text/plain'
      | 'text/csv'
      | 'text/xml'
      | 'application/xml'
      | 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
      | 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
      | 'application/vnd.oasis.opendocument.text';
    /**
     * base64, of at most 3500000 bytes
     */
    data: string;
  }[];
}
export interface MailboxMessages {
  client: {
    reference: string;
  };
  /**
   * Newest first, 100 at most
   */
  messages: LoopMessage[];
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
  tlsSubject?: string;
  tlsSelfSigned?: boolean;
  /**
   * @minItems 1
   * @maxItems 100
   */
  scopes?: string[];
}
export interface ClientKeysInput {
  jwks?: {
    keys: {
      [k: string]: unknown;
    }[];
    [k: string]: unknown;
  };
  jwksUri?: string;
  tlsSubject?: string;
  tlsSelfSigned?: boolean;
  /**
   * @minItems 1
   * @maxItems 100
   */
  scopes?: string[];
}
export interface CalendarInput {
  /**
   * Time zone of the IANA database, e.g. America/New_York
   */
  timeZone: string;
  /**
   * Working hours by day of the week, in its time zone; on a day that is not named nobody works
   */
  hours: {
    /**
     * @maxItems 10
     */
    [k: string]: {
      /**
       * HH:MM; 24:00 is the end of the day
       */
      from: string;
      /**
       * HH:MM; 24:00 is the end of the day
       */
      to: string;
    }[];
  };
  /**
   * Days (YYYY-MM-DD) on which nobody works
   *
   * @maxItems 1000
   */
  holidays?: string[];
}
export interface TakeReferralInput {
  loopId: string;
}
export interface SetUpInput {
  code: string;
  name: string;
  email: string;
  password: string;
  /**
   * @minItems 1
   * @maxItems 8
   */
  roles?: (
    | 'case-manager'
    | 'supervisor'
    | 'administrator'
    | 'auditor'
    | 'protection-worker'
    | 'agency-worker'
    | 'hospital-viewer'
    | 'client'
  )[];
}
export interface SignInInput {
  email: string;
  password: string;
  code?: string;
}
export interface SignInWays {
  /**
   * Whether nobody can sign in yet: the start of the hub has printed a link
   */
  setUp: boolean;
  password: boolean;
  providers: {
    id: string;
    name: string;
  }[];
}
export interface Session {
  person: {
    id: string;
    name: string;
    email: string;
    roles: (
      | 'case-manager'
      | 'supervisor'
      | 'administrator'
      | 'auditor'
      | 'protection-worker'
      | 'agency-worker'
      | 'hospital-viewer'
      | 'client'
    )[];
    organization: {
      id: string;
      name: string;
    };
  };
  csrfToken: string;
  secondFactor: boolean;
  idleUntil: string;
  endsAt: string;
  brokenGlass?: {
    id: string;
    until: string;
  };
  breakGlassUnseen?: number;
}
export interface SessionList {
  sessions: {
    id: string;
    createdAt: string;
    usedAt: string;
    userAgent: string;
    current: boolean;
  }[];
}
export interface InvitationCode {
  code: string;
}
export interface AcceptInput {
  code: string;
  password: string;
}
export interface SecondFactorCode {
  code: string;
}
export interface PasswordInput {
  password: string;
}
export interface NewPasswordInput {
  current: string;
  new: string;
}
export interface SecondFactorOffer {
  secret: string;
  uri: string;
}
export interface RecoveryCodes {
  recoveryCodes: string[];
}
export interface Person {
  id: string;
  name: string;
  email: string;
  roles: (
    | 'case-manager'
    | 'supervisor'
    | 'administrator'
    | 'auditor'
    | 'protection-worker'
    | 'agency-worker'
    | 'hospital-viewer'
    | 'client'
  )[];
  organization: {
    id: string;
    name: string;
  };
  patientId?: string;
  active: boolean;
  secondFactor: boolean;
  createdAt: string;
  /**
   * Whether no password was chosen yet
   */
  invited: boolean;
}
export interface PersonInput {
  name: string;
  email: string;
  organizationId: string;
  /**
   * @minItems 1
   * @maxItems 8
   */
  roles: (
    | 'case-manager'
    | 'supervisor'
    | 'administrator'
    | 'auditor'
    | 'protection-worker'
    | 'agency-worker'
    | 'hospital-viewer'
    | 'client'
  )[];
  /**
   * Of a client: the id of the Patient whose record it sees
   */
  patientId?: string;
}
export interface PersonChange {
  name?: string;
  /**
   * @minItems 1
   * @maxItems 8
   */
  roles?: (
    | 'case-manager'
    | 'supervisor'
    | 'administrator'
    | 'auditor'
    | 'protection-worker'
    | 'agency-worker'
    | 'hospital-viewer'
    | 'client'
  )[];
  active?: boolean;
}
export interface PersonList {
  people: Person[];
}
export interface Invitation {
  invitation: string;
  expiresAt: string;
}
export interface SignInLink {
  link: string;
  expiresAt: string;
}
export interface InvitedPerson {
  invitation: string;
  expiresAt: string;
  person: Person;
}
export interface Invited {
  name: string;
  email: string;
  organization: {
    id: string;
    name: string;
  };
}
export interface BreakGlassInput {
  reason: string;
  minutes: number;
}
export interface BreakGlassStarted {
  id: string;
  until: string;
}
export interface BreakGlassList {
  breakGlass: {
    id: string;
    person: {
      id: string;
      name: string;
    };
    reason: string;
    startedAt: string;
    until: string;
    active: boolean;
    seenAt: string | null;
  }[];
}
export interface IdentityProvider {
  id: string;
  name: string;
  issuer: string;
  clientId: string;
  organizationId: string;
  active: boolean;
  /**
   * The address to be registered at the provider, as a redirect URI
   */
  callback: string;
  /**
   * Where the provider may tell that somebody has signed out there
   */
  backChannelLogout: string;
}
export interface IdentityProviderInput {
  id: string;
  name: string;
  /**
   * The address below which /.well-known/openid-configuration is published
   */
  issuer: string;
  clientId: string;
  clientSecret: string;
  /**
   * Whose people it knows; it signs in nobody else
   */
  organizationId: string;
}
export interface IdentityProviderChange {
  name?: string;
  clientSecret?: string;
  active?: boolean;
}
export interface IdentityProviderList {
  providers: IdentityProvider[];
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
