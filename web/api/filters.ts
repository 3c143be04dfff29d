import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson } from './client.ts';
import { useSend } from './people/session.ts';
import type { SavedFilter } from './types.ts';

const filtersKey = ['loop-filters'] as const;

/** What a view is saved as. */
export interface NewFilter {
  name: string;
  shared: boolean;
  filter: Record<string, string>;
}

/** One's own views, and those that others of one's organization share; none for who may save none. */
export function useSavedFilters() {
  return useQuery({
    queryKey: filtersKey,
    queryFn: async ({ signal }) =>
      (await getJson<{ filters: SavedFilter[] }>('/api/loop-filters', signal)).body.filters,
    staleTime: 60_000,
  });
}

export function useChangeFilters() {
  const send = useSend();
  const queries = useQueryClient();
  const read = () => queries.invalidateQueries({ queryKey: filtersKey });
  return {
    save: async (filter: NewFilter) => {
      const saved = await send<SavedFilter>('POST', '/api/loop-filters', filter);
      await read();
      return saved;
    },
    remove: async (id: string) => {
      await send('DELETE', `/api/loop-filters/${encodeURIComponent(id)}`);
      await read();
    },
  };
}
