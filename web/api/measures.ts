import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getJson } from './client.ts';
import type { LoopsBehind, Measures } from './types.ts';

const ofReferrals = ['programme', 'sender', 'receiver', 'category', 'priority', 'month', 'maturity'] as const;
const ofPeople = ['language', 'gender', 'age', 'postcode', 'payer'] as const;

export const groupings = [...ofReferrals, ...ofPeople];

/** By what somebody may group. @param people whether by groups of people, too */
export function groupingsFor(people: boolean): readonly Grouping[] {
  return people ? groupings : ofReferrals;
}

export type Grouping = (typeof groupings)[number];

/** Of which referrals: requested from a day on and before another, and by what they are grouped. */
export interface Measuring {
  from: string;
  to: string;
  groupBy: Grouping | null;
}

/** Where the numbers are, for the page and for saving. */
export function measuresPath({ from, to, groupBy }: Measuring, format?: 'csv'): string {
  const query = new URLSearchParams({ from, to });
  if (groupBy) query.set('groupBy', groupBy);
  if (format) query.set('format', format);
  return `/api/measures?${query}`;
}

/** The numbers, with what they are grouped by: those of before are shown until the new ones are there. */
export function useMeasures(measuring: Measuring) {
  const path = measuresPath(measuring);
  const { groupBy } = measuring;
  return useQuery({
    queryKey: ['measures', path],
    queryFn: async ({ signal }) => ({ ...(await getJson<Measures>(path, signal)).body, groupBy }),
    enabled: measuring.from < measuring.to,
    placeholderData: keepPreviousData,
  });
}

/** The loops behind a number, page by page. @param path as the number says it */
export function useLoopsBehind(path: string) {
  return useInfiniteQuery({
    queryKey: ['loops-behind', path],
    queryFn: async ({ pageParam, signal }) =>
      (await getJson<LoopsBehind>(pageParam ? `${path}&cursor=${pageParam}` : path, signal)).body,
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
}
