import { answerInput, codeAsked, mailboxMessage, mailboxMessages, mailboxReferral, openBody } from './api.ts';

/** The named shapes of answering by a mailbox, for the OpenAPI document. */
export const MAILBOX_SCHEMAS = {
  MailboxLink: codeAsked,
  MailboxOpenInput: openBody,
  MailboxReferral: mailboxReferral,
  MailboxAnswerInput: answerInput,
  MailboxMessageInput: mailboxMessage,
  MailboxMessages: mailboxMessages,
};

/** Its addresses. */
export const MAILBOX_PATHS = {
  '/api/mailbox/code': {
    post: {
      summary: 'Have a code sent to the mailbox of a link',
      body: 'MailboxLink',
      answer: { status: 204, description: 'On its way, to that mailbox and nowhere else' },
    },
  },
  '/api/mailbox/open': {
    post: {
      summary:
        'Open what a link is for, by the code that was sent to its mailbox; a cookie keeps that open for a while',
      body: 'MailboxOpenInput',
      answer: { status: 201, description: 'Opened; csrfToken is sent back in X-CSRF-Token' },
    },
  },
  '/api/mailbox': {
    get: {
      summary: 'What is asked of the organization of the mailbox',
      answer: { status: 200, schema: 'MailboxReferral', description: 'As far as it is shown to that organization' },
    },
    delete: { summary: 'Leave', answer: { status: 204, description: 'The link must be opened by a code again' } },
  },
  '/api/mailbox/answer': {
    post: {
      summary: 'Say what becomes of it',
      body: 'MailboxAnswerInput',
      answer: { status: 204, description: 'Kept, in the name of the organization' },
    },
  },
  '/api/mailbox/messages': {
    get: {
      summary: 'What was said about it',
      answer: { status: 200, schema: 'MailboxMessages', description: 'The messages' },
    },
    post: {
      summary: 'Write to the hub about it',
      body: 'MailboxMessageInput',
      answer: { status: 201, description: 'Sent; its id' },
    },
  },
  '/api/mailbox/messages/read': {
    post: {
      summary: 'Say that what was said has been read',
      body: 'MessagesReadInput',
      answer: { status: 200, description: 'How many were new' },
    },
  },
  '/api/mailbox/files/{type}/{id}/{at}': {
    get: {
      summary:
        'A file of a document that was sent along, or of a message: by what it is attached to, and its place there',
      answer: { status: 200, description: 'The file, as a download' },
    },
  },
} as const;
