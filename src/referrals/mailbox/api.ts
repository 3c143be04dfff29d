import { z } from 'zod';
import { party } from '../../loops/api.ts';
import { instant } from '../../loops/shapes.ts';
import { CHANGES_ASKED, type OutcomeCode, TASK_STATUSES } from '../../loops/words.ts';
import { attachedFile, attachmentsBody, loopMessage } from '../conversation/api.ts';

/** The shapes of what an agency that has only a mailbox is shown, and says. */

const link = z.string().min(20).max(100);

export const codeAsked = z.strictObject({ link });

/** Letters of any script, with what stands between them in names: no marks of a program, and nothing that turns text around. */
const NAME = /^(?:[\p{L}\p{M}\p{N} .,'’·()-]|\u200c|\u200d)+$/u;

export const openBody = z.strictObject({
  link,
  code: z
    .string()
    .transform((said) => said.replaceAll(/[\s-]/g, ''))
    .pipe(z.string().regex(/^\d{8}$/, 'The code has eight digits.')),
  name: z
    .string()
    .trim()
    .min(2, 'Say your name: what you do here is kept under it.')
    .max(100)
    .regex(NAME, 'Say your name in letters.')
    .describe('Of the person: kept as who acted for the organization'),
});

const words = z.string().trim().min(1, 'Say it in words.').max(2_000);

/** Why somebody declines, or could not do it; codes of the hub's outcomes and reasons of declining. */
export const DECLINE_REASONS = ['out-of-area', 'missing-documents', 'lack-of-resources', 'other'] as const;
export const NOT_DONE = [
  'client-declined',
  'client-unreachable',
  'not-eligible',
  'no-capacity',
  'duplicate',
  'client-moved',
  'client-died',
  'not-provided',
] as const satisfies readonly OutcomeCode[];
export const DONE = [
  'services-provided',
  'partially-provided',
  'enrolled-ongoing',
] as const satisfies readonly OutcomeCode[];

export const answerInput = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('agrees') }).describe('To what its sender asks'),
  z.strictObject({ status: z.literal('refuses'), text: words }).describe('What its sender asks; and why'),
  z.strictObject({ status: z.literal('accepted') }),
  z.strictObject({ status: z.literal('in-progress') }),
  z.strictObject({
    status: z.literal('rejected'),
    why: z.enum([...DECLINE_REASONS, 'not-eligible', 'no-capacity']),
    text: words,
  }),
  z.strictObject({ status: z.literal('on-hold'), text: words, until: z.iso.date().optional() }),
  z.strictObject({ status: z.literal('failed'), why: z.enum(NOT_DONE), text: words }),
  z.strictObject({
    status: z.literal('completed'),
    outcome: z.enum(DONE),
    text: words.describe('What was done'),
    remains: z.string().trim().max(2_000).optional().describe('What of the need remains'),
  }),
]);

export type AnswerInput = z.infer<typeof answerInput>;

export const mailboxMessage = z.strictObject({
  text: z.string().trim().min(1, 'Say something.').max(10_000),
  inResponseTo: z.string().min(1).max(64).optional().describe('The message that it answers'),
  key: z.string().min(8).max(100).optional().describe('Of your choice: sent again under it, it is the same message'),
  attachments: attachmentsBody,
});

export const mailboxMessages = z.object({
  client: z.object({ reference: z.string() }),
  messages: z.array(loopMessage).describe('Newest first, 100 at most'),
});

const line = z.object({ kind: z.string(), text: z.string() });

export const mailboxReferral = z.object({
  csrfToken: z.string().describe('To be sent back in X-CSRF-Token by whatever changes something'),
  name: z.string().describe('Of who came, as they said it'),
  endsAt: instant.describe('When this visit ends in any case'),
  organization: party,
  status: z.enum(TASK_STATUSES),
  next: z.array(z.enum(TASK_STATUSES)).describe('What it can become now'),
  reason: z.string().nullable(),
  askedAt: instant.nullable(),
  until: z.string().nullable().describe('Until when it is wanted, a FHIR dateTime'),
  priority: z.enum(['routine', 'urgent', 'asap', 'stat']),
  asks: z
    .array(z.object({ change: z.enum(CHANGES_ASKED), why: z.string().nullable() }))
    .describe('What its sender asks of work that has begun: to stop, to wait, to go on'),
  service: z.string(),
  details: z.array(z.string()).describe('What is said about what is asked'),
  contactProhibited: z.boolean().describe('Nobody may reach out to the client for it, on any way'),
  client: z
    .object({
      reference: z.string(),
      name: z.string(),
      birthDate: z.string().nullable(),
      contacts: z.array(line),
      address: z.array(z.string()),
      language: z.string().nullable(),
    })
    .nullable()
    .describe('As far as it is shown; null: it is not, or not any more'),
  sentAlong: z
    .array(line.extend({ files: z.array(attachedFile) }))
    .describe('What was sent along, by its type, and its content to be opened'),
  notices: z.array(z.string()).describe('What law says about what is shown here'),
  steps: z.array(z.object({ status: z.enum(TASK_STATUSES), at: instant, by: z.string().nullable() })),
});

export type MailboxReferral = z.infer<typeof mailboxReferral>;
