import { z } from 'zod';
import { someOf } from '../worklist/query.ts';
import { TIMELINE_KINDS } from './api.ts';

/** What of a timeline is asked for. */
export const timelineQuery = z.strictObject({
  count: z.coerce.number().int().min(1).max(200).default(50).describe('The most entries of a page'),
  cursor: z.string().max(300).optional().describe('Of the page before: what comes behind it, in the same order'),
  order: z.enum(['newest', 'oldest']).default('newest').describe('What comes first'),
  kind: someOf(TIMELINE_KINDS)
    .optional()
    .describe(`Only these: ${TIMELINE_KINDS.join(', ')}; one, or several with commas between`),
});

export type TimelineQuery = z.infer<typeof timelineQuery>;
export type TimelineOrder = TimelineQuery['order'];
