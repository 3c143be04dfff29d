import { z } from 'zod';

/** The shapes of what clients are asked; the OpenAPI document and the pages' types are made from them. */

const answers = z
  .record(z.string().max(64), z.union([z.boolean(), z.string().max(4_000)]))
  .describe('By the linkIds of the questions: true or false, the code of an option, or words');

export const answerBody = z.strictObject({ answers });

export const linkCode = z.string().min(20).max(100);

export const lookBody = z.strictObject({ code: linkCode, language: z.string().max(10).default('en') });

export const answerByLinkBody = z.strictObject({ code: linkCode, answers });

export const formQuery = z.object({ language: z.string().max(10).default('en') });

export const question = z.object({
  linkId: z.string(),
  text: z.string(),
  type: z.enum(['choice', 'boolean', 'text']),
  required: z.boolean(),
  options: z.array(z.object({ code: z.string(), display: z.string() })),
});

export const form = z.object({ title: z.string(), questions: z.array(question) });

export const confirmationLink = z.object({
  link: z.string().describe('Told once: it is given to the client'),
  expiresAt: z.string(),
});
