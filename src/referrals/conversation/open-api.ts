import { loopMessage, loopMessages, messageBody, messagesQuery, readBody } from './api.ts';

export const CONVERSATION_SCHEMAS = {
  LoopMessage: loopMessage,
  LoopMessages: loopMessages,
  MessageInput: messageBody,
  MessagesReadInput: readBody,
};

/** Where those who have a part in a referral write to each other, by the addresses of the API. */
export const CONVERSATION_PATHS = {
  '/api/loops/{id}/messages': {
    get: {
      summary:
        'What was said about a loop between those who have a part in it, as far as you may read it; newest first',
      query: messagesQuery,
      answer: { status: 200, schema: 'LoopMessages', description: 'A page' },
    },
    post: {
      summary: 'Write about a loop to one of those who have a part in it',
      body: 'MessageInput',
      answer: { status: 201, description: 'Said; the id of its Communication. 200: it was said before under this key' },
    },
  },
  '/api/loops/{id}/messages/read': {
    post: {
      summary: 'Say that you have read what is for your organization',
      body: 'MessagesReadInput',
      answer: { status: 200, description: 'How many you had not read before' },
    },
  },
} as const;
