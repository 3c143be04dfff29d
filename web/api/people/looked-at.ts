import { useQuery } from '@tanstack/react-query';
import { getJson } from '../client.ts';

/** What was read, asked or tried in an emergency. */
export interface LookedAt {
  id: string;
  at: string;
  /** The interaction, as FHIR calls it. */
  what: string;
  /** References and queries, as the audit keeps them: no names. */
  of: string[];
  refused: boolean;
}

interface Event {
  id: string;
  recorded: string;
  outcome?: string;
  subtype?: { code?: string }[];
  entity?: { what?: { reference?: string }; query?: string }[];
}

interface Events {
  total?: number;
  entry?: { resource: Event }[];
}

const MOST = 200;

/** The latest of what was looked at under an emergency access, and how much there is in all. */
export function useLookedAt(id: string, wanted: boolean) {
  return useQuery({
    queryKey: ['emergency', 'looked-at', id],
    enabled: wanted,
    queryFn: async ({ signal }) => {
      const asked = `policy=urn:uuid:${encodeURIComponent(id)}&type=rest&_count=${MOST}&_total=accurate`;
      const { body } = await getJson<Events>(`/fhir/R4/AuditEvent?${asked}`, signal);
      return { total: body.total ?? 0, events: (body.entry ?? []).map(({ resource }) => lookedAt(resource)) };
    },
  });
}

function lookedAt({ id, recorded, outcome, subtype, entity }: Event): LookedAt {
  const of = (entity ?? []).flatMap(({ what, query }) => what?.reference ?? (query ? atob(query) : []));
  return { id, at: recorded, what: subtype?.[0]?.code ?? '', of: [...new Set(of)], refused: outcome !== '0' };
}
