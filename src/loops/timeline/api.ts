import { z } from 'zod';
import { SHARE_REASONS } from '../../fhir/sharing/shared.ts';
import { MESSAGE_KINDS } from '../../outbox/messages.ts';
import { ANSWER_WAYS, CONFIRMATION_EVENTS } from '../confirmation/events.ts';
import { RUNGS } from '../policy/policy.ts';
import { instant, party } from '../shapes.ts';
import { NEXT_STEPS, RESULTS, TASK_STATUSES } from '../words.ts';

/** The kinds of what a timeline tells; of one moment they stand in this order. */
export const TIMELINE_KINDS = [
  'status',
  'policy',
  'escalation',
  'delivery',
  'finding',
  'confirmation',
  'message',
  'note',
  'appointment',
  'share',
  'consent',
  'sign-off',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** What a person or program has put its name to: that it knows the ending, or that something is as it says. */
export const SIGN_OFFS = [
  'closing-received',
  'closing-read',
  'closing-waived',
  'signed',
  'attested',
  'authenticated',
  'answered',
] as const;

const moment = {
  id: z.string(),
  at: instant.describe('When it happened, as who did it says'),
  recordedAt: instant.describe('When the hub came to know of it: the order of a timeline'),
};

const shared = z.array(z.enum(SHARE_REASONS)).describe('As what it belongs to the referral');

export const timelineEntry = z.discriminatedUnion('kind', [
  z.object({
    ...moment,
    kind: z.literal('status'),
    of: z.enum(['root', 'leg']),
    organization: party.nullable(),
    actor: party.nullable(),
    by: z.string().nullable().describe('The name of who did it here; null: a program did, or it is not yours to know'),
    from: z.enum(TASK_STATUSES).nullable(),
    to: z.enum(TASK_STATUSES),
    progress: z.string().nullable(),
    reason: z.string().nullable(),
    implied: z.boolean(),
    source: z.enum(['fhir', 'console', 'mailbox', 'poll', 'timer', 'hub']),
  }),
  z.object({
    ...moment,
    kind: z.literal('delivery'),
    message: z.enum(MESSAGE_KINDS),
    recipient: party,
    status: z.enum(['pending', 'sending', 'delivered', 'rejected', 'dead', 'withdrawn']),
    attempts: z.number().int(),
    lastCode: z.string().nullable(),
    nextAt: instant.nullable(),
    settledAt: instant.nullable(),
    readAt: instant.nullable().describe('Of an offer: when somebody of its recipient first read here what it is asked'),
    tries: z
      .array(
        z.object({
          number: z.number().int(),
          startedAt: instant,
          finishedAt: instant.nullable(),
          outcome: z.string().nullable(),
          code: z.string().nullable(),
        }),
      )
      .describe('Each attempt, oldest first; of many the latest twenty'),
  }),
  z.object({
    ...moment,
    kind: z
      .literal('finding')
      .describe(
        'What an organization wrote on its own server could not be taken: it, or somebody for it, must correct it',
      ),
    organization: party,
    code: z.string().describe('Of the CodeSystem of errors'),
    text: z.string().describe('What is wrong, and what to do'),
    expression: z.string().nullable().describe('Where, in FHIRPath'),
    resolvedAt: instant.nullable().describe('When it was taken after all, or was not waited for any more'),
  }),
  z.object({
    ...moment,
    kind: z
      .literal('escalation')
      .describe('Something awaited did not come in time, and the hub did what its policy says'),
    what: z.enum(RUNGS),
    step: z.enum(NEXT_STEPS).describe('What was awaited'),
    organization: party.nullable().describe('Whom it was awaited from'),
    due: instant,
    result: z.enum(RESULTS).describe('What came of it: where it could not be done, a case manager must look'),
  }),
  z.object({
    ...moment,
    kind: z.literal('message').describe('Something was said about it between those who have a part in it'),
    from: party,
    by: z.string().nullable().describe('Who wrote it here; null: a program did'),
    to: party,
    excerpt: z.string().nullable().describe('Its beginning; all of it is at /api/loops/{id}/messages'),
    answerBy: instant.nullable().describe('Until when it needs an answer'),
    answered: z.boolean(),
    arrivedAt: instant.nullable().describe('When it came to its recipient'),
    readAt: instant.nullable().describe('When somebody of its recipient first read it'),
    withdrawn: z.boolean(),
  }),
  z
    .object({
      ...moment,
      kind: z.literal('policy'),
      policy: z.string().describe('The name of what applies from now on'),
      changes: z.array(
        z.object({
          what: z.string().describe('spans.decide, ladder.default, …'),
          from: z.string().nullable(),
          to: z.string().nullable(),
        }),
      ),
    })
    .describe('Another policy applies than the one before'),
  z
    .object({
      ...moment,
      kind: z.literal('confirmation'),
      what: z.enum(CONFIRMATION_EVENTS),
      way: z.enum(ANSWER_WAYS).nullable().describe('Of an answer: by which way it came'),
      reason: z.string().nullable(),
    })
    .describe('The client was asked whether it was received'),
  z
    .object({
      ...moment,
      kind: z.literal('note'),
      of: z
        .enum(['request', 'root', 'leg'])
        .describe('On what it stands: on what is asked, on the referral, on a part of it'),
      author: z.string().nullable().describe('Who wrote it, where it says so'),
      text: z.string(),
      apart: z
        .string()
        .nullable()
        .describe(
          'The Communication it is kept in, apart from its Task: what is labelled is read by whom consent permits',
        ),
    })
    .describe('A note (Task.note, ServiceRequest.note), or what was said and is kept apart'),
  z
    .object({
      ...moment,
      kind: z.literal('appointment'),
      appointment: z.string().describe('Its reference'),
      status: z.string().describe('Appointment.status'),
      before: z.string().nullable().describe('The status it had before; null: it is new'),
      start: instant.nullable(),
      end: instant.nullable(),
    })
    .describe('An appointment for what is asked was made, moved, or came to something'),
  z
    .object({
      ...moment,
      kind: z.literal('share'),
      organization: party,
      what: shared,
      ended: z.boolean().describe('It is shared no more'),
      until: instant.nullable().describe('When it is to end, where that is known'),
      consents: z.array(z.string()).describe('The Consents that permit it; none: it needs none'),
      because: z
        .string()
        .nullable()
        .describe('Why it has ended: a status of the Task, consent-withdrawn, time-over, …'),
    })
    .describe('An organization may read something from then on, or no more'),
  z
    .object({
      ...moment,
      kind: z.literal('consent'),
      organization: party,
      what: shared,
      state: z
        .enum(['waits', 'permitted', 'ended'])
        .describe('It is withheld still; was permitted later; is not asked any more'),
      permittedAt: instant.nullable(),
    })
    .describe('No consent permits that an organization reads something: it is withheld from it. For the hub'),
  z
    .object({
      ...moment,
      kind: z.literal('sign-off'),
      what: z.enum(SIGN_OFFS),
      organization: party.nullable(),
      by: z.string().nullable().describe('Who, as it is named there'),
      of: z.string().nullable().describe('The reference of what is signed'),
    })
    .describe(
      'Somebody has put a name to it: knows how it ended, or has signed, attested or answered what belongs to it',
    ),
]);

export const timelinePage = z.object({
  entries: z.array(timelineEntry),
  next: z.string().nullable().describe('Cursor of what comes behind, in the same order'),
});

export type TimelineEntry = z.infer<typeof timelineEntry>;
export type TimelinePage = z.infer<typeof timelinePage>;
