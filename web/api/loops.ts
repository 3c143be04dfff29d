import {
  keepPreviousData,
  QueryCache,
  QueryClient,
  queryOptions,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import { ApiError, getJson } from './client.ts';
import { sessionKey } from './people/session.ts';
import type { LoopCounts, LoopDetail, LoopState, LoopsAnswer, WaitingOnKind } from './types.ts';

export interface LoopFilter {
  state: LoopState | 'all';
  waitingOn: WaitingOnKind | null;
  /** Only those that are late. */
  overdue: boolean;
  /** Only those with messages that nobody here has read. */
  unread: boolean;
  sort: Sort;
  /** What else a saved view narrows by, as it stands in the address; the page has no field for it. */
  others: Record<string, string>;
}

export type Sort = 'due' | '-due' | 'received' | '-received';

export interface LoopPage extends LoopsAnswer {
  servedAt: number;
}

const pageSize = 50;

export const loopsKey = (filter: LoopFilter) => ['loops', filter] as const;
export const countsKey = ['loop-counts'] as const;
export const loopKey = (id: string) => ['loop', id] as const;

export async function fetchLoops(
  filter: LoopFilter,
  cursor: string | null,
  limit: number,
  signal?: AbortSignal,
): Promise<LoopPage> {
  const { state, sort, waitingOn, overdue, unread, others } = filter;
  const query = new URLSearchParams({ ...others, state, sort, limit: String(limit) });
  if (waitingOn) query.set('waitingOn', waitingOn);
  if (overdue) query.set('overdue', 'true');
  if (unread) query.set('unread', 'true');
  if (cursor) query.set('cursor', cursor);
  const { body, servedAt } = await getJson<LoopsAnswer>(`/api/loops?${query}`, signal);
  return { ...body, servedAt };
}

export async function fetchLoop(id: string, signal?: AbortSignal): Promise<LoopDetail> {
  return (await getJson<LoopDetail>(`/api/loops/${encodeURIComponent(id)}`, signal)).body;
}

export function useLoops(filter: LoopFilter) {
  return useInfiniteQuery({
    queryKey: loopsKey(filter),
    queryFn: ({ pageParam, signal }) => fetchLoops(filter, pageParam, pageSize, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
}

export function useLoopCounts() {
  return useQuery(
    queryOptions({
      queryKey: countsKey,
      queryFn: async ({ signal }) => (await getJson<LoopCounts>('/api/loops/counts', signal)).body,
    }),
  );
}

export function useLoop(id: string) {
  return useQuery(queryOptions({ queryKey: loopKey(id), queryFn: ({ signal }) => fetchLoop(id, signal) }));
}

/**
 * Answers are kept until an event says otherwise; only what a second try can mend is tried again. Whichever answer says
 * that nobody is signed in any more, the page knows.
 */
export function createQueryClient(): QueryClient {
  const mendable = (error: Error) => error instanceof ApiError && ['unreachable', 'failed'].includes(error.kind);
  const queryCache = new QueryCache({
    onError: (error) => {
      if (error instanceof ApiError && error.kind === 'signed-out') client.setQueryData(sessionKey, null);
    },
  });
  const client = new QueryClient({
    queryCache,
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 2 && mendable(error),
        retryDelay: (failures) => 500 * 2 ** failures,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
      },
    },
  });
  return client;
}
