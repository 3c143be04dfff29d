import { z } from 'zod';
import { CONFIRMATIONS } from './confirmation/standing.ts';
import { LACKS } from './next-step/lacking.ts';
import { instant, party } from './shapes.ts';
import { timelineEntry } from './timeline/api.ts';
import { ESCALATIONS, NEXT_STEPS, OUTCOME_CODES, TASK_STATUSES, WAITING_ON } from './words.ts';

export { party } from './shapes.ts';
export type { TimelineEntry } from './timeline/api.ts';

/** The shapes of the loops API; the OpenAPI document and the console's types are made from them. */

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
  untaken: z
    .number()
    .int()
    .describe('What stands on servers of organizations and could not be taken: see its timeline'),
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
  lacks: z
    .array(z.enum(LACKS))
    .describe('What it does not say, so that nobody can be asked yet: for whom it is, or what is asked'),
  replaces: z.string().nullable().describe('The loop that it takes the place of'),
  replacedBy: z.array(z.string()).describe('The loops that took its place'),
  legs: z.array(leg),
  timeline: z
    .array(timelineEntry)
    .describe(
      'The latest of what happened to it, oldest first; all that is known of it is at /api/loops/{id}/timeline',
    ),
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
export type LoopCounts = z.infer<typeof loopCounts>;
