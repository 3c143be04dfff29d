import type { Communication, Resource, Task } from '@medplum/fhirtypes';
import { startClinic } from '../../partners/clinic.ts';
import type { Copy, Elsewhere } from '../there/copy.ts';
import type { Delivering } from '../world.ts';

/** The server of a partner: it takes what it is told as it is told to, for each referral, and what its people write. */
export interface PartnerServer extends Elsewhere {
  readonly address: string;
  answer(loopId: string, how: Delivering): void;
  /** Lets a copy, and what is about it, be found by who asks what there is: nothing else is. */
  show(taskId: string): void;
  /** The hub asks: what it is shown it has read then. `isAway`: nobody is answered meanwhile. */
  asked(work: () => Promise<void>, isAway: boolean): Promise<void>;
  close(): Promise<void>;
}

const STATUS: Readonly<Record<Delivering, number | undefined>> = {
  delivered: undefined,
  rejected: 422,
  'given-up': 503,
  away: 503,
};

/** What the hub knows of a copy, beside what it has put there: what it read last, and which status it took since. */
interface Known {
  read?: string | undefined;
  taken?: { readonly put: string | undefined; readonly status: string | undefined };
}

export async function startPartnerServer(): Promise<PartnerServer> {
  const clinic = await startClinic();
  const answers = new Map<string, Delivering>();
  const ids = new Map<string, string>();
  const known = new Map<string, Known>();
  const shown = new Set<string>();
  const idOf = (taskId: string): string | undefined => {
    if (!ids.has(taskId)) for (const { id, meta } of clinic.tasks()) ids.set(meta?.source?.split('/').at(-1) ?? '', id);
    return ids.get(taskId);
  };
  const copyOf = (taskId: string): Copy | undefined => {
    const id = idOf(taskId);
    if (id === undefined) return undefined;
    const { now: task, asPut } = clinic.task(id);
    const { taken, read } = known.get(id) ?? {};
    const status = taken?.put === asPut.meta?.versionId ? taken?.status : asPut.status;
    return { task, known: status, isUnread: read !== contentOf(task) };
  };
  clinic.mood.pageSize = 50;
  clinic.mood.refuses = (referral) => STATUS[answers.get(referral) ?? 'delivered'];
  clinic.mood.hides = (resource) => !namesOf(resource).some((each) => shown.has(each));
  return {
    address: clinic.base,
    answer: (loopId, how) => void answers.set(loopId, how),
    copyOf,
    change: (taskId, change) => clinic.change(idOf(taskId) ?? '', change),
    keep: clinic.keep,
    show: (taskId) => void shown.add(`Task/${idOf(taskId)}`),
    asked: async (work, isAway) => {
      clinic.mood.status = isAway ? 503 : undefined;
      await work();
      clinic.mood.status = undefined;
      if (isAway) return;
      for (const id of [...shown].map((each) => each.slice('Task/'.length)))
        known.set(id, { ...known.get(id), read: contentOf(clinic.task(id).now) });
      shown.clear();
    },
    wasTaken: (taskId) => {
      const id = idOf(taskId) ?? '';
      const { now, asPut } = clinic.task(id);
      known.set(id, { ...known.get(id), taken: { put: asPut.meta?.versionId, status: now.status } });
    },
    close: clinic.close,
  };
}

/** What it says, whichever version that is. */
function contentOf({ meta: _meta, ...content }: Task): string {
  return JSON.stringify(content);
}

/** What a resource is, and what it is about. */
function namesOf(resource: Resource): string[] {
  const about = (resource as Partial<Communication>).about ?? [];
  return [`${resource.resourceType}/${resource.id}`, ...about.flatMap(({ reference }) => reference ?? [])];
}
