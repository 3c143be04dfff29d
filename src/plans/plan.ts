import { z } from 'zod';

/** A plan in a case manager's words. Ids are those of the FHIR resources behind it. */

const id = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/, 'An id has letters, digits, "-" and ".", at most 64.');
const text = z.string().trim().min(1, 'Say it in words.').max(2_000);
const day = z.iso.date('A date is written like 2026-11-22.');

const coding = z.strictObject({
  system: z.url(),
  code: z.string().min(1).max(100),
  display: z.string().max(500).optional(),
});

/** Who does an activity. */
const responsible = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('organization'), id }),
  z.strictObject({ kind: z.literal('case-manager') }),
  z.strictObject({ kind: z.literal('client') }),
  z.strictObject({ kind: z.literal('any-matching-service') }),
]);

export const needInput = z.strictObject({ text, category: coding.optional() });
export const goalInput = z.strictObject({
  text: text.describe("In the client's own words"),
  due: day.optional(),
  needs: z.array(z.int().min(0)).default([]).describe('Places of the needs it addresses, from 0'),
});
export const activityInput = z.strictObject({
  text,
  responsible,
  due: day,
  service: coding.optional().describe('What kind of service is asked for; a referral is matched by it'),
  goals: z.array(z.int().min(0)).default([]).describe('Places of the goals it serves, from 0'),
});

/** What a case manager writes down: `POST /api/plans`. */
export const planInput = z
  .strictObject({
    clientId: id.describe('The id of the client (Patient)'),
    title: text,
    start: day,
    reviewDue: day.optional(),
    needs: z.array(needInput).min(1, 'A plan answers at least one need.').max(50),
    goals: z.array(goalInput).min(1, 'A plan has at least one goal.').max(50),
    activities: z.array(activityInput).max(100).default([]),
  })
  .superRefine((plan, context) => {
    for (const [at, { needs }] of plan.goals.entries()) {
      refuseDangling(needs, plan.needs.length, 'need', ['goals', at, 'needs'], context);
    }
    for (const [at, { goals }] of plan.activities.entries()) {
      refuseDangling(goals, plan.goals.length, 'goal', ['activities', at, 'goals'], context);
    }
  });

type Refusal = { addIssue: (issue: { code: 'custom'; path: (string | number)[]; message: string }) => void };

function refuseDangling(
  places: readonly number[],
  count: number,
  what: string,
  path: (string | number)[],
  context: Refusal,
): void {
  const wrong = places.find((place) => place >= count);
  if (wrong !== undefined)
    context.addIssue({
      code: 'custom',
      path,
      message: `There is no ${what} at place ${wrong}; there are ${count}, from 0.`,
    });
}

export type PlanInput = z.infer<typeof planInput>;
export type Coding = z.infer<typeof coding>;
export type Responsible = z.infer<typeof responsible>;

/** How far a goal has come. @see https://hl7.org/fhir/R4/valueset-goal-achievement.html */
export const ACHIEVEMENTS = ['in-progress', 'improving', 'achieved', 'no-progress', 'not-achieved'] as const;
export type Achievement = (typeof ACHIEVEMENTS)[number];

/** Elements of a resource that a concept has no word for: kept, and written back. */
export type Kept = Readonly<Record<string, unknown>>;

export interface Need {
  readonly id: string;
  readonly text: string;
  readonly category?: Coding;
  readonly kept?: Kept;
}

export interface Goal {
  readonly id: string;
  readonly text: string;
  readonly due?: string;
  readonly needIds: readonly string[];
  readonly achievement?: Achievement;
  /** What was reached, in words. */
  readonly outcomes: readonly string[];
  readonly kept?: Kept;
}

export interface Activity {
  readonly id: string;
  readonly text: string;
  readonly responsible: Responsible;
  readonly due: string;
  readonly service?: Coding;
  readonly goalIds: readonly string[];
  /** The id of the ServiceRequest, once it was sent (or came from a hospital). */
  readonly requestId?: string;
  /** What came of it: references to what was done. */
  readonly outcomes: readonly { readonly reference: string; readonly text?: string }[];
  readonly kept?: Kept;
}

export interface Plan {
  readonly id: string;
  readonly clientId: string;
  readonly title: string;
  readonly start: string;
  readonly reviewDue?: string;
  readonly needs: readonly Need[];
  readonly goals: readonly Goal[];
  readonly activities: readonly Activity[];
  readonly kept?: Kept;
}
