import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson } from '../client.ts';
import { useSend } from './session.ts';
import type { Invitation, Organization, Person, Role } from './types.ts';

const peopleKey = ['people'] as const;

/** Everybody who may sign in. */
export function usePeople() {
  return useQuery({
    queryKey: peopleKey,
    queryFn: async ({ signal }) => (await getJson<{ people: Person[] }>('/api/people', signal)).body.people,
  });
}

/** The organizations that people may belong to, by their names. */
export function useOrganizations() {
  return useQuery({
    queryKey: ['organizations'],
    queryFn: async ({ signal }) => {
      const path = '/fhir/R4/Organization?_elements=name&_count=1000&_sort=name';
      const { body } = await getJson<{ entry?: { resource: { id: string; name?: string } }[] }>(path, signal);
      return (body.entry ?? []).map(({ resource }): Organization => {
        return { id: resource.id, name: resource.name ?? resource.id };
      });
    },
  });
}

export interface Invited {
  name: string;
  email: string;
  organizationId: string;
  roles: Role[];
  patientId?: string;
}

/** What administrators do with people; the list is read again after each. */
export function useLookAfterPeople() {
  const send = useSend();
  const queries = useQueryClient();
  const after = async <T>(work: Promise<T>): Promise<T> => {
    const done = await work;
    await queries.invalidateQueries({ queryKey: peopleKey });
    return done;
  };
  const at = (id: string) => `/api/people/${encodeURIComponent(id)}`;
  return {
    invite: (invited: Invited) => after(send<{ person: Person } & Invitation>('POST', '/api/people', invited)),
    change: (id: string, change: { name?: string; roles?: Role[]; active?: boolean }) =>
      after(send('PATCH', at(id), change)),
    inviteAgain: (id: string) => after(send<Invitation>('POST', `${at(id)}/invitation`)),
    signOut: (id: string) => send('DELETE', `${at(id)}/sessions`),
  };
}
