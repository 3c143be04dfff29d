import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson } from '../client.ts';
import type { BreakGlassList } from '../schema.d.ts';
import { sessionKey, useSend } from './session.ts';

/** One time that somebody has read what is not for their role. */
export type EmergencyUse = BreakGlassList['breakGlass'][number];

const usesKey = ['emergency'] as const;

/** When it was used, the last first. */
export function useEmergencyUses() {
  return useQuery({
    queryKey: usesKey,
    queryFn: async ({ signal }) => (await getJson<BreakGlassList>('/api/break-glass', signal)).body.breakGlass,
  });
}

/** What may be done about it; who is signed in, and what was used, are asked again after each. */
export function useEmergency() {
  const send = useSend();
  const queries = useQueryClient();
  const after = async (work: Promise<unknown>): Promise<void> => {
    await work;
    await Promise.all([
      queries.invalidateQueries({ queryKey: sessionKey }),
      queries.invalidateQueries({ queryKey: usesKey }),
    ]);
  };
  const at = (id: string) => `/api/break-glass/${encodeURIComponent(id)}`;
  return {
    begin: (reason: string, minutes: number) => after(send('POST', '/api/break-glass', { reason, minutes })),
    end: (id: string) => after(send('DELETE', at(id))),
    see: (id: string) => after(send('POST', `${at(id)}/seen`)),
  };
}
