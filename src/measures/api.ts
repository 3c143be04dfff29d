import { z } from 'zod';
import { loopSummary, party } from '../loops/api.ts';
import { DIMENSIONS } from './measure.ts';

/** The shapes of the measures API; the OpenAPI document and the console's types are made from them. */

const moment = z.iso.datetime({ offset: true }).or(z.iso.date());

const period = {
  from: moment.describe('Referrals requested from this time on; a date begins at midnight UTC'),
  to: moment.describe('Referrals requested before this time'),
};

const names = z.string().max(400);

export const measuresQuery = z.object({
  ...period,
  groupBy: names.optional().describe(`Some of ${DIMENSIONS.join(', ')}, with commas between`),
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
    .describe('count; rate or share (0 to 1); median and p90; mean. Null: of nothing, or not told'),
  suppressed: z.boolean().describe('Not told: there are fewer than 11, or another could be told from it'),
  loops: z.string().describe('Where the loops behind it are listed'),
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
