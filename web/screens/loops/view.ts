import type { InfiniteData } from '@tanstack/react-query';
import type { LoopFilter, LoopPage } from '../../api/loops.ts';
import type { LoopSummary, WaitingOnKind } from '../../api/types.ts';

export type LoadedPages = InfiniteData<LoopPage, string | null>;

export const states = ['open', 'closed', 'all'] as const;
export const waitingKinds = ['receiver', 'case-manager', 'hub', 'sender', 'client'] as const satisfies WaitingOnKind[];

/** The filter is the address, so that a view can be sent to a colleague. */
export function filterOf(address: URLSearchParams): LoopFilter {
  const state = states.find((candidate) => candidate === address.get('state')) ?? 'open';
  const waitingOn = waitingKinds.find((candidate) => candidate === address.get('waitingOn')) ?? null;
  return { state, waitingOn: state === 'closed' ? null : waitingOn };
}

export function addressOf(filter: LoopFilter): Record<string, string> {
  return {
    ...(filter.state === 'open' ? {} : { state: filter.state }),
    ...(filter.waitingOn && filter.state !== 'closed' ? { waitingOn: filter.waitingOn } : {}),
  };
}

/** Whether a loop that is not on the page came into this view after the page was served. */
export function isNewTo(filter: LoopFilter, loop: LoopSummary, servedAt: number): boolean {
  if (filter.state !== 'all' && loop.state !== filter.state) return false;
  if (filter.waitingOn && loop.nextStep?.waitingOn.kind !== filter.waitingOn) return false;
  const came = filter.waitingOn ? loop.nextStep?.since : filter.state === 'closed' ? loop.closedAt : loop.openedAt;
  return came != null && Date.parse(came) >= servedAt - 1000; // the hub's clock header counts whole seconds
}

export function loadedIds(pages: LoadedPages | undefined): Set<string> {
  return new Set(pages?.pages.flatMap((page) => page.loops.map((loop) => loop.id)));
}

/** Changed rows stay where they are. */
export function withChanges(pages: LoadedPages, changed: LoopSummary[]): LoadedPages {
  const byId = new Map(changed.map((loop) => [loop.id, loop]));
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      loops: page.loops.map((loop) => byId.get(loop.id) ?? loop),
    })),
  };
}

export function firstPageOnly(pages: LoadedPages): LoadedPages {
  return { pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) };
}
