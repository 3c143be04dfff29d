import { z } from 'zod';
import { filterFields } from '../worklist/query.ts';

/** The shapes of saved filters. A filter is kept as it was asked, so that it means the same tomorrow. */

const checked = z.strictObject(filterFields);
const asked = z
  .record(z.string().max(40), z.string().max(400))
  .describe('What the list is narrowed by, as it stands in its address: names and values')
  .superRefine((filter, context) => {
    for (const { path, message } of checked.safeParse(filter).error?.issues ?? [])
      context.addIssue({ code: 'custom', path, message });
  });

export const filterBody = z.strictObject({
  name: z.string().trim().min(1).max(60).describe('What it is called; of nobody, for others may read it'),
  shared: z.boolean().default(false).describe('Whether all of the organization see it'),
  filter: asked,
});

export const savedFilter = z.object({
  id: z.string(),
  name: z.string(),
  shared: z.boolean(),
  mine: z.boolean().describe('Only who has saved it changes it'),
  savedBy: z.string().describe('Who has, by name'),
  filter: z.record(z.string(), z.string()),
});

export const savedFilters = z.object({ filters: z.array(savedFilter) });

export type FilterBody = z.infer<typeof filterBody>;
export type SavedFilter = z.infer<typeof savedFilter>;
