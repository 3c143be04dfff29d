import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { getJson } from './client.ts';
import { loopKey } from './loops.ts';
import { useSend } from './people/session.ts';
import type { LoopMessages, MessageInput } from './types.ts';

/** Below the key of its loop: news of the loop are news of it. */
const messagesKey = (id: string) => [...loopKey(id), 'messages'] as const;

const pageSize = 30;

/** What was said about a loop, newest first, page by page. */
export function useMessages(id: string) {
  return useInfiniteQuery({
    queryKey: messagesKey(id),
    queryFn: async ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: String(pageSize), ...(pageParam ? { cursor: pageParam } : {}) });
      return (await getJson<LoopMessages>(`/api/loops/${encodeURIComponent(id)}/messages?${query}`, signal)).body;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
}

export interface Talking {
  write(message: MessageInput): Promise<void>;
  /** Says that all up to a message has been read. */
  read(through: string): Promise<void>;
}

export function useTalking(id: string): Talking {
  const send = useSend();
  const queries = useQueryClient();
  const address = `/api/loops/${encodeURIComponent(id)}/messages`;
  const write = useCallback(
    async (message: MessageInput) => {
      await send('POST', address, message);
      await queries.invalidateQueries({ queryKey: loopKey(id) });
    },
    [send, queries, address, id],
  );
  const read = useCallback(
    async (through: string) => {
      await send('POST', `${address}/read`, { through });
      await queries.invalidateQueries({ queryKey: loopKey(id) });
    },
    [send, queries, address, id],
  );
  return { write, read };
}

/** What a message is known by: sent again under it, it is the same. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
