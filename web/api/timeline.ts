import { useInfiniteQuery } from '@tanstack/react-query';
import { getJson } from './client.ts';
import { loopKey } from './loops.ts';
import type { TimelineKind, TimelinePage } from './types.ts';

const pageSize = 50;

/** Everything that happened to a loop, newest first, page by page. Below the key of its loop: news of the loop are news of it. */
export function useTimeline(id: string, kinds: readonly TimelineKind[]) {
  return useInfiniteQuery({
    queryKey: [...loopKey(id), 'timeline', kinds],
    queryFn: async ({ pageParam, signal }) => {
      const query = new URLSearchParams({ count: String(pageSize) });
      if (kinds.length > 0) query.set('kind', kinds.join(','));
      if (pageParam) query.set('cursor', pageParam);
      return (await getJson<TimelinePage>(`/api/loops/${encodeURIComponent(id)}/timeline?${query}`, signal)).body;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
}
