import { z } from 'zod';
import { loopSummary, party } from '../loops/api.ts';
import { GROUPINGS, MOST_GROUPINGS } from './measure.ts';

/** The shapes of the measures API; the OpenAPI document and the console's types are made from them. */

const moment = z.iso.datetime({ offset: true }).or(z.iso.date());

const period = {
  from: moment.describe('Referrals requested from this time on; a date begins at midnight UTC'),
  to: moment.describe('Referrals requested before this time'),
};

const matureDays = z.coerce
  .number()
  .int()
  .min(1)
  .max(3_650)
  .default(30)
  .describe('For maturity: after how many days a referral is mature');

const names = z.string().max(400);

export const measuresQuery = z.object({
  ...period,
  groupBy: names
    .optional()
    .describe(
      `Some of ${GROUPINGS.join(', ')}, with commas between; ${MOST_GROUPINGS} at most. From language on: for the hub only`,
    ),
  matureDays,
  measure: names.optional().describe('Ids of measures, with commas between; without it all'),
  format: z.enum(['json', 'csv', 'MeasureReport']).optional().describe('Without it what Accept asks for, else JSON'),
});

const narrowed = z.string().max(200).optional();

export const behindQuery = z.object({
  ...period,
  programme: narrowed.describe('Only those of this programme; empty: of none. Likewise the others'),
  sender: narrowed,
  receiver: narrowed,
  category: narrowed,
  priority: narrowed,
  month: narrowed,
  maturity: narrowed,
  matureDays,
  counted: z
    .enum(['denominator', 'numerator', 'open'])
    .default('denominator')
    .describe('Those the number is of; those of them that count; those whose end is not known yet'),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const placed = z
  .object({
    programme: z.string().nullable().optional(),
    sender: party.nullable().optional(),
    receiver: party.nullable().optional(),
    category: z.string().nullable().optional(),
    priority: z.string().nullable().optional(),
    month: z.string().nullable().optional().describe('Of the request, as 2026-03, by the days of UTC'),
    maturity: z.enum(['mature', 'immature']).nullable().optional(),
    language: z.string().nullable().optional().describe('Of the client, as de, without a region'),
    gender: z.string().nullable().optional(),
    age: z
      .enum(['under-18', '18-to-44', '45-to-64', '65-or-more'])
      .nullable()
      .optional()
      .describe('When it was requested'),
    postcode: z.string().nullable().optional().describe('Its first part'),
    payer: z.string().nullable().optional().describe('The kind of what pays first: Coverage.type'),
  })
  .describe('Where it stands in what it is grouped by; null: in none');

export const measuredNumber = z.object({
  group: placed.nullable().describe('Null: of all groups together'),
  part: z.string().nullable().describe('Of shares: which'),
  n: z.number().int().nullable().describe('Of how many'),
  numerator: z.number().int().nullable().describe('How many of them count, where it is a share'),
  open: z.number().int().nullable().describe('How many are not in it, or not as what they will be, for they go on'),
  values: z
    .record(z.string(), z.number().nullable())
    .describe('count; rate or share (0 to 1); median, p90 and p95; mean. Null: of nothing, or not told'),
  suppressed: z.boolean().describe('Not told: there are fewer than 11, or another could be told from it'),
  loops: z
    .string()
    .nullable()
    .describe('Where the loops behind it are listed; null of a group of people: nobody is listed by what they are'),
});

export const measured = z.object({
  id: z.string(),
  title: z.string(),
  definition: z.string(),
  unit: z.string().describe('UCUM'),
  direction: z.enum(['increase', 'decrease']).nullable().describe('What is better'),
  source: z.string(),
  measure: z.string().describe('Where its definition is, as a FHIR Measure'),
  numbers: z.array(measuredNumber),
});

export const measures = z.object({ from: z.string(), to: z.string(), at: z.string(), measures: z.array(measured) });

export const behindList = z.object({ loops: z.array(loopSummary), next: z.string().nullable() });

export type MeasuresQuery = z.infer<typeof measuresQuery>;
export type BehindQuery = z.infer<typeof behindQuery>;
export type MeasuredNumber = z.infer<typeof measuredNumber>;
export type Measured = z.infer<typeof measured>;
export type Measures = z.infer<typeof measures>;
