import { z } from 'zod';
import { PRIORITIES } from '../policy/policy.ts';
import { NEXT_STEPS, WAITING_ON } from '../words.ts';

/** As a saved filter needs it: it means something else each day. */
const DAYS_FROM_NOW = /^(-?)P(\d{1,4})D$/;
const DAY_MS = 86_400_000;

/** By what a list of loops is narrowed. */
const moment = z.union(
  [z.iso.datetime({ offset: true }), z.iso.date(), z.string().regex(DAYS_FROM_NOW)],
  'Send a moment with its offset, a date, or days from now: P7D, or -P7D for those that have passed.',
);
const id = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/, 'Send the id of an Organization, as it stands in the list.');
const name = z.string().min(1).max(64);

/** One of some words, or several with commas between. */
export function someOf<Word extends string>(words: readonly Word[]) {
  return z
    .string()
    .max(400)
    .transform((text, context): Word[] => {
      const said = [...new Set(text.split(','))];
      const known = words.filter((word) => said.some((each) => each === word));
      if (known.length === said.length) return known;
      context.addIssue(`Send one of: ${words.join(', ')}; or several, with commas between.`);
      return z.NEVER;
    });
}

const onceOrMore = 'one, or several with commas between';

/** What narrows lists of loops, and what may be saved. */
export const filterFields = {
  state: z.enum(['open', 'closed', 'all']).default('open'),
  waitingOn: someOf(WAITING_ON)
    .optional()
    .describe(`Who must act: ${WAITING_ON.join(', ')}; ${onceOrMore}`),
  nextStep: someOf(NEXT_STEPS)
    .optional()
    .describe(`What is awaited: ${NEXT_STEPS.join(', ')}; ${onceOrMore}`),
  overdue: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('Only those whose due time has passed, or only the others'),
  unread: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('Only those with a message for your organization that nobody there has read, or only the others'),
  untaken: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('Only those of which something on the server of an organization could not be taken, or only the others'),
  escalation: z
    .enum(['worklist', 'supervisor'])
    .optional()
    .describe('Those that case managers must look at, or only those that supervisors must'),
  programme: name.optional().describe('Only those of this programme'),
  category: name.optional().describe('Only those of this category of services, as lists name it'),
  priority: someOf(PRIORITIES)
    .optional()
    .describe(`${PRIORITIES.join(', ')}; ${onceOrMore}`),
  sender: id.optional().describe('Only those that this organization has sent'),
  receiver: id.optional().describe('Only those that this organization is asked to do, or does'),
  dueAfter: moment
    .optional()
    .describe('Only those due from this time on: a moment, a date (midnight UTC), or days from now, as P7D or -P7D'),
  dueBefore: moment.optional().describe('Only those due before this time'),
  receivedAfter: moment.optional().describe('Only those that came from this time on'),
  receivedBefore: moment.optional().describe('Only those that came before this time'),
  sort: z
    .enum(['due', '-due', 'received', '-received'])
    .default('due')
    .describe(
      'What comes first: due soonest, due latest, longest here, newest. By due, closed ones come last, newest first',
    ),
};

export const loopQuery = z.strictObject({
  ...filterFields,
  cursor: z.string().max(200).optional().describe('Of the page before: what comes behind it, in the same order'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Likewise, of a client by name: in a body, for a name stands in no address. */
export const loopSearch = loopQuery.extend({
  client: z
    .string()
    .trim()
    .min(2)
    .max(64)
    .optional()
    .describe("The beginning of any of a client's names; of several words, each of them"),
});

/** The moment that a text means. Pure. */
export function momentOf(text: string, now: Date): Date {
  const [, back, days] = DAYS_FROM_NOW.exec(text) ?? [];
  return days === undefined ? new Date(text) : new Date(now.getTime() + Number(days) * (back ? -DAY_MS : DAY_MS));
}

/** A query that takes no parameters. */
export const nothingAsked = z.strictObject({});

export type LoopQuery = z.infer<typeof loopSearch>;
export type LoopFilter = Omit<LoopQuery, 'cursor' | 'limit'>;
export type Sort = LoopQuery['sort'];
