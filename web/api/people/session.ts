import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { ApiError, getJson, type Method, sendJson } from '../client.ts';
import type { Session } from './types.ts';

export const sessionKey = ['session'] as const;

/** Who is signed in; null: nobody. It stays so until an answer says otherwise. */
export function useSession() {
  return useQuery({
    queryKey: sessionKey,
    queryFn: ({ signal }) => fetchSession(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The session of whoever sees a page behind the door. */
export function useSignedIn(): Session {
  const { data } = useSession();
  if (!data) throw new Error('This is shown to people who have signed in only');
  return data;
}

async function fetchSession(signal: AbortSignal): Promise<Session | null> {
  try {
    return (await getJson<Session>('/api/session', signal)).body;
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'signed-out') return null;
    throw error;
  }
}

export type Send = <T = void>(method: Method, path: string, body?: unknown) => Promise<T>;

/** Asks the hub for a change, in the name of whoever is signed in. */
export function useSend(): Send {
  const queries = useQueryClient();
  return useCallback(
    async <T>(method: Method, path: string, body?: unknown) => {
      const session = queries.getQueryData<Session | null>(sessionKey);
      try {
        return await sendJson<T>(method, path, body, session?.csrfToken);
      } catch (error) {
        if (error instanceof ApiError && error.kind === 'signed-out') queries.setQueryData(sessionKey, null);
        throw error;
      }
    },
    [queries],
  );
}

/** What was known belongs to whoever was signed in: the next one begins with nothing. */
export function useBegin(): (session: Session | null) => void {
  const queries = useQueryClient();
  return useCallback(
    (session) => {
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
      queries.setQueryData(sessionKey, session);
    },
    [queries],
  );
}
