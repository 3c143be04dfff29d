import { z } from 'zod';
import { party } from '../../loops/api.ts';
import { ATTACHMENT_TYPES, LARGEST_ATTACHMENT, MOST_ATTACHMENTS } from './attachments.ts';

/** The shapes of the conversation about a loop. */

const instant = z.string().describe('ISO 8601 moment, UTC');
const id = z.string().min(1).max(64);

export const MESSAGE_STAGES = ['waits-for-consent', 'sending', 'failed', 'available', 'delivered', 'read'] as const;

export const attachmentBody = z.strictObject({
  title: z.string().trim().min(1).max(200),
  contentType: z.enum(ATTACHMENT_TYPES),
  data: z.base64().min(1).describe(`base64, of at most ${LARGEST_ATTACHMENT} bytes`),
});

export const attachmentsBody = z.array(attachmentBody).max(MOST_ATTACHMENTS).optional();

export const messageBody = z
  .strictObject({
    text: z.string().trim().min(1, 'Say something.').max(10_000),
    to: id.optional().describe('The id of the Organization it is for; needed where there are several'),
    taskId: id.optional().describe('The Task it is about, where its recipient has several'),
    inResponseTo: id.optional().describe('The message that it answers'),
    answerBy: z.iso.datetime({ offset: true }).optional().describe('It needs an answer, until this moment'),
    needsAnswer: z
      .literal(true)
      .optional()
      .describe('It needs an answer, within the time that the policy of the referral gives for one'),
    attachments: attachmentsBody,
    key: z
      .string()
      .min(8)
      .max(100)
      .optional()
      .describe('Of your choice: a message that is sent again under it is the same message'),
  })
  .refine(({ answerBy, needsAnswer }) => !(answerBy && needsAnswer), {
    error: 'Say answerBy or needsAnswer, not both.',
    path: ['needsAnswer'],
  });

export type MessageBody = z.infer<typeof messageBody>;

export const attachedFile = z.object({
  title: z.string().nullable(),
  contentType: z.string().nullable(),
  size: z.number().int().nullable().describe('Bytes'),
  url: z.string().nullable().describe('Where it is read on this hub; null: it is kept elsewhere'),
});

export const loopMessage = z.object({
  id: z.string(),
  taskId: z.string().describe('The Task it is about'),
  from: party,
  by: z.string().nullable().describe('The name of who wrote it here; null: a program did'),
  to: party,
  sentAt: instant,
  text: z.string().nullable().describe('Null of one that was withdrawn, or that has none'),
  withdrawn: z.boolean(),
  attachments: z.array(attachedFile),
  inResponseTo: z.string().nullable(),
  answerBy: instant.nullable().describe('Until when it needs an answer'),
  answeredBy: z.string().nullable().describe('The message that answered it'),
  stage: z.enum(MESSAGE_STAGES).describe('How far it has come; available: it can be read here, and nobody has yet'),
  stageAt: instant.nullable(),
  readers: z.array(z.object({ name: z.string(), at: instant })).describe('Who of your own organization has read it'),
  unread: z.boolean().describe('It is for your organization, and nobody there has read it'),
});

export const loopMessages = z.object({
  client: z.object({ reference: z.string() }),
  messages: z.array(loopMessage).describe('Newest first'),
  next: z.string().nullable().describe('Cursor of what is older'),
  unread: z.number().int(),
  addressees: z
    .array(
      z.object({
        organization: party,
        taskId: z.string(),
        mayAsk: z.boolean().describe('Whether an answer can be needed'),
      }),
    )
    .describe('Whom you may write to'),
});

export const messagesQuery = z.object({
  with: id.optional().describe('Only those from or to this organization'),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export type LoopMessage = z.infer<typeof loopMessage>;
export type LoopMessages = z.infer<typeof loopMessages>;
export type MessagesQuery = z.infer<typeof messagesQuery>;

export const readBody = z.strictObject({
  through: id.optional().describe('The last message that was read; without it, all that are there'),
});
