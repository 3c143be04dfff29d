import { z } from 'zod';
import type { Span } from '../calendars/end-of.ts';
import { DEMOGRAPHICS, isDemographic } from '../fhir/sharing/trimming/demographics.ts';
import { ASKING, type LadderName, PRIORITIES, RUNGS, type Rung, SPANS } from '../loops/policy/policy.ts';
import { NEXT_STEPS, OUTCOME_CODES } from '../loops/words.ts';
import { withKeys, withSomeOf } from './known-keys.ts';

const SPAN_FORMS = '{ "workingDays": 2 }, { "workingHours": 4 } or { "hours": 24 }';

/** Most of each unit: about two years. */
const MOST = { workingDays: 500, workingHours: 2_000, hours: 20_000 } as const;

/** A span as it is written. @param least 0 where none at all makes sense */
function spanOfAtLeast(least: 'none' | 'some') {
  const amount = (most: number, whole: boolean): z.ZodNumber => {
    const number = whole ? z.int('Working days are whole.') : z.number();
    const atLeast = least === 'none' ? number.min(0) : number.gt(0, 'No time at all: it would be late at once.');
    return atLeast.max(most);
  };
  return withKeys({
    workingDays: amount(MOST.workingDays, true).optional(),
    workingHours: amount(MOST.workingHours, false).optional(),
    hours: amount(MOST.hours, false).optional(),
  })
    .refine((span) => Object.keys(span).length === 1, {
      error: `A span is one of ${SPAN_FORMS}.`,
      when: ({ issues }) => issues.length === 0,
    })
    .transform((span) => span as Span);
}

const span = spanOfAtLeast('some');

const rung = withKeys({ after: spanOfAtLeast('none'), do: z.enum(RUNGS) });

const ladder = z
  .array(rung)
  .max(20)
  .superRefine((rungs, context) => {
    for (const [at, each] of rungs.entries()) {
      const wrong = outOfOrder(rungs[at - 1], each);
      if (wrong) context.addIssue({ code: 'custom', path: [at], message: wrong });
    }
  });

function outOfOrder(before: Rung | undefined, { after, do: action }: Rung): string | undefined {
  if (!before) return undefined;
  if (RUNGS.indexOf(action) < RUNGS.indexOf(before.do))
    return `${action} comes after ${before.do}. Rungs stand in this order: ${RUNGS.join(', ')}.`;
  if (before.do.startsWith('close-')) return `After ${before.do} nothing comes any more.`;
  const [[was, earlier] = [], [unit, later] = []] = [before.after, after].map((each) => Object.entries(each)[0]);
  if (earlier !== 0 && unit !== was)
    return `${unit} after ${was}: which is later depends on the calendar. The rungs of one ladder count in one unit.`;
  if (Number(later) >= Number(earlier)) return undefined;
  return `It comes ${later} ${unit} after the step was due, and the rung before it ${earlier}. Rungs stand in the order of time.`;
}

/** The steps that may have a ladder of their own, and all others. */
const LADDERS: readonly LadderName[] = ['default', ...NEXT_STEPS];

/** What of a client who is asked is shown: all, or what is listed. */
const demographics = z
  .union([z.literal('all'), z.array(z.string()).max(100)], { error: 'Write "all", or a list of what is shown.' })
  .superRefine((shown, context) => {
    if (shown === 'all') return;
    for (const [at, word] of shown.entries()) {
      if (!isDemographic(word)) say(context, at, `Unknown: ${word}. Allowed: ${DEMOGRAPHICS.join(', ')}.`);
      else if (shown.indexOf(word) < at) say(context, at, `${word} stands in the list already.`);
      else if (shown.includes(word.split(':')[0] ?? '') && word.includes(':') && !word.startsWith('extension:'))
        say(context, at, `${word} is a part of ${word.split(':')[0]}, which the list shows. Write one of the two.`);
    }
  });

function say(context: z.RefinementCtx, at: number, message: string): void {
  context.addIssue({ code: 'custom', path: [at], message });
}

const because = z.string().trim().min(1, 'Say why, in a sentence for people.');

/** That the client is asked at the end; `false`: it is not. */
const confirmation = z.union([
  z.literal(false),
  withKeys({
    questionnaire: z.string().min(1),
    ask: z.enum(ASKING).default('people'),
    app: z
      .string()
      .regex(/^\S*\|\S+$/, 'Write the identifier of its Organization as system|value.')
      .optional(),
    after: z
      .array(z.enum(OUTCOME_CODES))
      .min(1)
      .default(['services-provided', 'partially-provided', 'enrolled-ongoing']),
    tellsSender: z.boolean().default(true),
  }).refine(({ ask, app }) => ask !== 'app' || app !== undefined, {
    error: 'Whose app? Say in "app" which organization runs it, by its identifier.',
    when: ({ issues }) => issues.length === 0,
  }),
]);

const rule = withKeys({
  for: withKeys({ category: z.string().optional(), priority: z.enum(PRIORITIES).optional() }),
  because,
  spans: withSomeOf(SPANS, span).optional(),
  ladder: withSomeOf(LADDERS, ladder).optional(),
  offersByItself: z.boolean().optional(),
  demographics: demographics.optional(),
  confirmation: confirmation.optional(),
});

const common = {
  /** For people. */
  name: z.string().trim().min(1).max(200),
  because,
  /** Codes of categories beside those that everybody knows, each with what it means. */
  categories: z.record(z.string().regex(/^\S{1,64}$/, 'A code has no blanks.'), z.string().trim().min(1)).default({}),
  rules: z.array(rule).max(1_000),
};

/** What applies to every referral: profiles/policy.json. */
export const generalFile = withKeys(common);

/** What applies to those of a programme: profiles/programmes/<name>/policy.json. */
export const programmeFile = withKeys({
  ...common,
  /** The canonical address of its PlanDefinition, as referrals of it name it. */
  programme: z.url('Write the canonical address of its PlanDefinition.').max(500),
});

export type PolicyRule = z.infer<typeof rule>;
export type GeneralFile = z.infer<typeof generalFile>;
export type ProgrammeFile = z.infer<typeof programmeFile>;
