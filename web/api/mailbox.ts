import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ApiError, getJson, sendJson } from './client.ts';
import type { MailboxAnswerInput, MailboxMessageInput, MailboxMessages, MailboxReferral } from './schema.d.ts';

export type { MailboxAnswerInput, MailboxReferral };

const referralKey = ['mailbox'] as const;
const messagesKey = ['mailbox', 'messages'] as const;

/** What is asked of the organization of the mailbox; null: nobody has come in by a code. */
export function useReferral() {
  return useQuery(
    queryOptions({
      queryKey: referralKey,
      queryFn: async ({ signal }) => {
        try {
          return (await getJson<MailboxReferral>('/api/mailbox', signal)).body;
        } catch (error) {
          if (error instanceof ApiError && (error.kind === 'signed-out' || error.kind === 'not-allowed')) return null;
          throw error;
        }
      },
    }),
  );
}

export function useMailboxMessages() {
  return useQuery(
    queryOptions({
      queryKey: messagesKey,
      queryFn: async ({ signal }) => (await getJson<MailboxMessages>('/api/mailbox/messages', signal)).body.messages,
    }),
  );
}

/** What somebody does before they are in. */
export interface Door {
  readonly askForCode: (link: string) => Promise<void>;
  readonly open: (link: string, code: string, name: string) => Promise<void>;
}

export function useDoor(): Door {
  const queries = useQueryClient();
  return useMemo(
    () => ({
      askForCode: (link) => sendJson('POST', '/api/mailbox/code', { link }, undefined),
      open: async (link, code, name) => {
        await sendJson('POST', '/api/mailbox/open', { link, code, name }, undefined);
        await queries.invalidateQueries({ queryKey: referralKey });
      },
    }),
    [queries],
  );
}

/** What somebody does who is in; the page reads it anew afterwards. */
export interface Doing {
  readonly answer: (said: MailboxAnswerInput) => Promise<void>;
  readonly write: (message: MailboxMessageInput) => Promise<void>;
  readonly haveRead: () => Promise<void>;
  readonly leave: () => Promise<void>;
}

export function useDoing({ csrfToken }: MailboxReferral): Doing {
  const queries = useQueryClient();
  return useMemo(() => {
    const send = async (method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> => {
      try {
        await sendJson(method, `/api/mailbox${path}`, body, csrfToken);
      } finally {
        await queries.invalidateQueries({ queryKey: referralKey });
      }
    };
    return {
      answer: (said) => send('POST', '/answer', said),
      write: (message) => send('POST', '/messages', message),
      haveRead: () => sendJson('POST', '/api/mailbox/messages/read', {}, csrfToken),
      leave: () => send('DELETE', ''),
    };
  }, [queries, csrfToken]);
}
