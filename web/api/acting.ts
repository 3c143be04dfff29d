import { useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { getJson } from './client.ts';
import { loopKey } from './loops.ts';
import { useSend } from './people/session.ts';
import type { Candidate, ConfirmationLink, Form, OutcomeCode } from './types.ts';

export type OfferMode = 'parallel' | 'open';

/** What a case manager does with a loop; the page reads it anew afterwards. */
export interface Acting {
  readonly close: (outcome: OutcomeCode, text: string, remains?: string) => Promise<void>;
  /** Asks organizations, several of them each for its part (`parallel`) or all for the same (`open`). */
  readonly offer: (organizationIds: readonly string[], mode: OfferMode) => Promise<void>;
  /** The hub's own people do it. */
  readonly takeOn: () => Promise<void>;
  /** @returns the id of the loop that takes its place */
  readonly reopen: (text: string) => Promise<string>;
  readonly answer: (answers: Record<string, string | boolean>) => Promise<void>;
  readonly makeLink: () => Promise<ConfirmationLink>;
}

export function useActing(id: string): Acting {
  const queries = useQueryClient();
  const send = useSend();
  return useMemo(() => {
    const post = async <T = void>(what: string, body?: unknown): Promise<T> => {
      const answer = await send<T>('POST', `/api/loops/${encodeURIComponent(id)}/${what}`, body);
      await queries.invalidateQueries({ queryKey: loopKey(id) });
      return answer;
    };
    return {
      close: (outcome, text, remains) => post('close', { outcome, text, ...(remains ? { remains } : {}) }),
      offer: (organizationIds, mode) => post('offers', { organizationIds, mode }),
      takeOn: async () => void (await post('take-on')),
      reopen: async (text) => (await post<{ id: string }>('reopen', { text })).id,
      answer: (answers) => post('confirmation/answer', { answers }),
      makeLink: () => post<ConfirmationLink>('confirmation/link'),
    };
  }, [id, queries, send]);
}

/** What the client of a loop is asked, in a language. */
export async function fetchQuestions(id: string, language: string, signal?: AbortSignal): Promise<Form> {
  const path = `/api/loops/${encodeURIComponent(id)}/confirmation?language=${encodeURIComponent(language)}`;
  return (await getJson<Form>(path, signal)).body;
}

/** Whom one could ask: those whose service matches, or those of a name. @param name empty: the former */
export async function fetchCandidates(id: string, name: string, signal?: AbortSignal): Promise<Candidate[]> {
  const query = name ? `?${new URLSearchParams({ name })}` : '';
  const path = `/api/loops/${encodeURIComponent(id)}/candidates${query}`;
  return (await getJson<{ organizations: Candidate[] }>(path, signal)).body.organizations;
}
