import { z } from 'zod';
import { MESSAGE_KINDS } from '../outbox/messages.ts';
import { ANSWER_WAYS, CONFIRMATION_EVENTS } from './confirmation/events.ts';
import { CONFIRMATIONS } from './confirmation/standing.ts';
import { RUNGS } from './policy/policy.ts';
import { ESCALATIONS, NEXT_STEPS, OUTCOME_CODES, RESULTS, TASK_STATUSES, WAITING_ON } from './words.ts';

/** The shapes of the loops API; the OpenAPI document and the console's types are made from them. */

const instant = z.string().describe('ISO 8601 moment, UTC');

export const party = z.object({ id: z.string(), name: z.string() }).describe('An organization');

export const nextStep = z.object({
  step: z.enum(NEXT_STEPS),
  waitingOn: z.object({ kind: z.enum(WAITING_ON), party: party.nullable() }),
  since: instant,
  due: instant.nullable(),
  late: z.boolean(),
  escalation: z
    .enum(ESCALATIONS)
    .nullable()
    .describe('How far the hub has gone because it is late: whom it waits for was reminded, or people here must look'),
});

export const loopSummary = z.object({
  id: z.string(),
  client: z.object({ reference: z.string(), name: z.string() }),
  service: z.string(),
  category: z.string().nullable(),
  contactProhibited: z.boolean().describe('Nobody may reach out to the client for it, on any way'),
  programme: z.string().nullable().describe('Name of the programme it is of, as its folder has it; of none: null'),
  priority: z.enum(['routine', 'urgent', 'asap', 'stat']),
  sender: party,
  receiver: party.nullable(),
  state: z.enum(['open', 'closed']),
  status: z.enum(TASK_STATUSES),
  progress: z.string().nullable(),
  nextStep: nextStep.nullable(),
  unread: z.number().int().describe('Messages for your organization that nobody there has read'),
  outcome: z
    .object({
      code: z.enum(OUTCOME_CODES),
      text: z.string().nullable(),
      remains: z.string().nullable().describe('What of the need remains, in words'),
    })
    .nullable(),
  openedAt: instant,
  updatedAt: instant,
  closedAt: instant.nullable(),
});

export const leg = z.object({
  id: z.string(),
  organization: party,
  status: z.enum(TASK_STATUSES),
  progress: z.string().nullable(),
  reason: z.string().nullable(),
  offeredAt: instant,
  decidedAt: instant.nullable(),
  endedAt: instant.nullable(),
  takenBack: z.boolean().describe('It had accepted, and gave that back before work began'),
});

const moment = { id: z.string(), at: instant, recordedAt: instant };

export const timelineEntry = z.discriminatedUnion('kind', [
  z.object({
    ...moment,
    kind: z.literal('status'),
    of: z.enum(['root', 'leg']),
    organization: party.nullable(),
    actor: party.nullable(),
    from: z.enum(TASK_STATUSES).nullable(),
    to: z.enum(TASK_STATUSES),
    progress: z.string().nullable(),
    reason: z.string().nullable(),
    implied: z.boolean(),
    source: z.enum(['fhir', 'console', 'poll', 'timer', 'hub']),
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
]);

export const confirmation = z
  .object({
    state: z.enum(CONFIRMATIONS),
    needRemains: z.boolean().nullable(),
    task: z.string().describe("The client's Task"),
    answers: z.array(z.object({ question: z.string(), answer: z.union([z.boolean(), z.string()]) })),
  })
  .describe('Whether the client says that it was received; for people and programs of the hub');

export const loopDetail = loopSummary.extend({
  confirmation: confirmation.nullable(),
  replaces: z.string().nullable().describe('The loop that it takes the place of'),
  replacedBy: z.array(z.string()).describe('The loops that took its place'),
  legs: z.array(leg),
  timeline: z.array(timelineEntry),
});

export const loopList = z.object({
  loops: z.array(loopSummary),
  next: z.string().nullable().describe('Cursor of the next page'),
});

const count = z.number().int();

export const loopCounts = z
  .object({
    open: count,
    late: count.describe('Of those that are open, of which one is shown until when they are due'),
    closed: count,
    steps: z.array(
      z.object({
        step: z.enum(NEXT_STEPS),
        waitingOn: z.enum(WAITING_ON),
        escalation: z.enum(ESCALATIONS).nullable(),
        open: count,
        late: count,
      }),
    ),
  })
  .describe('How many loops there are, and what the open ones wait for');

export type LoopSummary = z.infer<typeof loopSummary>;
export type LoopDetail = z.infer<typeof loopDetail>;
export type TimelineEntry = z.infer<typeof timelineEntry>;
export type LoopCounts = z.infer<typeof loopCounts>;
