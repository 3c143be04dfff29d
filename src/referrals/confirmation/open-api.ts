import { answerBody, answerByLinkBody, confirmationLink, form, formQuery, lookBody } from './api.ts';

/** The named shapes of what clients are asked, for the OpenAPI document. */
export const CONFIRMATION_SCHEMAS = {
  Form: form,
  ClientAnswersInput: answerBody,
  ConfirmationLink: confirmationLink,
  ClientLinkCode: lookBody,
  ClientAnswersByLinkInput: answerByLinkBody,
};

/** Its addresses. */
export const CONFIRMATION_PATHS = {
  '/api/loops/{id}/confirmation': {
    get: {
      summary: 'What the client is asked, in a language',
      query: formQuery,
      answer: { status: 200, schema: 'Form', description: 'The questions' },
    },
  },
  '/api/loops/{id}/confirmation/answer': {
    post: {
      summary: 'Write down what the client says who was asked by telephone',
      body: 'ClientAnswersInput',
      answer: { status: 204, description: 'Kept as a QuestionnaireResponse' },
    },
  },
  '/api/loops/{id}/confirmation/link': {
    post: {
      summary: 'Make a link by which the client answers; an earlier one is good no more',
      answer: { status: 201, schema: 'ConfirmationLink', description: 'The link, told once' },
    },
  },
  '/api/client-answers/look': {
    post: {
      summary: 'The questions behind a link; nothing of the client is in them',
      body: 'ClientLinkCode',
      answer: { status: 200, schema: 'Form', description: 'The questions' },
    },
  },
  '/api/client-answers': {
    post: {
      summary: 'Answer by a link, which is good no more then',
      body: 'ClientAnswersByLinkInput',
      answer: { status: 204, description: 'Kept as a QuestionnaireResponse' },
    },
  },
} as const;
